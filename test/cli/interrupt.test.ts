import { afterEach, describe, expect, it } from 'vitest';
import { catchInterrupts, type Interrupt } from '../../src/cli/interrupt.ts';
import { interruptionText } from '../../src/cli/interruption.ts';

let interrupt: Interrupt;
afterEach(() => interrupt.release());

/** Hears signals at these times (ms), and tells how far it went after each: running, stopping, cutting or left. */
function heard(signals: readonly (readonly [name: NodeJS.Signals, at: number])[], drains = true): string[] {
  let now = 0;
  let left = false;
  interrupt = catchInterrupts({ drains, now: () => now, leave: () => (left = true) });
  let told = 0;
  interrupt.beforeLeaving(() => (told += 1));
  return signals.map(([name, at]) => {
    now = at;
    process.listeners(name).at(-1)?.(name);
    if (left) return told === 0 ? 'left without a word' : 'left';
    return interrupt.signal.aborted ? 'cutting' : interrupt.stopping.aborted ? 'stopping' : 'running';
  });
}

describe('signals', () => {
  it.each([
    [
      'three Ctrl+C: stop, cut off, leave',
      [
        ['SIGINT', 0],
        ['SIGINT', 500],
        ['SIGINT', 900],
      ],
      ['stopping', 'cutting', 'left'],
    ],
    [
      'SIGTERM counts as the second one',
      [
        ['SIGTERM', 0],
        ['SIGINT', 500],
      ],
      ['cutting', 'left'],
    ],
    ['so does a closed terminal', [['SIGHUP', 0]], ['cutting']],
    [
      'SIGTERM after Ctrl+C',
      [
        ['SIGINT', 0],
        ['SIGTERM', 10],
      ],
      ['stopping', 'cutting'],
    ],
    [
      'what npm passes on is the same Ctrl+C',
      [
        ['SIGINT', 0],
        ['SIGINT', 4],
        ['SIGINT', 150],
      ],
      ['stopping', 'stopping', 'cutting'],
    ],
    [
      'what a service manager sends to both is one SIGTERM',
      [
        ['SIGTERM', 0],
        ['SIGTERM', 4],
      ],
      ['cutting', 'cutting'],
    ],
  ] as const)('%s', (_what, signals, steps) => {
    expect(heard(signals)).toEqual(steps);
  });

  it('cuts off at once where there is nothing to drain, as a pull', () => {
    expect(
      heard(
        [
          ['SIGINT', 0],
          ['SIGINT', 500],
        ],
        false,
      ),
    ).toEqual(['cutting', 'left']);
  });

  it('says by its reason which signal it was', () => {
    heard([
      ['SIGINT', 0],
      ['SIGTERM', 500],
    ]);
    expect([interrupt.stopping.reason, interrupt.signal.reason]).toEqual(['SIGINT', 'SIGTERM']);
  });
});

describe('what a person is told', () => {
  const at = { drains: true, stage: 'run', running: 12, gracefulStopMs: 30_000 } as const;
  it.each([
    [
      at,
      'stopping: no more iterations start, and the 12 running ones have up to 30s to finish; press Ctrl+C again to cut them off, a third time to leave without a report',
    ],
    [
      { ...at, running: 1 },
      'stopping: no more iterations start, and the running one has up to 30s to finish; press Ctrl+C again to cut them off, a third time to leave without a report',
    ],
    [
      { ...at, drains: false },
      'interrupted: running iterations are cut off, teardown runs, the report is written; press Ctrl+C again to leave without a report',
    ],
    [
      { ...at, stage: 'setup' },
      'interrupted: setup is cut off, teardown runs, the report is written; press Ctrl+C again to cut off teardown, a third time to leave without a report',
    ],
    [
      { ...at, stage: 'cleanup' },
      'stopping: the load is over, cleanup finishes and the report is written; press Ctrl+C again to cut off cleanup, a third time to leave without a report',
    ],
    [
      { ...at, stage: 'teardown', drains: false },
      'interrupted: teardown is cut off, the report is written; press Ctrl+C again to leave without a report',
    ],
  ] as const)('%o', (interruption, text) => {
    interrupt = catchInterrupts();
    expect(interruptionText(interruption)).toBe(text);
  });
});
