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
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
