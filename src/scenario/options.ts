import { basename, extname } from 'node:path';

import { InvalidConfigError, type Problem } from '../base/index.ts';
import { EXECUTORS } from '../executor/index.ts';
import { CLIENTS } from '../flow/index.ts';
import { type CustomMetric, DEFAULT_TREND_STATS, METRICS } from '../measure/index.ts';
import type { RunPlan, TargetPlan } from '../plan/index.ts';
import { displayPath } from './frames.ts';
import { isObject, show } from './kinds.ts';
import { LAYERS, type Layer, type LayerName, type OptionSources, readLayers } from './layers.ts';
import { didYouMean } from './nearest.ts';
import type { OptionName, OptionValues } from './option-table.ts';
import { checkTags, planScenario } from './scenario-plan.ts';
import { type Draft, draftFromShortcuts, reshape, type Shape, type ShapeOrigins } from './shape.ts';
import { planThresholds } from './thresholds.ts';
import type { ScenarioModule } from './types.ts';

/** Everything that options are consolidated from. */
export interface ConsolidateInput extends Omit<OptionSources, 'scenario'> {
  readonly module: ScenarioModule;
  /** Absolute path of the scenario file. */
  readonly path: string;
  /** Metrics that the scenario made; thresholds may name them. */
  readonly customMetrics: readonly CustomMetric[];
  /** Of loadreg, for the default user agent. */
  readonly version: string;
  /** What else is wrong, found by the caller: told together with the rest. */
  readonly problems?: readonly Problem[];
}

/** Options of one run, consolidated. */
export interface Consolidated {
  readonly plan: RunPlan;
  /** Every option that was given, parsed; what is no part of the plan (reports, log format, …) is read from here. */
  readonly values: OptionValues;
  /** Sentences for the user about what was replaced or may be a mistake. */
  readonly notes: readonly string[];
}

const MINUTE = 60_000;

/**
 * One plan from all that was given, in k6's order: default < config file < scenario < environment < flags. Maps (tags, labels,
 * headers) are joined by name, everything else is replaced.
 * Throws InvalidConfigError with every problem at once.
 */
export function consolidate(input: ConsolidateInput): Consolidated {
  const problems: Problem[] = [...(input.problems ?? [])];
  const notes: string[] = [];
  const layers = readLayers({ ...input, scenario: input.module.options }, problems, notes);
  const values = mergeLayers(layers);
  const where = (name: OptionName) => LAYERS.map((layer) => layers[layer].where[name]).findLast((place) => place !== undefined) ?? name;
  const { drafts, replaced } = chooseDrafts(layers, values, problems, notes);
  const warmupMs = chooseWarmup(drafts, replaced, layers, values, problems, notes);
  const context = { module: input.module, file: displayPath(input.path), warmupMs };
  const scenarios = drafts.map((draft) => planScenario(draft, context, problems)).filter((plan) => plan !== undefined);
  const { thresholds, disabledThresholds } = planThresholds(values.thresholds ?? {}, where('thresholds'), input.customMetrics, problems);
  checkTags(values.tags ?? {}, where('tags'), problems);
  checkModule(input.module, context.file, problems);
  checkMetrics(input.customMetrics, context.file, problems);
  if ((values.cert === undefined) !== (values.key === undefined)) {
    const [given, missing] = values.cert === undefined ? (['key', 'cert'] as const) : (['cert', 'key'] as const);
    problems.push({ where: where(given), what: `--${given} was given without --${missing}`, fix: 'a client certificate needs both' });
  }
  if (problems.length > 0) throw new InvalidConfigError(problems);

  const profile = CLIENTS[values.client ?? 'plain'];
  if (profile.http2 && values.registry?.url.startsWith('https:') === true) {
    notes.push(`${profile.name} takes HTTP/2 where TLS offers it; loadreg speaks HTTP/1.1 only`);
  }
  if (layers.flags.values.chunkSize !== undefined && (values.pushMode ?? profile.uploadMode) !== 'chunked') {
    notes.push(`${where('chunkSize')} counts only where blobs go up in chunks: by --push-mode chunked, or as a push of the scenario says`);
  }
  const plan: RunPlan = {
    name: values.name ?? basename(input.path, extname(input.path)),
    scenarioPath: displayPath(input.path),
    seed: values.seed ?? 1,
    verify: values.verify ?? 'full',
    repoPrefix: values.repoPrefix ?? 'loadreg',
    client: profile.name,
    layerConcurrency: values.layerConcurrency ?? profile.layerConcurrency.down,
    push: {
      layerConcurrency: values.layerConcurrency ?? profile.layerConcurrency.up,
      mode: values.pushMode ?? profile.uploadMode,
      chunkSize: values.chunkSize ?? profile.chunkSize,
      mountFrom: values.mountFrom,
    },
    cache: values.cache ?? 'none',
    target: planTarget(values, profile.userAgent ?? `loadreg/${input.version}`),
    scenarios,
    thresholds,
    disabledThresholds,
    warmupMs,
    setupTimeoutMs: values.setupTimeout ?? 15 * MINUTE,
    teardownTimeoutMs: values.teardownTimeout ?? 15 * MINUTE,
    noSetup: values.noSetup ?? false,
    noTeardown: values.noTeardown ?? false,
    noThresholds: values.noThresholds ?? false,
    env: values.env ?? {},
    tags: values.tags ?? {},
    labels: values.labels ?? {},
    envLabel: values.envLabel,
    cleanup: values.cleanup ?? false,
    maxWrite: values.maxWrite ?? 20 * 1024 ** 3,
    summaryTrendStats: values.summaryTrendStats ?? DEFAULT_TREND_STATS,
    strict: values.strict ?? false,
    noTrialPush: values.noTrialPush ?? false,
    publicRegistryIsMine: values.publicRegistryIsMine ?? false,
  };
  return { plan, values, notes };
}

const JOINED = ['tags', 'labels', 'headers'] as const satisfies OptionName[];

function mergeLayers(layers: Readonly<Record<LayerName, Layer>>): OptionValues {
  const all = LAYERS.map((layer) => layers[layer].values);
  const merged: Record<string, unknown> = Object.assign({}, ...all);
  for (const name of JOINED) {
    if (merged[name] !== undefined) merged[name] = Object.assign({}, ...all.map((values) => values[name]));
  }
  return merged;
}

function planTarget(values: OptionValues, userAgent: string): TargetPlan {
  return {
    registry: values.registry?.url,
    insecureSkipTlsVerify: values.insecureSkipTlsVerify ?? false,
    caFile: values.caFile,
    certFile: values.cert,
    keyFile: values.key,
    headers: values.headers ?? {},
    userAgent: values.userAgent ?? userAgent,
    restoreBasePath: values.restoreBasePath ?? false,
    connections: values.connections ?? 'per-vu',
  };
}

const SHORTCUTS = ['vus', 'duration', 'iterations'] as const;

/** The load of one layer or of several, and where each part stands. */
function shapeOf(...layers: readonly Layer[]): { shape: Shape; origins: ShapeOrigins } {
  let shape: Shape = {};
  let origins: ShapeOrigins = {};
  for (const { values, where } of layers) {
    // As in k6: who says how long says it anew, the number of VUs stays.
    if (values.duration !== undefined || values.iterations !== undefined) {
      shape = { vus: shape.vus };
      origins = { vus: origins.vus };
    }
    for (const key of SHORTCUTS) {
      if (values[key] === undefined) continue;
      shape = { ...shape, [key]: values[key] };
      origins = { ...origins, [key]: where[key] };
    }
  }
  return { shape, origins };
}

/** The scenarios to run: those of the file under the load that the environment and the flags ask for. */
function chooseDrafts(
  layers: Readonly<Record<LayerName, Layer>>,
  values: OptionValues,
  problems: Problem[],
  notes: string[],
): { drafts: readonly Draft[]; replaced: boolean } {
  const { config, scenario, environment, flags } = layers;
  for (const { values: own, where } of [config, scenario]) {
    for (const key of SHORTCUTS) {
      if (own.scenarios === undefined || own[key] === undefined) continue;
      problems.push({ where: where[key] ?? key, what: 'stands beside scenarios', fix: 'put it into a scenario, or leave scenarios out' });
    }
  }
  const over = shapeOf(environment, flags);
  const asked = SHORTCUTS.map((key) => over.origins[key]).filter((origin) => origin !== undefined);
  // A scenario file that says anything about the load says it instead of the config file.
  const scenarioShape = SHORTCUTS.some((key) => scenario.values[key] !== undefined);
  const holder = scenario.values.scenarios !== undefined ? scenario : scenarioShape ? undefined : config;
  const named = holder?.values.scenarios;
  if (named === undefined) {
    if (values.scenario !== undefined) {
      problems.push({ where: '--scenario', what: 'the file has no scenarios to choose from', fix: 'leave it out' });
    }
    const under = shapeOf(config, scenario);
    const { shape, origins } = shapeOf(config, scenario, environment, flags);
    for (const key of ['duration', 'iterations'] as const) {
      if (under.shape[key] !== undefined && shape[key] === undefined)
        notes.push(`${asked.join(' and ')}: ${under.origins[key]} is left out`);
    }
    const replaced = under.shape.duration !== undefined && shape.iterations !== undefined && under.shape.iterations === undefined;
    return { drafts: [draftFromShortcuts(shape, origins)], replaced };
  }

  const where = (holder as Layer).where.scenarios ?? 'scenarios';
  const drafts = selected(draftsOf(named, where, problems), values.scenario, where, problems);
  if (asked.length === 0) return { drafts, replaced: false };
  if (drafts.length > 1) {
    const names = drafts.map((draft) => draft.name).join(', ');
    const fix = `choose one with --scenario (${names})`;
    problems.push({ where: asked.join(', '), what: `the file has ${drafts.length} scenarios, and a load can be given for one`, fix });
    return { drafts, replaced: false };
  }
  const results = drafts.map((draft) => reshape(draft, over.shape, over.origins));
  notes.push(...results.map(({ note }) => note).filter((note) => note !== undefined));
  return { drafts: results.map(({ draft }) => draft), replaced: results.some(({ note }) => note !== undefined) };
}

function draftsOf(scenarios: Readonly<Record<string, unknown>>, where: string, problems: Problem[]): Draft[] {
  const drafts: Draft[] = [];
  for (const [name, options] of Object.entries(scenarios)) {
    const place = /^[A-Za-z_]\w*$/.test(name) ? `${where}.${name}` : `${where}[${JSON.stringify(name)}]`;
    if (isObject(options)) drafts.push({ name, where: place, options, origins: {} });
    else problems.push({ where: place, what: `${show(options)} is no scenario`, fix: "an object like { executor: 'constant-vus', … }" });
  }
  if (Object.keys(scenarios).length === 0) problems.push({ where, what: 'no scenario', fix: 'name at least one, or leave scenarios out' });
  return drafts;
}

function selected(drafts: Draft[], names: readonly string[] | undefined, where: string, problems: Problem[]): Draft[] {
  if (names === undefined) return drafts;
  const known = drafts.map((draft) => draft.name);
  for (const name of names) {
    if (known.includes(name)) continue;
    const fix = didYouMean(name, known) ?? `${where} has ${known.join(', ')}`;
    problems.push({ where: '--scenario', what: `no scenario ${show(name)}`, fix });
  }
  return drafts.filter((draft) => names.includes(draft.name));
}

/** A warm-up belongs to a duration. One that the file asks for is left out when the user asked for iterations instead. */
function chooseWarmup(
  drafts: readonly Draft[],
  replaced: boolean,
  layers: Readonly<Record<LayerName, Layer>>,
  values: OptionValues,
  problems: Problem[],
  notes: string[],
): number {
  // Whole intervals: what is left out of the totals is counted in seconds.
  const warmup = Math.ceil((values.warmup ?? 0) / 1000) * 1000;
  if (warmup !== (values.warmup ?? 0)) notes.push(`the warm-up is counted in whole seconds: it takes ${warmup / 1000}s`);
  const without = drafts.filter(({ options }) => {
    const kind = EXECUTORS[options['executor'] as keyof typeof EXECUTORS];
    return kind !== undefined && !kind.takesWarmup;
  });
  if (warmup === 0 || without.length === 0) return warmup;
  const explicit = layers.flags.where.warmup ?? layers.environment.where.warmup;
  if (replaced && explicit === undefined) {
    notes.push('the warm-up of the file is left out: it belongs to a duration, and iterations were asked for');
    return 0;
  }
  const names = without.map((draft) => `${draft.name} (${String(draft.options['executor'])})`).join(', ');
  const where = explicit ?? layers.scenario.where.warmup ?? layers.config.where.warmup ?? 'warmup';
  problems.push({
    where,
    what: `a warm-up needs scenarios that run for a duration, and these do not: ${names}`,
    fix: 'leave it out, or give --duration',
  });
  return 0;
}

function checkModule(module: ScenarioModule, file: string, problems: Problem[]): void {
  for (const name of ['setup', 'teardown', 'handleSummary'] as const) {
    if (module[name] === undefined || typeof module[name] === 'function') continue;
    problems.push({ where: file, what: `the export '${name}' is no function`, fix: 'a function, or no such export' });
  }
}

/** A metric has one type: two of one name, or one that is built in, would lose what is added to it. */
function checkMetrics(metrics: readonly CustomMetric[], file: string, problems: Problem[]): void {
  const types = new Map<string, string>();
  for (const { name, type } of metrics) {
    const before = types.get(name) ?? (Object.hasOwn(METRICS, name) ? 'built-in metric' : undefined);
    if (before !== undefined && before !== type) {
      problems.push({ where: file, what: `the ${type} '${name}' has the name of a ${before}`, fix: 'another name' });
    }
    types.set(name, before ?? type);
  }
}
