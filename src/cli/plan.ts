import { readFile } from 'node:fs/promises';

import { codeOf, messageOf, type Problem } from '../base/index.ts';
import { reporterForFile, reportExtensions } from '../report/index.ts';
import type { RunPlan } from '../plan/index.ts';
import { type Consolidated, consolidate, envName, KINDS, type LoadedScenario, loadScenario } from '../scenario/index.ts';
import { keepSecret } from './secrets.ts';
import { version } from './version.ts';

/** A scenario and the options of its run. */
export interface Planned extends Consolidated {
  readonly loaded: LoadedScenario;
}

/**
 * Loads the scenario and consolidates its options from the config file, the scenario, the environment and the flags.
 * Values that are secret are kept out of all output from here on. Throws LoadregError, or InvalidConfigError with every problem.
 */
export async function planRun(scenario: string, flags: Readonly<Record<string, unknown>>, env: NodeJS.ProcessEnv): Promise<Planned> {
  keepSecret(env[envName('password')]);
  const loaded = await loadScenario(scenario);
  const { module, path, customMetrics } = loaded;
  const problems: Problem[] = [];
  const config = await readConfig(flags['config'] ?? env[envName('config')], problems);
  const reports = KINDS.list.parse(flags['report'] ?? env[envName('report')]) ?? [];
  problems.push(...reportProblems(reports));
  const consolidated = consolidate({ module, path, customMetrics, config, flags, env, version: version(), problems });
  keepSecret(consolidated.values.registry?.userinfo?.password);
  for (const value of Object.values(consolidated.plan.target.headers)) keepSecret(value);
  return { ...consolidated, loaded };
}

/** The plan for people: values that may be secret (`-H`, `-e`) are only named, as in the record. */
export function shownPlan(plan: RunPlan): RunPlan {
  const named = (values: Readonly<Record<string, string>>) => Object.fromEntries(Object.keys(values).map((name) => [name, '***']));
  return { ...plan, env: named(plan.env), target: { ...plan.target, headers: named(plan.target.headers) } };
}

async function readConfig(path: unknown, problems: Problem[]): Promise<{ path: string; value: unknown } | undefined> {
  if (typeof path !== 'string' || path === '') return undefined;
  try {
    return { path, value: JSON.parse(await readFile(path, 'utf8')) as unknown };
  } catch (error) {
    const what = codeOf(error) === 'ENOENT' ? 'no such file' : messageOf(error);
    problems.push({ where: `config file ${path}`, what, fix: 'a JSON file with an object of options' });
    return undefined;
  }
}

function reportProblems(paths: readonly string[]): Problem[] {
  return paths
    .filter((path) => reporterForFile(path) === undefined)
    .map((path) => ({ where: '--report', what: `'${path}' has no extension of a report`, fix: `one of ${reportExtensions.join(', ')}` }));
}
