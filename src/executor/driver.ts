import type { Clock } from '../base/index.ts';

/**
 * Message of an iteration's abort reason when it was still at work at the end of its grace: then what it waited for is a finding,
 * and not an interruption of ours.
 */
export const GRACE_IS_OVER = 'the graceful stop is over';

/** Lets the event loop turn: sockets and timers are served before it resolves. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Sleep that can be ended from outside, for a driver that waits for whatever comes first. */
export class Waker {
  #sleeping: AbortController | undefined;
  #called = false;

  /** Sleeps for `ms` or until {@link wake}; a call while nobody slept ends the next sleep at once. `how` is the clock's way to sleep. */
  async sleep(clock: Clock, ms: number, how: 'sleep' | 'sleepExactly' = 'sleep'): Promise<void> {
    if (!this.#called && ms > 0) {
      this.#sleeping = new AbortController();
      await clock[how](ms, this.#sleeping.signal);
      this.#sleeping = undefined;
    }
    this.#called = false;
  }

  wake(): void {
    this.#called = true;
    this.#sleeping?.abort();
  }
}
