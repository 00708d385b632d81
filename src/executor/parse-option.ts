import { parseDuration } from '../base/index.ts';
import { goDuration } from './describe.ts';
import type { ChoiceSpec, NumberSpec, OptionSpec, StagesSpec } from './options.ts';
import type { Stage } from './stages.ts';

/** A parsed option, or what is wrong with it. `at` is the place within the option: `[1].target`, or ''. */
export type ParsedOption =
  | { readonly value: unknown }
  | { readonly wrong: readonly { readonly at: string; readonly what: string; readonly fix: string }[] };

/** Parses one option; `before` are the values of the options that stand before it in the executor's list. */
export function parseOption(spec: OptionSpec, given: unknown, before: Readonly<Record<string, unknown>>): ParsedOption {
  if (spec.kind === 'stages') return parseStages(spec, given);
  if (spec.kind === 'choice') return parseChoice(spec, given);
  return parseNumber(spec, given, before);
}

function parseNumber(spec: NumberSpec, given: unknown, before: Readonly<Record<string, unknown>>): ParsedOption {
  const { key, kind, min, max = Number.POSITIVE_INFINITY, default: fallback } = spec;
  if (given === undefined || given === null) {
    if (fallback === undefined) return wrong(`${key} is required`, fixOf(spec));
    return { value: typeof fallback === 'function' ? fallback(before) : fallback };
  }
  const value = kind === 'count' ? given : durationOf(given);
  const fits = (kind === 'duration' || Number.isSafeInteger(value)) && (value as number) >= min && (value as number) <= max;
  return fits ? { value } : wrong(`${JSON.stringify(given)} is no valid ${key}`, fixOf(spec));
}

function fixOf({ kind, min, max, hint = '' }: NumberSpec): string {
  if (kind === 'duration') return `a duration like '30s' of at least ${goDuration(min)}${hint}`;
  return `a whole number of at least ${min}${max === undefined ? '' : `, at most ${max}`}${hint}`;
}

function parseChoice({ key, choices, default: fallback }: ChoiceSpec, given: unknown): ParsedOption {
  const value = given ?? fallback;
  if (choices.includes(value as string)) return { value };
  return wrong(`${JSON.stringify(given)} is no valid ${key}`, `one of ${choices.join(', ')}`);
}

const LIKE_STAGES = "a list like [{ duration: '30s', target: 10 }, …]";

function parseStages({ key, targets }: StagesSpec, given: unknown): ParsedOption {
  if (given === undefined || given === null) return wrong(`${key} is required`, LIKE_STAGES);
  if (!Array.isArray(given)) return wrong(`${JSON.stringify(given)} is no list of stages`, LIKE_STAGES);
  if (given.length === 0) return wrong('there is no stage', `at least one, as in ${LIKE_STAGES}`);
  const problems: { at: string; what: string; fix: string }[] = [];
  const value = given.map((stage: unknown, i): Stage => {
    const fields = typeof stage === 'object' && stage !== null && !Array.isArray(stage) ? (stage as Record<string, unknown>) : undefined;
    if (fields === undefined) {
      problems.push({ at: `[${i}]`, what: `${JSON.stringify(stage)} is no stage`, fix: "an object like { duration: '30s', target: 10 }" });
      return { durationMs: 0, target: 0 };
    }
    const { duration, target, ...others } = fields;
    const durationMs = durationOf(duration);
    if (durationMs === undefined) {
      const what = duration === undefined ? 'the stage has no duration' : `${JSON.stringify(duration)} is no valid duration`;
      problems.push({ at: `[${i}].duration`, what, fix: "a duration like '30s'; '0s' is a jump" });
    }
    if (!Number.isSafeInteger(target) || (target as number) < 0) {
      const what = target === undefined ? 'the stage has no target' : `${JSON.stringify(target)} is no valid target`;
      problems.push({ at: `[${i}].target`, what, fix: `a whole number of ${targets}, at least 0` });
    }
    for (const name of Object.keys(others)) {
      problems.push({ at: `[${i}].${name}`, what: 'a stage has no such option', fix: 'it takes duration and target' });
    }
    return { durationMs: durationMs ?? 0, target: target as number };
  });
  return problems.length > 0 ? { wrong: problems } : { value };
}

function durationOf(given: unknown): number | undefined {
  return typeof given === 'string' || typeof given === 'number' ? parseDuration(given) : undefined;
}

function wrong(what: string, fix: string): ParsedOption {
  return { wrong: [{ at: '', what, fix }] };
}
