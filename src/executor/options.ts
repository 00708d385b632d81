import type { ArrivalKind } from './arrivals.ts';
import type { OnNoVU } from './open-loop.ts';
import type { Stage } from './stages.ts';

/** Options of the executors after parsing: every default filled in, durations in ms. */

/** A fixed number of VUs iterate for a fixed time; the warm-up comes before the stated duration, without a seam. */
export interface ConstantVus {
  readonly executor: 'constant-vus';
  readonly vus: number;
  readonly durationMs: number;
  readonly warmupMs: number;
  readonly gracefulStopMs: number;
}

/** A number of VUs that follows stages; the warm-up comes before them, with `startVUs`. */
export interface RampingVus {
  readonly executor: 'ramping-vus';
  readonly startVUs: number;
  /** Targets are VUs. */
  readonly stages: readonly Stage[];
  readonly warmupMs: number;
  /** How long the iteration of a VU that a ramp takes away may go on. */
  readonly gracefulRampDownMs: number;
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

/** What executors have in common that start iterations by the clock, whether or not earlier ones have ended. */
interface ArrivalRate {
  /** The time that rates are counted in. */
  readonly timeUnitMs: number;
  readonly warmupMs: number;
  readonly preAllocatedVUs: number;
  readonly maxVUs: number;
  readonly arrival: ArrivalKind;
  readonly onNoVU: OnNoVU;
  readonly gracefulStopMs: number;
}

/** Iterations start at one rate; the warm-up comes before the stated duration, without a seam. */
export interface ConstantArrivalRate extends ArrivalRate {
  readonly executor: 'constant-arrival-rate';
  /** Iterations in each time unit. */
  readonly rate: number;
  readonly durationMs: number;
}

/** Iterations start at a rate that follows stages; the warm-up comes before them, at `startRate`. */
export interface RampingArrivalRate extends ArrivalRate {
  readonly executor: 'ramping-arrival-rate';
  /** Iterations in each time unit. */
  readonly startRate: number;
  /** Targets are iterations in each time unit. */
  readonly stages: readonly Stage[];
}

/** Options of any executor: a union on `executor`. */
export type ExecutorOptions = ConstantVus | RampingVus | PerVuIterations | SharedIterations | ConstantArrivalRate | RampingArrivalRate;
/** Names of the executors, k6's. */
export type ExecutorName = ExecutorOptions['executor'];

/** The options of the executor with this name. */
export type OptionsOf<Name extends ExecutorName> = Extract<ExecutorOptions, { executor: Name }>;

/** What all options have in common, whatever their values are. */
interface AnyOptionSpec {
  /** Name in scenario files: `maxDuration`. */
  readonly key: string;
  /** Name in {@link ExecutorOptions}: `maxDurationMs`. */
  readonly field: string;
}

/** An option with a number: `count` is a whole number, `duration` text or ms. */
export interface NumberSpec extends AnyOptionSpec {
  readonly kind: 'count' | 'duration';
  /** In the unit of the field, or made of the options before it; undefined: the option is required. */
  readonly default: number | ((before: Readonly<Record<string, unknown>>) => number) | undefined;
  /** Smallest value, in the unit of the field. */
  readonly min: number;
  /** Greatest value; default: none. */
  readonly max?: number;
  /** What else would work, behind the range. */
  readonly hint?: string;
}

/** An option that is one of several words. */
export interface ChoiceSpec extends AnyOptionSpec {
  readonly kind: 'choice';
  readonly choices: readonly string[];
  readonly default: string;
}

/** Stages, which are always required. */
export interface StagesSpec extends AnyOptionSpec {
  readonly kind: 'stages';
  /** What targets are, for messages. */
  readonly targets: string;
}

/** One option that an executor takes, as users write it. */
export type OptionSpec = NumberSpec | ChoiceSpec | StagesSpec;
