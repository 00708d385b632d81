/** Where time comes from. Everything that waits or measures takes one, so that tests can drive virtual time. */
export interface Clock {
  /** Monotonic milliseconds with fractions; only differences mean something. */
  now(): number;
  /** Milliseconds since the Unix epoch, for stamps that people read. */
  wallTime(): number;
  /** Resolves after `ms`; resolves early (never rejects) when `signal` aborts, so that callers look at the signal themselves. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** The same to a fraction of a millisecond, where timers are a millisecond late or early. Takes about a millisecond of CPU time: for few sleepers. */
  sleepExactly(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Node.js takes a timer of more than 2^31 - 1 ms for one of 1 ms. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** How long before its end an exact sleep stops to trust timers. */
const WATCHED_MS = 1;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  sleep(ms, signal) {
    if (signal?.aborted) return Promise.resolve();
    // Not `node:timers/promises`: with a signal it takes twice the memory, and ten thousand VUs sleep at once.
    return new Promise((resolve) => {
      let left = Math.max(0, ms);
      let timer: NodeJS.Timeout;
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const next = () => {
        const part = Math.min(left, LONGEST_TIMER_MS);
        left -= part;
        timer = setTimeout(left > 0 ? next : end, part);
      };
      next();
      signal?.addEventListener('abort', end);
    });
  },
  async sleepExactly(ms, signal) {
    const end = performance.now() + ms;
    if (ms > WATCHED_MS) await this.sleep(ms - WATCHED_MS, signal);
    const isOver = () => performance.now() >= end || signal?.aborted === true;
    while (!isOver()) await turn();
  },
};

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
