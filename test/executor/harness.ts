import type { Executor, ExecutorHost, IterationPlace, Slice } from '../../src/executor/index.ts';
import type { IterationOutcome } from '../../src/measure/index.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

/** One iteration as it was seen. */
export interface Seen extends IterationPlace {
  readonly vu: number;
  readonly start: number;
  end: number;
  outcome: IterationOutcome;
}

/** What one slice of an executor did on virtual time. */
export interface Drive {
  readonly clock: VirtualClock;
  readonly seen: Seen[];
  readonly vusActive: number[];
  readonly abort: AbortController;
  readonly done: Promise<void>;
  dropped: number;
  /** Virtual ms at which the executor had ended. */
  endedAt: number | undefined;
}

/** Starts an executor on virtual time; an iteration takes `durationMs(vu, place)`. */
export function drive(
  executor: Executor,
  durationMs: (vu: number, place: IterationPlace) => number,
  slice: Slice = { index: 0, count: 1 },
): Drive {
  const clock = new VirtualClock();
  const abort = new AbortController();
  const seen: Seen[] = [];
  const vusActive: number[] = [];
  const host: ExecutorHost = {
    clock,
    slice,
    signal: abort.signal,
    createVu: (vu) => ({
      async run(place, signal) {
        const one: Seen = { ...place, vu, start: clock.now(), end: Number.NaN, outcome: 'complete' };
        seen.push(one);
        await clock.sleep(durationMs(vu, place), signal);
        one.end = clock.now();
        if (signal.aborted) one.outcome = 'interrupted';
        return one.outcome;
      },
    }),
    vusActive: (count) => vusActive.push(count),
    dropped: (count) => {
      result.dropped += count;
    },
  };
  const result: Drive = {
    clock,
    seen,
    vusActive,
    abort,
    dropped: 0,
    endedAt: undefined,
    done: executor.run(host).then(() => {
      result.endedAt = clock.now();
    }),
  };
  return result;
}

/** Iterations by outcome. */
export function outcomes(run: Drive): Partial<Record<IterationOutcome, number>> {
  const counts: Partial<Record<IterationOutcome, number>> = {};
  for (const { outcome } of run.seen) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}
