/** Options of the executors after parsing: every default filled in, durations in ms. */

/** A fixed number of VUs iterate for a fixed time; the warm-up comes before the stated duration, without a seam. */
export interface ConstantVus {
  readonly executor: 'constant-vus';
  readonly vus: number;
  readonly durationMs: number;
  readonly warmupMs: number;
  readonly gracefulStopMs: number;
}

/** Each VU runs a fixed number of iterations. */
export interface PerVuIterations {
  readonly executor: 'per-vu-iterations';
  readonly vus: number;
  /** Of each VU. */
  readonly iterations: number;
  readonly maxDurationMs: number;
  readonly gracefulStopMs: number;
}

/** VUs share a fixed number of iterations: who is free takes the next. */
export interface SharedIterations {
  readonly executor: 'shared-iterations';
  readonly vus: number;
  /** Of all VUs together. */
  readonly iterations: number;
  readonly maxDurationMs: number;
  readonly gracefulStopMs: number;
}

/** Options of any executor: a union on `executor`. */
export type ExecutorOptions = ConstantVus | PerVuIterations | SharedIterations;
/** Names of the executors, k6's. */
export type ExecutorName = ExecutorOptions['executor'];

/** The options of the executor with this name. */
export type OptionsOf<Name extends ExecutorName> = Extract<ExecutorOptions, { executor: Name }>;

/** One option that an executor takes, as users write it. */
export interface OptionSpec {
  /** Name in scenario files: `maxDuration`. */
  readonly key: string;
  /** `count`: a whole number; `duration`: text or ms. */
  readonly kind: 'count' | 'duration';
  /** Name in {@link ExecutorOptions}: `maxDurationMs`. */
  readonly field: string;
  /** In the unit of the field; undefined: the option is required. */
  readonly default: number | undefined;
  /** Smallest value, in the unit of the field. */
  readonly min: number;
  /** Greatest value; default: none. */
  readonly max?: number;
}
