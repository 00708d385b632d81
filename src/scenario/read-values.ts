import { parseDuration } from '../base/index.ts';
import type { BaseUrl } from './kinds.ts';

// What a file gives, or text from a flag or the environment, as a value; undefined when it is none.

/** Whether a value is an object with fields (and no array). */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A whole number of at least `min`, also written as text. */
export function wholeNumber(given: unknown, min: number): number | undefined {
  const number = typeof given === 'string' && /^\d+$/.test(given.trim()) ? Number(given) : given;
  return Number.isSafeInteger(number) && (number as number) >= min ? (number as number) : undefined;
}

/** The one of the choices that was given. */
export function oneOf<T extends string>(given: unknown, choices: readonly T[]): T | undefined {
  return choices.find((choice) => choice === given);
}

/** A list of texts; text is taken apart at its commas. */
export function textList(given: unknown): readonly string[] | undefined {
  if (typeof given === 'string') return given.split(',').map((item) => item.trim());
  if (!Array.isArray(given) || !given.every((item): item is string => typeof item === 'string')) return undefined;
  return given.flatMap((item) => item.split(',').map((part) => part.trim()));
}

/** Stages, also written as `30s:10`; what they hold is looked at elsewhere. */
export function stageList(given: unknown): readonly unknown[] | undefined {
  const texts = textList(given);
  if (texts === undefined || texts.length === 0) return Array.isArray(given) ? given : undefined;
  const stages = texts.map((text) => {
    const match = /^(.+):(\d+)$/.exec(text);
    const duration = match === null ? undefined : parseDuration(match[1] as string);
    return match === null || duration === undefined ? undefined : { duration, target: Number(match[2]) };
  });
  return stages.includes(undefined) ? undefined : stages;
}

/** An object of texts, from an object, a list of texts (a repeated flag), or text with one entry a line. */
export function textMap(given: unknown, entry: RegExp): Readonly<Record<string, string>> | undefined {
  if (isObject(given)) {
    const values = Object.entries(given).map(([name, value]) => [name, typeof value === 'number' ? String(value) : value] as const);
    return values.every(([, value]) => typeof value === 'string') ? (Object.fromEntries(values) as Record<string, string>) : undefined;
  }
  const items = typeof given === 'string' ? given.split('\n').filter((line) => line.trim() !== '') : given;
  if (!Array.isArray(items)) return undefined;
  const map: Record<string, string> = {};
  for (const item of items) {
    const match = typeof item === 'string' ? entry.exec(item) : null;
    if (match === null) return undefined;
    map[(match[1] as string).trim()] = match[2] as string;
  }
  return map;
}

/** A base URL without `/v2/`, query and fragment, credentials apart. */
export function baseUrl(given: unknown): BaseUrl | undefined {
  if (typeof given !== 'string' || !/^https?:\/\//i.test(given) || !URL.canParse(given)) return undefined;
  const url = new URL(given);
  const path = url.pathname.replace(/\/+$/, '');
  if (url.hostname === '' || url.search !== '' || url.hash !== '' || path.endsWith('/v2')) return undefined;
  const userinfo = url.username === '' ? undefined : { username: decoded(url.username), password: decoded(url.password) };
  return { url: `${url.protocol}//${url.host}${path}`, userinfo };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray % that was never meant as an escape
  }
}

/** Path components of the distribution spec, or '' for none. */
export function repoPrefix(text: string): string | undefined {
  if (text === '') return '';
  return /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/.test(text) ? text : undefined;
}
