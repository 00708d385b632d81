import type { Problem } from '../base/index.ts';
import type { ExecutorName, ExecutorOptions } from './options.ts';
import { parseOption } from './parse-option.ts';
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
    const option = parseOption(spec, given[spec.key], parsed);
    if ('value' in option) parsed[spec.field] = option.value;
    else problems.push(...option.wrong.map(({ at, what, fix }) => ({ where: `${where}.${spec.key}${at}`, what, fix })));
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
