import { parseDuration } from '../../base/index.ts';
import type { ClientName, ClientProfile } from './profile.ts';
import { NO_RETRIES, type RetryPolicy, type RetryRule, UPLOAD_OPERATIONS } from './retry.ts';

/** A retry policy of one's own: the same for requests, for downloads (which go on where they were cut off) and for uploads. */
export interface RetryOptions {
  /** Tries in all, the first one included. Default 3. */
  attempts?: number;
  /**
   * Wait before another try: one for each (`['1s', '3s']`, the last one stands for all after it), or the first one, which doubles with every try.
   * Default `'1s'`.
   */
  backoff?: string | number | readonly (string | number)[];
  /** Longest wait that doubling leads to. Default `'30s'`. */
  maxBackoff?: string | number;
  /** Statuses after which it is tried again. Default 408, 429, 500, 502, 503, 504. */
  statuses?: readonly number[];
  /** Whether it is tried again after a failure of the network too. Default true. */
  network?: boolean;
  /** Wait as long as the registry says in `Retry-After`, as with `honorRetryAfter`. Default false. */
  retryAfter?: boolean;
}

/**
 * What is tried again: nothing (`none`), what the imitated client (`profile`) or another one tries again, so many times more, or as one says
 * oneself.
 */
export type RetriesOption = 'none' | 'profile' | ClientName | number | RetryOptions;

/** Whether `Retry-After` counts, and how long a wait it may ask for. */
export interface RetryAfterOptions {
  /** Also for clients that do not look at it. */
  readonly honor: boolean;
  /** ms; undefined: as the client has it, else a minute. */
  readonly maxMs: number | undefined;
}

const RETRIED = [408, 429, 500, 502, 503, 504];
const RETRY_AFTER_MAX_MS = 60_000;
const KEYS = ['attempts', 'backoff', 'maxBackoff', 'statuses', 'network', 'retryAfter'];

/** Reads what a file or a flag gives; undefined when it is no {@link RetriesOption}. `names`: those that there are. */
export function parseRetries(given: unknown, names: readonly string[]): RetriesOption | undefined {
  if (typeof given === 'number') return isCount(given, 0) ? given : undefined;
  if (typeof given === 'string')
    return names.includes(given) ? (given as RetriesOption) : /^\d{1,6}$/.test(given) ? Number(given) : undefined;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return undefined;
  const { attempts, backoff, maxBackoff, statuses, network, retryAfter } = given as Record<string, unknown>;
  const fine =
    Object.keys(given).every((key) => KEYS.includes(key)) &&
    (attempts === undefined || isCount(attempts, 1)) &&
    (backoff === undefined || (Array.isArray(backoff) ? backoff.length > 0 && backoff.every(isDuration) : isDuration(backoff))) &&
    (maxBackoff === undefined || isDuration(maxBackoff)) &&
    (statuses === undefined || (Array.isArray(statuses) && statuses.every(isFailure))) &&
    [network, retryAfter].every((value) => value === undefined || typeof value === 'boolean');
  return fine ? given : undefined;
}

/** The policy that was asked for, of the client `profile` and with these `clients` to choose from. */
export function retryPolicy(
  asked: RetriesOption,
  retryAfter: RetryAfterOptions,
  profile: ClientProfile,
  clients: { readonly [N in ClientName]: ClientProfile },
): RetryPolicy {
  const { request, blob, upload, policy } = namedPolicy(asked, profile, clients);
  const honor = retryAfter.honor || (typeof asked === 'object' && asked.retryAfter === true);
  const told = (rule: RetryRule | undefined): RetryRule | undefined =>
    rule === undefined || !(honor || rule.retryAfterMaxMs !== undefined)
      ? rule
      : { ...rule, retryAfterMaxMs: retryAfter.maxMs ?? rule.retryAfterMaxMs ?? RETRY_AFTER_MAX_MS };
  return {
    policy,
    request: told(request),
    blob: { ...blob, layer: told(blob.layer), config: told(blob.config) },
    upload: told(upload),
  };
}

function namedPolicy(asked: RetriesOption, profile: ClientProfile, clients: { readonly [N in ClientName]: ClientProfile }): RetryPolicy {
  if (asked === 'none' || asked === 0) return NO_RETRIES;
  if (asked === 'profile') return profile.retry;
  if (typeof asked === 'string') return clients[asked].retry;
  return ownPolicy(typeof asked === 'number' ? { attempts: asked + 1 } : asked);
}

function ownPolicy(options: RetryOptions): RetryPolicy {
  const { attempts = 3, statuses = RETRIED, network = true } = options;
  const delaysMs = waits(options, attempts);
  const rule: RetryRule = { attempts, statuses, delaysMs, ...(network ? { networkDelaysMs: delaysMs } : {}) };
  return {
    policy: 'own',
    // What is tried again as a whole is not tried again piece by piece as well: `attempts` are as many as it says.
    request: { ...rule, except: ['blob_get', ...UPLOAD_OPERATIONS] },
    blob: { layer: rule, config: rule, resume: true, progress: undefined },
    upload: rule,
  };
}

function waits({ backoff = '1s', maxBackoff = '30s' }: RetryOptions, attempts: number): readonly number[] {
  if (typeof backoff === 'object') return backoff.map((wait) => parseDuration(wait) ?? 0);
  const first = parseDuration(backoff) ?? 0;
  if (first === 0) return [0];
  const most = Math.max(first, parseDuration(maxBackoff) ?? 0);
  const delays: number[] = [];
  // Ends at the longest: the last one stands for all after it.
  for (let wait = first; delays.length < attempts - 1 && delays.at(-1) !== most; wait *= 2) delays.push(Math.min(wait, most));
  return delays;
}

function isCount(value: unknown, least: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least;
}

function isDuration(value: unknown): boolean {
  return (typeof value === 'string' || typeof value === 'number') && parseDuration(value) !== undefined;
}

function isFailure(status: unknown): boolean {
  return isCount(status, 400) && (status as number) <= 599;
}
