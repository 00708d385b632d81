import type { Problem } from '../base/index.ts';
import { EXECUTORS, isExecutorName, parseExecutor } from '../executor/index.ts';
import type { ScenarioPlan } from '../plan/index.ts';
import { isObject, KINDS, show } from './kinds.ts';
import { didYouMean } from './nearest.ts';
import type { Draft } from './shape.ts';
import type { ScenarioModule } from './types.ts';

/** Options of every scenario beside those of its executor. */
const COMMON = ['executor', 'startTime', 'exec', 'env', 'tags'];

/** Tags that loadreg sets itself. */
const RESERVED_TAGS = new Set([
  'scenario',
  'flow',
  'group',
  'operation',
  'method',
  'status',
  'expected_response',
  'error_code',
  'host_role',
  'size_class',
  'check',
  'run_stage',
]);

/** What a scenario is planned with, beside its own options. */
export interface ScenarioContext {
  readonly module: ScenarioModule;
  /** As messages name the file. */
  readonly file: string;
  readonly warmupMs: number;
}

/** A scenario with every default filled in, or undefined. Adds to `problems` whatever is wrong. */
export function planScenario(draft: Draft, context: ScenarioContext, problems: Problem[]): ScenarioPlan | undefined {
  const { options, where } = draft;
  const before = problems.length;
  const at = (key: string) => placeOf(draft, key);
  if (!/^[A-Za-z0-9_-]+$/.test(draft.name)) {
    problems.push({ where, what: `${show(draft.name)} is no name for a scenario`, fix: 'letters, digits, _ and -' });
  }
  checkKeys(draft, problems);
  const startTime = KINDS.duration.parse(options['startTime'] ?? 0);
  // A warm-up is the beginning of the load: a scenario that starts later has none of its own.
  const parsed = parseExecutor(options, where, startTime === 0 ? context.warmupMs : 0);
  for (const problem of parsed.problems) problems.push({ ...problem, where: at(problem.where.slice(where.length + 1)) });
  if (startTime === undefined) {
    problems.push({ where: at('startTime'), what: `${show(options['startTime'])} is not valid`, fix: KINDS.duration.works });
  }
  const exec = options['exec'] ?? 'default';
  checkExec(exec, at('exec'), context, problems);
  const env = pairs(options['env'], at('env'), problems);
  const tags = pairs(options['tags'], at('tags'), problems);
  checkTags(tags, at('tags'), problems);
  if (problems.length > before || parsed.options === undefined) return undefined;
  return { name: draft.name, exec: exec as string, executor: parsed.options, startTimeMs: startTime as number, env, tags };
}

/** Where an option stands, or a part of one: `options.scenarios.mix.stages[1].target`, `--vus`. */
function placeOf({ where, origins }: Draft, key: string): string {
  const option = /^\w+/.exec(key)?.[0] ?? key;
  const origin = origins[option];
  return origin === undefined ? `${where}.${key}` : origin + key.slice(option.length);
}

/** Tag names must not be those that loadreg sets, and must be nameable in a threshold. */
export function checkTags(tags: Readonly<Record<string, string>>, where: string, problems: Problem[]): void {
  for (const name of Object.keys(tags)) {
    if (RESERVED_TAGS.has(name)) problems.push({ where, what: `the tag '${name}' is set by loadreg itself`, fix: 'give it another name' });
    else if (!/^[\w.-]+$/.test(name))
      problems.push({ where, what: `${show(name)} is no name for a tag`, fix: 'letters, digits, _ . and -' });
  }
}

function checkKeys({ options, where }: Draft, problems: Problem[]): void {
  const executor = options['executor'];
  // Without a known executor, its options cannot be told from mistakes.
  if (typeof executor !== 'string' || !isExecutorName(executor)) return;
  const allowed = [...COMMON, ...EXECUTORS[executor].options.map((option) => option.key)];
  for (const key of Object.keys(options)) {
    if (allowed.includes(key)) continue;
    const near = didYouMean(key, allowed);
    problems.push({
      where: `${where}.${key}`,
      what: `${executor} has no such option`,
      fix: near ?? `it takes ${allowed.slice(1).join(', ')}`,
    });
  }
}

function checkExec(exec: unknown, where: string, { module, file }: ScenarioContext, problems: Problem[]): void {
  if (typeof exec !== 'string' || exec === '') {
    problems.push({ where, what: `${show(exec)} is not valid`, fix: 'the name of an exported function' });
    return;
  }
  if (typeof module[exec] === 'function') return;
  const functions = Object.keys(module).filter((name) => typeof module[name] === 'function');
  if (exec === 'default') {
    const isCommonJs = isObject(module.default) && Object.keys(module).length === 1;
    const wrong = isCommonJs ? 'it is a CommonJS module (module.exports)' : 'the default export is no function';
    const what = module.default === undefined ? 'no default export' : wrong;
    problems.push({ where: file, what, fix: 'export default async function (vu) { … }, one iteration, or name another export with exec' });
    return;
  }
  const fix = didYouMean(exec, functions) ?? `exported functions: ${functions.join(', ') || 'none'}`;
  problems.push({ where, what: `'${exec}' is no exported function of ${file}`, fix });
}

function pairs(given: unknown, where: string, problems: Problem[]): Readonly<Record<string, string>> {
  if (given === undefined || given === null) return {};
  const parsed = KINDS.pairs.parse(given);
  if (parsed === undefined) problems.push({ where, what: `${show(given)} is not valid`, fix: 'an object of texts' });
  return parsed ?? {};
}
