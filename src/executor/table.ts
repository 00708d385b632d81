import { constantVus } from './constant-vus.ts';
import type { Executor } from './executor.ts';
import type { ExecutorName, ExecutorOptions, OptionSpec, OptionsOf } from './options.ts';
import { perVuIterations } from './per-vu-iterations.ts';
import { sharedIterations } from './shared-iterations.ts';

/** What is known of one kind of executor. */
export interface ExecutorKind<Name extends ExecutorName> {
  /** The options it takes beside those that every scenario takes. */
  readonly options: readonly OptionSpec[];
  /** Whether a warm-up can come before it: only when it runs for a stated duration. */
  readonly takesWarmup: boolean;
  /** What is wrong with options that are each valid by themselves, as option, what is wrong, and what would work. */
  check(options: OptionsOf<Name>): readonly { key: string; what: string; fix: string }[];
  create(options: OptionsOf<Name>): Executor;
}

const SECOND = 1000;
const vus: OptionSpec = { key: 'vus', kind: 'count', field: 'vus', default: 1, min: 1, max: 100_000 };
const iterations: OptionSpec = { key: 'iterations', kind: 'count', field: 'iterations', default: 1, min: 1 };
const maxDuration: OptionSpec = { key: 'maxDuration', kind: 'duration', field: 'maxDurationMs', default: 600 * SECOND, min: SECOND };
const gracefulStop: OptionSpec = { key: 'gracefulStop', kind: 'duration', field: 'gracefulStopMs', default: 30 * SECOND, min: 0 };

/** Every executor by its name: a name without a row does not compile. Names, options and defaults are k6's. */
export const EXECUTORS: { readonly [Name in ExecutorName]: ExecutorKind<Name> } = {
  'constant-vus': {
    options: [vus, { key: 'duration', kind: 'duration', field: 'durationMs', default: undefined, min: SECOND }, gracefulStop],
    takesWarmup: true,
    check: () => [],
    create: constantVus,
  },
  'per-vu-iterations': {
    options: [vus, iterations, maxDuration, gracefulStop],
    takesWarmup: false,
    check: () => [],
    create: perVuIterations,
  },
  'shared-iterations': {
    options: [vus, iterations, maxDuration, gracefulStop],
    takesWarmup: false,
    check: (options) =>
      options.iterations >= options.vus
        ? []
        : [
            {
              key: 'iterations',
              what: `${options.iterations} iterations cannot be shared among ${options.vus} VUs`,
              fix: `at least ${options.vus} iterations, or at most ${options.iterations} VUs`,
            },
          ],
    create: sharedIterations,
  },
};

/** The names of all executors. */
export const EXECUTOR_NAMES = Object.keys(EXECUTORS) as readonly ExecutorName[];

/** Makes the executor that the options name. */
export function createExecutor(options: ExecutorOptions): Executor {
  return (EXECUTORS[options.executor] as ExecutorKind<ExecutorName>).create(options);
}
