import { keyedRandom } from '../../src/base/index.ts';
import type { Executor, ExecutorHost, IterationPlace, Slice } from '../../src/executor/index.ts';
import type { IterationOutcome } from '../../src/measure/index.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

/** One iteration as it was seen. */
export interface Seen extends IterationPlace {
  readonly vu: number;
  readonly start: number;
  end: number;
  outcome: IterationOutcome;
  /** Message of the reason it was cut off for. */
  reason?: string;
}

/** What one slice of an executor did on virtual time. */
export interface Drive {
  readonly clock: VirtualClock;
  readonly seen: Seen[];
  readonly vusActive: number[];
  /** Numbers of the VUs that were made, in this order. */
  readonly made: number[];
  /** Ends the run at once, as the second Ctrl+C does. */
  readonly abort: AbortController;
  /** Starts no more iterations, as the first Ctrl+C does. */
  readonly stop: AbortController;
  readonly done: Promise<void>;
  dropped: number;
  /** What `outOfVus` was called with. */
  readonly outOfVus: number[];
  readonly advice: string[];
  /** Virtual ms at which the executor had ended. */
  endedAt: number | undefined;
}

/** A host of executors that does nothing; fields are replaced by those given. */
export function hostOf(fields: Partial<ExecutorHost> = {}): ExecutorHost {
  return {
    clock: new VirtualClock(),
    slice: { index: 0, count: 1 },
    stopping: new AbortController().signal,
    signal: new AbortController().signal,
    createVu: () => ({ run: async () => 'complete' as const }),
    vusActive() {},
    dropped() {},
    outOfVus() {},
    random: (key) => keyedRandom(1, 'test', key),
    advise() {},
    ...fields,
  };
}

/** Starts an executor on virtual time; an iteration takes `durationMs(vu, place)`. */
export function drive(
  executor: Executor,
  durationMs: (vu: number, place: IterationPlace) => number,
  slice: Slice = { index: 0, count: 1 },
  fields: Partial<ExecutorHost> = {},
): Drive {
  const clock = new VirtualClock();
  const [abort, stop] = [new AbortController(), new AbortController()];
  const seen: Seen[] = [];
  const host = hostOf({
    clock,
    slice,
    signal: abort.signal,
    stopping: AbortSignal.any([abort.signal, stop.signal]),
    createVu(vu) {
      result.made.push(vu);
      return {
        async run(place, signal) {
          const one: Seen = { ...place, vu, start: clock.now(), end: Number.NaN, outcome: 'complete' };
          seen.push(one);
          await clock.sleep(durationMs(vu, place), signal);
          one.end = clock.now();
          if (signal.aborted) {
            one.outcome = 'interrupted';
            one.reason = (signal.reason as Error).message;
          }
          return one.outcome;
        },
      };
    },
    vusActive: (count) => result.vusActive.push(count),
    dropped: (count) => (result.dropped += count),
    outOfVus: (reached) => result.outOfVus.push(reached),
    advise: (sentence) => result.advice.push(sentence),
    ...fields,
  });
  const result: Drive = {
    clock,
    seen,
    vusActive: [],
    made: [],
    abort,
    stop,
    dropped: 0,
    outOfVus: [],
    advice: [],
    endedAt: undefined,
    done: Promise.resolve().then(async () => {
      await executor.run(host);
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
