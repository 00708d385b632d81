import { goDuration } from '../executor/index.ts';
import type { RunPlan } from '../plan/index.ts';
import { requirementsOf, testOptions } from '../run/index.ts';
import { OPTION_ROWS, type OptionName, type OptionRow, type OptionValues } from '../scenario/index.ts';
import type { Planned } from './plan.ts';

/** What `loadreg inspect` prints. `options` without its `***` is a config file that makes the same plan. */
export interface InspectView {
  readonly scenario: string;
  /** The config file that was read. */
  readonly config: string | null;
  /** Every option with its value, by its name, written as in a file. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Where each of them comes from, by the same names; those of scenarios one by one. */
  readonly origins: Readonly<Record<string, string>>;
  readonly scenarios: readonly Readonly<Record<string, unknown>>[];
  /** Most VUs at work at once. */
  readonly maxVUs: number;
  /** Longest time of the load, graceful stop included; setup and teardown not. */
  readonly maxDuration: string;
  readonly maxDurationMs: number;
}

/** Options that say which options to take; they are no part of the result. */
const ABOUT_OPTIONS: readonly OptionName[] = ['config', 'noConfig', 'scenario', 'passwordStdin', 'password', 'once'];

/** Defaults of options that are no part of the plan. */
const DEFAULTS: { readonly [N in OptionName]?: unknown } = {
  handleSummaryTimeout: '2m0s',
  reportsDir: 'reports',
  summaryMode: 'compact',
  logFormat: 'text',
};

/** Options that stand in the plan and may be secret, or that the plan knows only in part. */
const SPECIAL: { readonly [N in OptionName]?: (parts: { plan: RunPlan; values: OptionValues; known: unknown }) => unknown } = {
  headers: ({ plan }) => masked(plan.target.headers),
  env: ({ plan }) => masked(plan.env),
  retries: ({ plan, values }) => values.retries ?? plan.retries.policy,
  scenarios: ({ plan, known }) => withEnv(known as Scenarios, plan),
  thresholds: ({ plan: { disabledThresholds }, known }) => ({
    ...(known as object),
    ...Object.fromEntries(disabledThresholds.map((name) => [name, []])),
  }),
};

/** The part of what was planned that is shown. */
export type Inspected = Pick<Planned, 'plan' | 'values' | 'origins' | 'configPath'>;

/** The consolidated options of a run for programs: values, where they come from, and what the run needs at most. No secrets. */
export function inspectView({ plan, values, origins, configPath }: Inspected): InspectView {
  const known = testOptions(plan, goDuration);
  const options: Record<string, unknown> = {};
  const from: Record<string, string> = {};
  for (const [name, row] of OPTION_ROWS) {
    const value = valueOf(name, row);
    if (value === undefined) continue;
    options[name] = value;
    for (const path of name === 'scenarios' ? scenarioPaths(value as Scenarios) : [name]) from[path] = origins[path] ?? 'default';
  }
  const { scenarios, maxVus, maxDurationMs } = requirementsOf(plan);
  return {
    scenario: plan.scenarioPath,
    config: configPath ?? null,
    options,
    origins: from,
    scenarios: scenarios.map(({ scenario, executor, startTimeMs }) => ({
      name: scenario.name,
      executor: scenario.executor.executor,
      description: executor.description,
      startTime: goDuration(startTimeMs),
      maxVUs: executor.maxVus,
      maxDuration: goDuration(executor.maxDurationMs),
    })),
    maxVUs: maxVus,
    maxDuration: goDuration(maxDurationMs),
    maxDurationMs,
  };

  function valueOf(name: OptionName, row: OptionRow): unknown {
    const special = SPECIAL[name];
    if (special !== undefined) return special({ plan, values, known: known[name] });
    if (ABOUT_OPTIONS.includes(name) || row.secret === true) return undefined;
    if (name in known) return known[name];
    if (row.group === 'Load' && row.kind !== 'boolean') return undefined; // a shortcut: it is in the scenario that it made
    const value = values[name] ?? DEFAULTS[name] ?? (row.kind === 'boolean' ? false : undefined);
    return typeof value === 'number' && (row.kind === 'duration' || row.kind === 'timeout') ? goDuration(value) : value;
  }
}

type Scenarios = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The environment of scenarios is as private as that of the run. */
function withEnv(scenarios: Scenarios, plan: RunPlan): Scenarios {
  return Object.fromEntries(plan.scenarios.map(({ name, env }) => [name, { ...scenarios[name], env: masked(env) }]));
}

function scenarioPaths(scenarios: Scenarios): string[] {
  return Object.entries(scenarios).flatMap(([name, options]) => Object.keys(options).map((key) => `scenarios.${name}.${key}`));
}

function masked(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(values).map((name) => [name, '***']));
}
