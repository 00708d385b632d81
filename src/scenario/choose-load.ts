import type { Problem } from '../base/index.ts';
import { EXECUTORS, isExecutorName } from '../executor/index.ts';
import { isObject, show } from './kinds.ts';
import type { Layer, LayerName } from './layers.ts';
import { didYouMean } from './nearest.ts';
import type { OptionValues } from './option-table.ts';
import { type Draft, draftFromShortcuts, reshape, type Shape, type ShapeOrigins, SHORTCUTS } from './shape.ts';

/** The load of one layer or of several, and where each part stands. */
function shapeOf(...layers: readonly Layer[]): { shape: Shape; origins: ShapeOrigins } {
  let shape: Shape = {};
  let origins: ShapeOrigins = {};
  for (const { values, where } of layers) {
    // As in k6: who says how long says it anew, the number of VUs stays. A rate goes with a duration, and is a load of its own beside the others.
    const { duration, iterations, stages, rate } = values;
    const keep: (keyof Shape)[] = [];
    if (iterations !== undefined || stages !== undefined) keep.push('vus');
    else if (duration !== undefined) keep.push('vus', 'rate', 'maxVus');
    else if (rate !== undefined) keep.push('vus', 'duration', 'maxVus');
    if (keep.length > 0) {
      shape = only(shape, keep);
      origins = only(origins, keep);
    }
    for (const key of SHORTCUTS) {
      if (values[key] === undefined) continue;
      shape = { ...shape, [key]: values[key] };
      origins = { ...origins, [key]: where[key] };
    }
  }
  return { shape, origins };
}

function only<T extends object>(fields: T, keys: readonly (keyof T)[]): T {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => keys.includes(key as keyof T))) as T;
}

/** Shortcuts that are two loads in one. */
const RIVALS = [
  ['duration', 'stages'],
  ['iterations', 'stages'],
  ['iterations', 'rate'],
  ['stages', 'rate'],
] as const;

function checkRivals(shape: Shape, origins: ShapeOrigins, problems: Problem[]): void {
  for (const [one, other] of RIVALS) {
    if (shape[one] === undefined || shape[other] === undefined) continue;
    problems.push({ where: origins[other] ?? other, what: `stands beside ${origins[one] ?? one}`, fix: 'one of the two' });
  }
}

/** Only an arrival rate makes VUs on the way. */
function checkMaxVus({ maxVus }: Shape, origins: ShapeOrigins, { options }: Draft, problems: Problem[]): void {
  const { executor } = options;
  if (maxVus === undefined || typeof executor !== 'string' || !isExecutorName(executor) || EXECUTORS[executor].isOpen) return;
  problems.push({
    where: origins.maxVus ?? 'maxVus',
    what: `${executor} has all of its VUs from the start`,
    fix: 'leave it out, or give --rate',
  });
}

/** The scenarios to run: those of the file under the load that the environment and the flags ask for. */
export function chooseDrafts(
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
    checkRivals(shape, origins, problems);
    for (const key of ['duration', 'iterations', 'stages'] as const) {
      if (under.shape[key] !== undefined && shape[key] === undefined)
        notes.push(`${asked.join(' and ')}: ${under.origins[key]} is left out`);
    }
    const isTimed = under.shape.duration !== undefined || under.shape.stages !== undefined;
    const draft = draftFromShortcuts(shape, origins);
    checkMaxVus(shape, origins, draft, problems);
    return { drafts: [draft], replaced: isTimed && shape.iterations !== undefined && under.shape.iterations === undefined };
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
  checkRivals(over.shape, over.origins, problems);
  const results = drafts.map((draft) => reshape(draft, over.shape, over.origins));
  notes.push(...results.flatMap((result) => result.notes));
  for (const { draft } of results) checkMaxVus(over.shape, over.origins, draft, problems);
  return { drafts: results.map(({ draft }) => draft), replaced: results.some(({ replaced }) => replaced) };
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
export function chooseWarmup(
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
