import { setTimeout as delay } from 'node:timers/promises';

/** Where time comes from. Everything that waits or measures takes one, so that tests can drive virtual time. */
export interface Clock {
  /** Monotonic milliseconds with fractions; only differences mean something. */
  now(): number;
  /** Milliseconds since the Unix epoch, for stamps that people read. */
  wallTime(): number;
  /** Resolves after `ms`; resolves early (never rejects) when `signal` aborts, so that callers look at the signal themselves. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  async sleep(ms, signal) {
    if (signal?.aborted) return;
    try {
      await delay(Math.max(0, ms), undefined, signal ? { signal } : {});
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  },
};
