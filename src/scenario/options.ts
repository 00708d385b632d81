import { dirname, resolve } from 'node:path';

import { InvalidConfigError, type Problem } from '../base/index.ts';
import { type ClientProfile, CLIENTS } from '../flow/index.ts';
import type { CustomMetric } from '../measure/index.ts';
import type { RunPlan } from '../plan/index.ts';
import { chooseDrafts, chooseWarmup } from './choose-load.ts';
import { displayPath } from './frames.ts';
import { LAYERS, type Layer, type LayerName, type OptionSources, readLayers } from './layers.ts';
import { mergeLayers } from './merge-layers.ts';
import { checkMetrics, checkModule } from './module-checks.ts';
import { chooseOnce } from './once.ts';
import type { OptionName, OptionValues } from './option-table.ts';
import { originsOf } from './origins.ts';
import { planOf } from './run-plan.ts';
import { checkTags, planScenario } from './scenario-plan.ts';
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
  /** What is wrong with values that only the caller can judge; `where` tells where an option stands. */
  readonly check?: (values: OptionValues, where: (name: OptionName) => string) => readonly Problem[];
}

/** Options of one run, consolidated. */
export interface Consolidated {
  readonly plan: RunPlan;
  /** Every option that was given, parsed; what is no part of the plan (reports, log format, …) is read from here. */
  readonly values: OptionValues;
  /** Where each value that was given comes from, in words; see {@link originsOf}. */
  readonly origins: Readonly<Record<string, string>>;
  /** Sentences for the user about what was replaced or may be a mistake. */
  readonly notes: readonly string[];
}

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
  const once = values.once === true;
  const { drafts, replaced } = once
    ? { drafts: chooseOnce(layers, values, problems), replaced: false }
    : chooseDrafts(layers, values, problems, notes);
  const warmupMs = once ? 0 : chooseWarmup(drafts, replaced, layers, values, problems, notes);
  const context = { module: input.module, file: displayPath(input.path), warmupMs };
  const scenarios = drafts.map((draft) => planScenario(draft, context, problems)).filter((plan) => plan !== undefined);
  const baseline = baselineOf(layers, values, input.path);
  const hasBaseline = baseline !== undefined || values.noThresholds === true || once;
  const thresholdContext = { where: where('thresholds'), custom: input.customMetrics, hasBaseline };
  const planned = planThresholds(values.thresholds ?? {}, thresholdContext, problems);
  checkTags(values.tags ?? {}, where('tags'), problems);
  checkModule(input.module, context.file, problems);
  checkMetrics(input.customMetrics, context.file, problems);
  if ((values.cert === undefined) !== (values.key === undefined)) {
    const [given, missing] = values.cert === undefined ? (['key', 'cert'] as const) : (['cert', 'key'] as const);
    problems.push({ where: where(given), what: `--${given} was given without --${missing}`, fix: 'a client certificate needs both' });
  }
  if (values.noVUConnectionReuse === true && typeof values.connections === 'object') {
    const what = 'the connections are shared: no iteration has any of its own';
    problems.push({ where: where('noVUConnectionReuse'), what, fix: 'leave out one of the two' });
  }
  problems.push(...(input.check?.(values, where) ?? []));
  if (problems.length > 0) throw new InvalidConfigError(problems);

  const profile = CLIENTS[values.client ?? 'plain'];
  if (profile.http2 && values.registry?.url.startsWith('https:') === true) {
    notes.push(`${profile.name} takes HTTP/2 where TLS offers it; loadreg speaks HTTP/1.1 only`);
  }
  if (values.honorRetryAfter === true && retriesNothing(values, profile)) {
    notes.push(`${where('honorRetryAfter')} changes nothing: nothing is tried again (--retries says what is)`);
  }
  if (layers.flags.values.chunkSize !== undefined && (values.pushMode ?? profile.uploadMode) !== 'chunked') {
    notes.push(`${where('chunkSize')} counts only where blobs go up in chunks: by --push-mode chunked, or as a push of the scenario says`);
  }
  const plan = planOf(values, { path: input.path, version: input.version, scenarios, ...planned, baseline, warmupMs });
  return { plan, values, notes, origins: originsOf(layers, drafts, input.config?.path) };
}

function retriesNothing({ retries = 'profile' }: OptionValues, { name }: ClientProfile): boolean {
  return retries === 'none' || retries === 0 || retries === 'plain' || (retries === 'profile' && name === 'plain');
}

/** A path in a scenario starts at the scenario's folder, so that it can be run from anywhere. */
function baselineOf({ scenario, environment, flags }: Readonly<Record<LayerName, Layer>>, values: OptionValues, path: string) {
  const given = scenario.values.baseline;
  const own = given !== undefined && environment.values.baseline === undefined && flags.values.baseline === undefined;
  return own ? resolve(dirname(path), given) : values.baseline;
}
