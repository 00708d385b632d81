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

/** Node.js takes a timer of more than 2^31 - 1 ms for one of 1 ms. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  async sleep(ms, signal) {
    if (signal?.aborted) return;
    try {
      let left = Math.max(0, ms);
      for (; left > LONGEST_TIMER_MS; left -= LONGEST_TIMER_MS) await delay(LONGEST_TIMER_MS, undefined, signal ? { signal } : {});
      await delay(left, undefined, signal ? { signal } : {});
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  },
};
