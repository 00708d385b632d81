import { type Problem, parseDuration } from '../base/index.ts';
import { goDuration } from './describe.ts';
import type { ExecutorName, ExecutorOptions, OptionSpec } from './options.ts';
import { EXECUTOR_NAMES, EXECUTORS, type ExecutorKind } from './table.ts';

/** Parsed options, or everything that is wrong with them. */
export type ParsedExecutor =
  | { readonly options: ExecutorOptions; readonly problems: readonly [] }
  | { readonly options: undefined; readonly problems: readonly Problem[] };

/**
 * Parses the executor options of one scenario as users write them. Keys that no executor option has (`exec`, `env`, an unknown one) are the
 * caller's to look at. `where` is the scenario's path (`options.scenarios.mix`); `warmupMs` is the run's, and ignored by executors that
 * take none.
 */
export function parseExecutor(given: Readonly<Record<string, unknown>>, where: string, warmupMs = 0): ParsedExecutor {
  const name = given['executor'];
  if (typeof name !== 'string' || !isExecutorName(name)) {
    const what = name === undefined ? 'no executor is named' : `there is no executor ${JSON.stringify(name)}`;
    return failed([{ where: `${where}.executor`, what, fix: `one of ${EXECUTOR_NAMES.join(', ')}` }]);
  }
  const kind = EXECUTORS[name] as ExecutorKind<ExecutorName>;
  const problems: Problem[] = [];
  const parsed: Record<string, unknown> = { executor: name };
  for (const spec of kind.options) {
    const value = parseOption(spec, given[spec.key]);
    if (typeof value === 'number') parsed[spec.field] = value;
    else problems.push({ where: `${where}.${spec.key}`, ...value });
  }
  if (kind.takesWarmup) parsed['warmupMs'] = warmupMs;
  if (problems.length > 0) return failed(problems);
  const options = parsed as unknown as ExecutorOptions;
  const conflicts = kind.check(options).map(({ key, what, fix }) => ({ where: `${where}.${key}`, what, fix }));
  return conflicts.length > 0 ? failed(conflicts) : { options, problems: [] };
}

/** Whether text is the name of an executor. */
export function isExecutorName(name: string): name is ExecutorName {
  return Object.hasOwn(EXECUTORS, name);
}

function failed(problems: readonly Problem[]): ParsedExecutor {
  return { options: undefined, problems };
}

function parseOption(spec: OptionSpec, given: unknown): number | { what: string; fix: string } {
  const fix =
    spec.kind === 'count'
      ? `a whole number of at least ${spec.min}${spec.max === undefined ? '' : `, at most ${spec.max}`}`
      : `a duration like '30s' of at least ${goDuration(spec.min)}`;
  if (given === undefined || given === null) {
    return spec.default ?? { what: `${spec.key} is required`, fix };
  }
  const what = `${JSON.stringify(given)} is no valid ${spec.key}`;
  if (spec.kind === 'count') {
    return Number.isSafeInteger(given) && (given as number) >= spec.min && (given as number) <= (spec.max ?? Number.POSITIVE_INFINITY)
      ? (given as number)
      : { what, fix };
  }
  const ms = typeof given === 'string' || typeof given === 'number' ? parseDuration(given) : undefined;
  return ms !== undefined && ms >= spec.min ? ms : { what, fix };
}
