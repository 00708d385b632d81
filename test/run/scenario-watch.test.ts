import { describe, expect, it } from 'vitest';
import { type IterationEnd, ScenarioWatch } from '../../src/run/scenario-watch.ts';

const fine: IterationEnd = { threw: false, requests: 3, left: false, durationMs: 20 };

function watching() {
  const told: string[] = [];
  const log = { debug() {}, info() {}, error() {}, warn: (message: string) => void told.push(message) };
  const watch = new ScenarioWatch(log);
  const ended = (times: number, end: Partial<IterationEnd>, error?: unknown) => {
    for (let i = 0; i < times; i += 1) watch.ended('mix', { ...fine, ...end }, error);
  };
  return { watch, told, ended, warnings: () => watch.warnings(() => 's.ts:3:7') };
}

describe('a scenario that does not await', () => {
  it('is told at the first iteration, once, and counted', () => {
    const { told, ended, warnings } = watching();
    ended(1204, { requests: 0, left: true, durationMs: 0 });
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^scenario mix: iteration finished without a request once; .*counted from here on/s);
    expect(warnings()).toEqual([
      'scenario mix: iteration finished without a request 1 204 times; requests or flows went on after their iteration had ended 1 204 times. Is an await missing before pull, push or the like?',
    ]);
  });

  it('is found by what one iteration in many leaves behind, beside its awaited requests', () => {
    const { ended, warnings } = watching();
    ended(99, {});
    ended(3, { left: true });
    expect(warnings()).toEqual([expect.stringMatching(/^scenario mix: requests or flows went on .* 3 times\./)]);
  });
});

describe('a scenario without requests', () => {
  it('is told after a hundred iterations, and at the end', () => {
    const { told, ended, warnings } = watching();
    ended(99, { requests: 0, durationMs: 1 });
    expect(told).toEqual([]);
    ended(2, { requests: 0, durationMs: 1 });
    expect(told).toHaveLength(1);
    expect(warnings()).toEqual([expect.stringContaining('iteration finished without a request 101 times, every time')]);
  });

  it.each<[string, number, Partial<IterationEnd>]>([
    ['some iterations have requests', 1, {}],
    ['it takes its time: it has a client of its own', 1, { requests: 0, durationMs: 500 }],
  ])('is not told of when %s', (_phrase, times, other) => {
    const { told, ended, warnings } = watching();
    ended(times, other);
    ended(200, { requests: 0, durationMs: 1 });
    expect([told, warnings()]).toEqual([[], []]);
  });
});

describe('a VU that throws every time', () => {
  const error = new TypeError('x is not a function');

  it('is counted, with the first error and its place', () => {
    const { ended, warnings } = watching();
    ended(1, { threw: true }, error);
    ended(119, { threw: true }, new Error('another'));
    expect(warnings()).toEqual(['scenario mix: every iteration threw (120 of 120); first TypeError: x is not a function at s.ts:3:7']);
  });

  it('is told of when the other VUs do well', () => {
    const { watch, ended, warnings } = watching();
    ended(10, { threw: true }, error);
    ended(20, {});
    watch.vuEnded('mix', 10, 10);
    watch.vuEnded('mix', 10, 0);
    watch.vuEnded('mix', 10, 1);
    expect(warnings()).toEqual(['scenario mix: 1 of 3 VUs threw in every iteration; first TypeError: x is not a function at s.ts:3:7']);
  });

  it.each([
    ['now and then', 10, 9],
    ['in the only iteration of its VU', 1, 1],
  ])('is not one that throws %s', (_phrase, iterations, threw) => {
    const { watch, ended, warnings } = watching();
    ended(threw, { threw: true }, error);
    ended(20, {});
    watch.vuEnded('mix', iterations, threw);
    expect(warnings()).toEqual([]);
  });
});
