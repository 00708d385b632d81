import { ARRIVAL_KINDS } from './arrivals.ts';
import { type Conflict, checkConstantRate, checkRampingRate, checkRampingVus, checkShared } from './conflicts.ts';
import { constantArrivalRate } from './constant-arrival-rate.ts';
import { constantVus } from './constant-vus.ts';
import type { Executor } from './executor.ts';
import { ON_NO_VU } from './open-loop.ts';
import type { ExecutorName, ExecutorOptions, OptionSpec, OptionsOf } from './options.ts';
import { perVuIterations } from './per-vu-iterations.ts';
import { rampingArrivalRate } from './ramping-arrival-rate.ts';
import { rampingVus } from './ramping-vus.ts';
import { sharedIterations } from './shared-iterations.ts';

/** What is known of one kind of executor. */
export interface ExecutorKind<Name extends ExecutorName> {
  /** The options it takes beside those that every scenario takes. */
  readonly options: readonly OptionSpec[];
  /** Whether a warm-up can come before it: only when it runs for a stated time. */
  readonly takesWarmup: boolean;
  /** Whether it starts iterations by the clock, whether or not earlier ones have ended. */
  readonly isOpen: boolean;
  /** What is wrong with options that are each valid by themselves. */
  check(options: OptionsOf<Name>): readonly Conflict[];
  create(options: OptionsOf<Name>): Executor;
}

const SECOND = 1000;
/** k6 has no limit; a number above it is a slip of the finger. */
const MOST_VUS = 100_000;

const vus: OptionSpec = { key: 'vus', kind: 'count', field: 'vus', default: 1, min: 1, max: MOST_VUS };
const iterations: OptionSpec = { key: 'iterations', kind: 'count', field: 'iterations', default: 1, min: 1 };
const duration: OptionSpec = { key: 'duration', kind: 'duration', field: 'durationMs', default: undefined, min: SECOND };
const maxDuration: OptionSpec = { key: 'maxDuration', kind: 'duration', field: 'maxDurationMs', default: 600 * SECOND, min: SECOND };
const gracefulStop: OptionSpec = { key: 'gracefulStop', kind: 'duration', field: 'gracefulStopMs', default: 30 * SECOND, min: 0 };
const gracefulRampDown: OptionSpec = {
  key: 'gracefulRampDown',
  kind: 'duration',
  field: 'gracefulRampDownMs',
  default: 30 * SECOND,
  min: 0,
};
const stages = (targets: string): OptionSpec => ({ key: 'stages', kind: 'stages', field: 'stages', targets });

/** What both arrival executors take beside their rates. */
const arrivalRate: readonly OptionSpec[] = [
  { key: 'timeUnit', kind: 'duration', field: 'timeUnitMs', default: SECOND, min: 1 },
  { key: 'preAllocatedVUs', kind: 'count', field: 'preAllocatedVUs', default: undefined, min: 0, max: MOST_VUS },
  {
    key: 'maxVUs',
    kind: 'count',
    field: 'maxVUs',
    // VUs are cheap here: k6's default, preAllocatedVUs, would drop starts for nothing.
    default: (before) => Math.min(MOST_VUS, Math.max(10 * Number(before['preAllocatedVUs']), 1_000)),
    min: 1,
    max: MOST_VUS,
  },
  { key: 'arrival', kind: 'choice', field: 'arrival', choices: ARRIVAL_KINDS, default: 'uniform' },
  { key: 'onNoVU', kind: 'choice', field: 'onNoVU', choices: ON_NO_VU, default: 'drop' },
  gracefulStop,
];

/** Every executor by its name: a name without a row does not compile. Names and options are k6's, and so are defaults but that of maxVUs. */
export const EXECUTORS: { readonly [Name in ExecutorName]: ExecutorKind<Name> } = {
  'constant-vus': {
    options: [vus, duration, gracefulStop],
    takesWarmup: true,
    isOpen: false,
    check: () => [],
    create: constantVus,
  },
  'ramping-vus': {
    options: [
      { key: 'startVUs', kind: 'count', field: 'startVUs', default: 1, min: 0, max: MOST_VUS },
      stages('VUs'),
      gracefulRampDown,
      gracefulStop,
    ],
    takesWarmup: true,
    isOpen: false,
    check: (options) => checkRampingVus(options, MOST_VUS),
    create: rampingVus,
  },
  'per-vu-iterations': {
    options: [vus, iterations, maxDuration, gracefulStop],
    takesWarmup: false,
    isOpen: false,
    check: () => [],
    create: perVuIterations,
  },
  'shared-iterations': {
    options: [vus, iterations, maxDuration, gracefulStop],
    takesWarmup: false,
    isOpen: false,
    check: checkShared,
    create: sharedIterations,
  },
  'constant-arrival-rate': {
    options: [
      {
        key: 'rate',
        kind: 'count',
        field: 'rate',
        default: undefined,
        min: 1,
        hint: "; for less than one a second, a longer timeUnit: rate: 1, timeUnit: '10s'",
      },
      duration,
      ...arrivalRate,
    ],
    takesWarmup: true,
    isOpen: true,
    check: checkConstantRate,
    create: constantArrivalRate,
  },
  'ramping-arrival-rate': {
    options: [
      { key: 'startRate', kind: 'count', field: 'startRate', default: 0, min: 0 },
      stages('iterations in each timeUnit'),
      ...arrivalRate,
    ],
    takesWarmup: true,
    isOpen: true,
    check: checkRampingRate,
    create: rampingArrivalRate,
  },
};

/** The names of all executors. */
export const EXECUTOR_NAMES = Object.keys(EXECUTORS) as readonly ExecutorName[];

/** Makes the executor that the options name. */
export function createExecutor(options: ExecutorOptions): Executor {
  return (EXECUTORS[options.executor] as ExecutorKind<ExecutorName>).create(options);
}
