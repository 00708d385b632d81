import { parseDuration, parseSize } from '../base/index.ts';
import {
  CACHE_POLICIES,
  type CachePolicy,
  CLIENT_NAMES,
  type ClientName,
  parseRetries,
  type RetriesOption,
  UPLOAD_MODES,
  type UploadMode,
  type VerifyPolicy,
} from '../flow/index.ts';
import { isTrendStat } from '../measure/index.ts';
import { baseUrl, isObject, oneOf, repoPrefix, stageList, textList, textMap, wholeNumber } from './read-values.ts';

export { isObject } from './read-values.ts';

/** Base URL of a registry, credentials apart. */
export interface BaseUrl {
  /** Without credentials, query and trailing slash. */
  readonly url: string;
  readonly userinfo: { readonly username: string; readonly password: string } | undefined;
}

/** How connections are shared between VUs. */
export type Connections = 'per-vu' | { readonly shared: number };

/** What the values of each kind become. */
export interface KindValues {
  boolean: boolean;
  /** A whole number of at least 1. */
  count: number;
  /** A whole number of at least 0. */
  integer: number;
  /** Milliseconds. */
  duration: number;
  /** Milliseconds, more than 0 and not more than a timer of Node.js can take. */
  timeout: number;
  retries: RetriesOption;
  /** Bytes. */
  size: number;
  text: string;
  list: readonly string[];
  /** Stages as users write them in files, text taken apart; looked at closely by the executor. */
  stages: readonly unknown[];
  /** `NAME=VALUE`, repeated, or an object. */
  pairs: Readonly<Record<string, string>>;
  /** `Name: value`, repeated, or an object. */
  headers: Readonly<Record<string, string>>;
  baseUrl: BaseUrl;
  repoPrefix: string;
  repository: string;
  client: ClientName;
  uploadMode: UploadMode;
  cache: CachePolicy;
  /** Bytes, at least one. */
  chunkSize: number;
  verify: VerifyPolicy;
  connections: Connections;
  trendStats: readonly string[];
  summaryMode: 'compact' | 'full' | 'disabled';
  logFormat: 'text' | 'json';
  httpDebug: 'headers' | 'full' | 'off';
  /** Looked at elsewhere. */
  object: Readonly<Record<string, unknown>>;
}

/** A kind of value: what is taken for one, in words and as a function. */
export interface Kind<T> {
  /** What would work, for messages: `a duration like '30s', '1h30m' or '500ms'`. */
  readonly works: string;
  /** Reads what a file gives (JSON), or text from a flag or the environment; undefined when it is no such value. */
  parse(given: unknown): T | undefined;
}

const TRUE = new Set(['true', '1', 'yes', 'on']);
const FALSE = new Set(['false', '0', 'no', 'off', '']);

/** Node.js takes a longer timer for one of 1 ms. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** Fields that say how a message is framed, and where it goes: they are not the user's to set. */
const FRAMING = new Set(['host', 'content-length', 'transfer-encoding', 'connection', 'keep-alive', 'upgrade', 'expect', 'te', 'trailer']);

/** Every kind of option value. */
export const KINDS: { readonly [K in keyof KindValues]: Kind<KindValues[K]> } = {
  boolean: {
    works: 'true or false',
    parse: (given) => {
      if (typeof given === 'boolean') return given;
      const text = typeof given === 'string' ? given.trim().toLowerCase() : 'neither';
      return TRUE.has(text) ? true : FALSE.has(text) ? false : undefined;
    },
  },
  count: { works: 'a whole number of at least 1', parse: (given) => wholeNumber(given, 1) },
  integer: { works: 'a whole number of at least 0', parse: (given) => wholeNumber(given, 0) },
  duration: {
    works: "a duration like '30s', '1h30m' or '500ms'",
    parse: (given) => (typeof given === 'string' || typeof given === 'number' ? parseDuration(given) : undefined),
  },
  timeout: {
    works: "a duration above 0 and up to 24 days, like '30s'",
    parse: (given) => {
      const ms = typeof given === 'string' || typeof given === 'number' ? parseDuration(given) : undefined;
      return ms !== undefined && ms >= 1 && ms <= LONGEST_TIMER_MS ? ms : undefined;
    },
  },
  retries: {
    works: `none, profile, ${CLIENT_NAMES.join(', ')}, how many times more, in a file also { "attempts": 3, "backoff": "1s", "maxBackoff": "30s", "statuses": [429, 503], "network": true, "retryAfter": true }`,
    parse: (given) => parseRetries(given, ['none', 'profile', ...CLIENT_NAMES]),
  },
  size: {
    works: "a size like '10MiB', '20GiB' or a number of bytes",
    parse: (given) => (typeof given === 'string' || typeof given === 'number' ? parseSize(given) : undefined),
  },
  text: {
    works: 'a text that is not empty, in one line',
    parse: (given) => (typeof given === 'string' && given.trim() !== '' && !/[\p{Cc}]/u.test(given) ? given : undefined),
  },
  list: { works: "a list, in text 'a,b'", parse: textList },
  stages: { works: "a list like [{ duration: '30s', target: 10 }, …], in text '30s:10,1m:0'", parse: stageList },
  pairs: { works: 'NAME=VALUE, in a file { "NAME": "VALUE" }', parse: (given) => textMap(given, /^([^=]+)=(.*)$/s) },
  headers: {
    works: '\'Name: value\' (no Host, Content-Length or the like), in a file { "Name": "value" }',
    parse: (given) => {
      const map = textMap(given, /^([^:]+):\s*(.*)$/);
      const fine = (name: string, value: string) =>
        /^[!#$%&'*+.^_`|~\w-]+$/.test(name) && !FRAMING.has(name.toLowerCase()) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
      return map !== undefined && Object.entries(map).every(([name, value]) => fine(name, value)) ? map : undefined;
    },
  },
  baseUrl: { works: "a base URL like 'http://localhost:5000' or 'https://host/path', without /v2/, query and fragment", parse: baseUrl },
  repoPrefix: {
    works: "path components in lower case like 'perf/loadreg', or '' for none",
    parse: (given) => (typeof given === 'string' ? repoPrefix(given.replace(/\/+$/, '')) : undefined),
  },
  repository: {
    works: "a repository in lower case like 'team/app'",
    parse: (given) => (typeof given === 'string' && given !== '' ? repoPrefix(given) : undefined),
  },
  client: { works: `one of ${CLIENT_NAMES.join(', ')}`, parse: (given) => oneOf(given, CLIENT_NAMES) },
  uploadMode: { works: `one of ${UPLOAD_MODES.join(', ')}`, parse: (given) => oneOf(given, UPLOAD_MODES) },
  cache: { works: `one of ${CACHE_POLICIES.join(', ')}`, parse: (given) => oneOf(given, CACHE_POLICIES) },
  chunkSize: {
    works: "a size like '5MiB' or a number of bytes, at least 1",
    parse: (given) => {
      const bytes = typeof given === 'string' || typeof given === 'number' ? parseSize(given) : undefined;
      return bytes !== undefined && bytes > 0 ? bytes : undefined;
    },
  },
  verify: {
    works: "'full', 'size', 'off' or 'sampled:0.1' (a share above 0, at most 1)",
    parse: (given) => {
      if (given === 'full' || given === 'size' || given === 'off') return given;
      const share = typeof given === 'string' ? /^sampled:(\d*\.?\d+)$/.exec(given)?.[1] : undefined;
      return share !== undefined && Number(share) > 0 && Number(share) <= 1 ? `sampled:${Number(share)}` : undefined;
    },
  },
  connections: {
    works: "'per-vu', or { \"shared\": 16 }, in text 'shared:16'",
    parse: (given) => {
      if (given === 'per-vu') return given;
      const text = typeof given === 'string' ? /^shared:(\d+)$/.exec(given)?.[1] : undefined;
      const shared = isObject(given) && Object.keys(given).length === 1 ? given['shared'] : text;
      const count = wholeNumber(shared, 1);
      return count === undefined ? undefined : { shared: count };
    },
  },
  trendStats: {
    works: "a list of avg, min, med, max, count and p(N), in text 'avg,p(95),p(99.9)'",
    parse: (given) => {
      const stats = textList(given);
      return stats !== undefined && stats.length > 0 && stats.every(isTrendStat) ? stats : undefined;
    },
  },
  summaryMode: { works: 'compact, full or disabled', parse: (given) => oneOf(given, ['compact', 'full', 'disabled']) },
  logFormat: { works: 'text or json', parse: (given) => oneOf(given, ['text', 'json']) },
  httpDebug: {
    works: 'headers (the default of --http-debug) or full',
    parse: (given) => {
      if (typeof given === 'boolean') return given ? 'headers' : 'off';
      return given === '' || given === 'true' ? 'headers' : given === 'false' ? 'off' : oneOf(given, ['headers', 'full', 'off']);
    },
  },
  object: { works: 'an object', parse: (given) => (isObject(given) ? given : undefined) },
};

/** Name of a kind. */
export type KindName = keyof KindValues;

/** A given value for a message: short, and without the credentials of a URL. */
export function show(given: unknown): string {
  const text = typeof given === 'function' ? 'a function' : (JSON.stringify(given) ?? String(given));
  const safe = text.replaceAll(/\/\/[^/@\s]*@/g, '//***@');
  return safe.length > 80 ? `${safe.slice(0, 77)}...` : safe;
}
