/** When and how often something is tried again, and after which wait. */
export interface RetryRule {
  /** Tries in all, the first one included. */
  readonly attempts: number;
  /** Statuses after which it is tried again. */
  readonly statuses: readonly number[];
  /** Statuses after which it is tried again unless the try before ended with the same one. */
  readonly statusesOnce?: readonly number[];
  /** Waits after a status, ms: before the second try, the third, …; the last one stands for all after it. */
  readonly delaysMs: readonly number[];
  /** The same after a failure of the network (refused, cut off, timed out); undefined: such failures are final. */
  readonly networkDelaysMs?: readonly number[];
  /** Waits as long as `Retry-After` says, at most this long, ms; undefined: does not look at it. */
  readonly retryAfterMaxMs?: number;
  /** Operations that are not tried again, since they are part of something that is tried again as a whole. */
  readonly except?: readonly string[];
}

/** How a blob is tried again as a whole, beside what each request does by itself. */
export interface BlobRetry {
  readonly layer: RetryRule | undefined;
  readonly config: RetryRule | undefined;
  /** A download that was cut off goes on where it ended (`Range: bytes=N-`) instead of from the beginning. */
  readonly resume: boolean;
  /** So many bytes more than at the failure before give all tries back; undefined: nothing does. */
  readonly progress: number | undefined;
}

/** Everything that is tried again: single requests, downloads of blobs, uploads of blobs. */
export interface RetryPolicy {
  /** Where it comes from: `none`, the name of a client, or `own`. */
  readonly policy: string;
  /** Single requests; those with a streamed body are never tried again by themselves. */
  readonly request: RetryRule | undefined;
  readonly blob: BlobRetry;
  /** The upload of a blob, with its session. */
  readonly upload: RetryRule | undefined;
}

/** Nothing is tried again. */
export const NO_RETRIES: RetryPolicy = {
  policy: 'none',
  request: undefined,
  blob: { layer: undefined, config: undefined, resume: false, progress: undefined },
  upload: undefined,
};

/** Requests of an upload. Where uploads are tried again as a whole, none of them is tried again by itself. */
export const UPLOAD_OPERATIONS: readonly string[] = [
  'upload_start',
  'upload_mount',
  'upload_patch',
  'upload_put',
  'upload_chunk',
  'upload_finish',
  'upload_post',
];

/** How a try ended: with a status, or with a failure of the network. */
export interface FailedTry {
  readonly status: number | undefined;
  /** Value of `Retry-After`. */
  readonly retryAfter: string | undefined;
}

/** Wait before the next try, ms; undefined when there is none. `tries`: those made so far, `last` the newest, `before` the one before it. */
export function nextDelay(rule: RetryRule, tries: number, last: FailedTry, before: FailedTry | undefined, now: number): number | undefined {
  if (tries >= rule.attempts) return undefined;
  if (last.status === undefined) return rule.networkDelaysMs === undefined ? undefined : nth(rule.networkDelaysMs, tries);
  const once = rule.statusesOnce?.includes(last.status) === true && before?.status !== last.status;
  if (!once && !rule.statuses.includes(last.status)) return undefined;
  const told = rule.retryAfterMaxMs === undefined ? undefined : retryAfterMs(last.retryAfter, now);
  return told === undefined ? nth(rule.delaysMs, tries) : Math.min(told, rule.retryAfterMaxMs ?? 0);
}

function nth(delays: readonly number[], tries: number): number {
  return delays[Math.min(tries, delays.length) - 1] ?? 0;
}

/** `Retry-After` in ms (RFC 9110, 10.2.3): seconds, or a date against `now`; undefined when it is neither. */
export function retryAfterMs(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const date = /^\s*[a-z]{3}/i.test(value) ? Date.parse(value) : Number.NaN; // Date.parse() takes '1.5' for a day in 2001
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
