import type { Problem } from '../base/index.ts';
import { reporterForFile, reportExtensions } from '../report/index.ts';
import type { Baseline } from '../run/index.ts';
import {
  type Consolidated,
  consolidate,
  envName,
  KINDS,
  type LoadedScenario,
  loadConfigFile,
  loadScenario,
  type OptionName,
  type OptionValues,
} from '../scenario/index.ts';
import { readBaseline } from './baseline.ts';
import { checkOut } from './out.ts';
import { keepSecret } from './secrets.ts';
import { version } from './version.ts';

/** A scenario and the options of its run. */
export interface Planned extends Consolidated {
  readonly loaded: LoadedScenario;
  /** What the thresholds ask of the baseline; undefined when they ask for nothing. */
  readonly baseline: Baseline | undefined;
  /** The config file that was read, as messages name it. */
  readonly configPath: string | undefined;
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
  const config = await readConfig(flags, env, problems);
  problems.push(...(await checkOut({ flags, env, config })));
  const sources = { module, path, customMetrics, config, flags, env };
  const consolidated = consolidate({ ...sources, version: version(), problems, check: checkReports });
  keepSecret(consolidated.values.registry?.userinfo?.password);
  for (const value of Object.values(consolidated.plan.target.headers)) keepSecret(value);
  const notes = [...(config?.warnings ?? []), ...consolidated.notes];
  const baseline = await readBaseline(consolidated.plan, loaded);
  if (baseline === undefined && consolidated.plan.baseline !== undefined) {
    notes.push(`the baseline ${consolidated.plan.baseline} is not used: no threshold names it`);
  }
  return { ...consolidated, notes, loaded, baseline, configPath: config?.path };
}

/** The config file: which one, and whether any, must be known before its options are. */
async function readConfig(flags: Readonly<Record<string, unknown>>, env: NodeJS.ProcessEnv, problems: Problem[]) {
  if (KINDS.boolean.parse(flags['no-config'] ?? env[envName('noConfig')] ?? false) === true) return undefined;
  const given = flags['config'] ?? env[envName('config')];
  return loadConfigFile(typeof given === 'string' && given !== '' ? given : undefined, process.cwd(), problems);
}

function checkReports(values: OptionValues, where: (name: OptionName) => string): Problem[] {
  return (values.report ?? [])
    .filter((path) => reporterForFile(path) === undefined)
    .map((path) => ({
      where: where('report'),
      what: `'${path}' has no extension of a report`,
      fix: `one of ${reportExtensions.join(', ')}`,
    }));
}
