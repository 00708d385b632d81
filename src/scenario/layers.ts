import type { Problem } from '../base/index.ts';
import { isObject, KINDS, show } from './kinds.ts';
import { refusedOption } from './k6-refused.ts';
import { didYouMean } from './nearest.ts';
import { envName, flagOf, OPTION_ROWS, OPTIONS, type OptionName, type OptionRow, type OptionValues } from './option-table.ts';

/** Where option values come from; later ones go before earlier ones, after the defaults. */
export const LAYERS = ['config', 'scenario', 'environment', 'flags'] as const;

/** Name of a layer. */
export type LayerName = (typeof LAYERS)[number];

/** What one layer gives: values, and where each of them stands (`--vus`, `options.vus`), for messages. */
export interface Layer {
  readonly values: OptionValues;
  readonly where: Partial<Readonly<Record<OptionName, string>>>;
}

/** What users gave, not looked at yet. */
export interface OptionSources {
  /** The scenario's `options` export. */
  readonly scenario: unknown;
  /** The config file, JSON already parsed. */
  readonly config?: { readonly path: string; readonly value: unknown } | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** By the name of the flag, without dashes: texts, true, or lists of texts. */
  readonly flags: Readonly<Record<string, unknown>>;
}

/** Reads every layer, lowest first. Adds to `problems` whatever is wrong, and to `notes` what may be a mistake. */
export function readLayers(sources: OptionSources, problems: Problem[], notes: string[]): Record<LayerName, Layer> {
  const { config } = sources;
  return {
    config: config === undefined ? { values: {}, where: {} } : readFile(config.value, 'config', `${config.path}: `, problems),
    scenario: sources.scenario === undefined ? { values: {}, where: {} } : readFile(sources.scenario, 'scenario', 'options.', problems),
    environment: readEnvironment(sources.env, problems, notes),
    flags: readFlags(sources.flags, problems),
  };
}

function readFile(given: unknown, kind: 'config' | 'scenario', prefix: string, problems: Problem[]): Layer {
  const top = prefix.replace(/(: |\.)$/, '');
  if (!isObject(given)) {
    problems.push({ where: top, what: `${show(given)} is no object`, fix: 'an object with options' });
    return { values: {}, where: {} };
  }
  const allowed = OPTION_ROWS.filter(([, row]: readonly [OptionName, OptionRow]) => row.file === 'scenario' || row.file === kind).map(
    ([name]) => name,
  );
  const raw = new Map<OptionName, unknown>();
  for (const [key, value] of Object.entries(given)) {
    const name = allowed.find((option) => option === key);
    if (name !== undefined) raw.set(name, value);
    else problems.push({ where: `${prefix}${key}`, ...unknownOption(key, allowed) });
  }
  return parseLayer(raw, (name) => `${prefix}${name}`, problems);
}

function unknownOption(key: string, allowed: readonly OptionName[]): { what: string; fix?: string } {
  const near = didYouMean(key, allowed);
  const outside = OPTION_ROWS.find(([name]) => name === key)?.[1];
  if (near === undefined && outside !== undefined) {
    const flag = flagOf(outside);
    return { what: 'is not set in this file', fix: `use ${flag ? `--${flag.name}` : envName(key as OptionName)}` };
  }
  const reason = refusedOption(key);
  if (reason !== undefined) return { what: 'not taken here', fix: reason };
  return near === undefined ? { what: 'unknown option' } : { what: 'unknown option', fix: near };
}

function readEnvironment(env: OptionSources['env'], problems: Problem[], notes: string[]): Layer {
  const rows = OPTION_ROWS.filter(([, row]) => row.env === true);
  const raw = new Map<OptionName, unknown>();
  for (const [name] of rows) {
    const value = env[envName(name)];
    if (value !== undefined && (value !== '' || name === 'repoPrefix')) raw.set(name, value);
  }
  const known = rows.map(([name]) => envName(name));
  for (const variable of Object.keys(env)) {
    const ours = variable.replace(/^K6_/, 'LOADREG_');
    if (ours !== variable && known.includes(ours)) notes.push(`${variable} in the environment means nothing (set ${ours})`);
    if (!variable.startsWith('LOADREG_') || known.includes(variable)) continue;
    const near = didYouMean(variable, known);
    // A note, not a problem: the environment may hold what other programs need.
    if (near !== undefined) notes.push(`${variable} in the environment means nothing (${near})`);
  }
  return parseLayer(raw, envName, problems);
}

function readFlags(flags: OptionSources['flags'], problems: Problem[]): Layer {
  const raw = new Map<OptionName, unknown>();
  const label = (name: OptionName) => `--${flagOf(OPTIONS[name])?.name}`;
  for (const [name, row] of OPTION_ROWS) {
    const flag = flagOf(row);
    const value = flag === undefined ? undefined : flags[flag.name];
    if (value !== undefined) raw.set(name, value);
  }
  return parseLayer(raw, label, problems);
}

function parseLayer(raw: ReadonlyMap<OptionName, unknown>, whereOf: (name: OptionName) => string, problems: Problem[]): Layer {
  const values: Partial<Record<OptionName, unknown>> = {};
  const where: Partial<Record<OptionName, string>> = {};
  for (const [name, given] of raw) {
    if (given === undefined || given === null) continue;
    const row: OptionRow = OPTIONS[name];
    const kind = KINDS[row.kind];
    const value = kind.parse(given);
    where[name] = whereOf(name);
    if (value !== undefined) values[name] = value;
    else {
      const shown = row.secret === true || name === 'env' ? 'the value' : show(given);
      problems.push({ where: whereOf(name), what: `${shown} is not valid`, fix: kind.works });
    }
  }
  return { values: values as OptionValues, where };
}
