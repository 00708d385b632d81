import type { Clock, Random } from '../base/index.ts';
import type { IterationOutcome } from '../measure/index.ts';

/** One of `count` equal parts of the load. Shares are exact: over all slices they add up to the whole plan. */
export interface Slice {
  readonly index: number;
  readonly count: number;
}

/** Where an iteration stands in the run. All numbers start at 0. */
export interface IterationPlace {
  /** Number of the iteration within its VU. */
  readonly inVu: number;
  /** Number of the iteration within its scenario, unique over all slices. */
  readonly inScenario: number;
  /** When the plan wanted it to start, in ms of the host's clock. Undefined in closed executors, which plan no starts. */
  readonly dueAt?: number;
}

/** One virtual user as an executor sees it. */
export interface IterationRunner {
  /** Runs one iteration. Never rejects. When `signal` aborts, the iteration ends soon, as `interrupted`. */
  run(place: IterationPlace, signal: AbortSignal): Promise<IterationOutcome>;
}

/** What an executor is given by the slice that it runs in. */
export interface ExecutorHost {
  readonly clock: Clock;
  readonly slice: Slice;
  /** Aborts when no more iterations are to start; running ones get the graceful stop. */
  readonly stopping: AbortSignal;
  /** Aborts when the run is to end at once. */
  readonly signal: AbortSignal;
  /** Makes the VU with this number within its scenario (unique over all slices). */
  createVu(index: number): IterationRunner;
  /** Called when the number of VUs that are at work changes. */
  vusActive(count: number): void;
  /** Called with the number of iterations that the plan asked for and that were never started. */
  dropped(count: number): void;
  /** Called once when iterations are due and no VU is free, `reached` VUs are at work, and no more may be made. */
  outOfVus(reached: number): void;
  /** A source of randomness of its own for this scenario and `key`, from the run's seed; the same in every slice. */
  random(key: string): Random;
  /** Called at the end with what the user should change in the options of this scenario, in one sentence. */
  advise(sentence: string): void;
}

/** How far an executor has come, for the progress bar. */
export interface ExecutorProgress {
  /** 0 to 1. */
  readonly share: number;
  /** For a person: `150/200 VUs  0m12s/5m00s` or `120/300 iters`. */
  readonly text: string;
}

/** A load shape at work: made from its options by one function of its own file, listed by name in `table.ts`. */
export interface Executor {
  /** As k6 says it: `200 looping VUs for 5m0s (gracefulStop: 30s)`. */
  readonly description: string;
  /** Most VUs at work at once, over all slices. */
  readonly maxVus: number;
  /** Longest time to the end in ms, graceful stop included, start time not. */
  readonly maxDurationMs: number;
  /** When it starts no more iterations, in ms from its start, whatever they do; Infinity when that depends on them. */
  readonly plannedEndMs: number;
  /** Drives the iterations of one slice and resolves when the last has ended. */
  run(host: ExecutorHost): Promise<void>;
  /** Progress after `elapsedMs` with `iterations` done over all slices. */
  progress(elapsedMs: number, iterations: number): ExecutorProgress;
}
