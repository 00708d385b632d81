import type { Clock } from '../../src/base/index.ts';

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/**
 * A clock whose time stands still until it is told to go on. `advance(ms)` wakes the sleepers that fall due, in order of their due times
 * (then of going to sleep), and lets what they start settle before time moves on: a ten-minute run is a test of milliseconds.
 */
export class VirtualClock implements Clock {
  #now = 0;
  readonly #epoch: number;
  #sleepers: Sleeper[] = [];

  constructor(epoch = Date.UTC(2026, 0, 1)) {
    this.#epoch = epoch;
  }

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#epoch + this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper: Sleeper = {
        due: this.#now + Math.max(0, ms),
        wake: () => {
          signal?.removeEventListener('abort', sleeper.wake);
          this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
          resolve();
        },
      };
      signal?.addEventListener('abort', sleeper.wake, { once: true });
      this.#sleepers.push(sleeper);
    });
  }

  sleepExactly(ms: number, signal?: AbortSignal): Promise<void> {
    return this.sleep(ms, signal);
  }

  /** Number of sleeps that have not ended. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /** Moves time on by `ms`, waking who falls due on the way. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      const due = this.#sleepers.reduce((min, sleeper) => Math.min(min, sleeper.due), Number.POSITIVE_INFINITY);
      if (due > end) break;
      this.#now = due;
      for (const sleeper of this.#sleepers.filter((other) => other.due === due)) sleeper.wake();
      await settle();
    }
    this.#now = end;
  }

  /** Moves time from one sleeper to the next until `work` has settled, and gives its result; throws when nobody sleeps any more. */
  async until<T>(work: Promise<T>): Promise<T> {
    let settled = false;
    work.then(
      () => (settled = true),
      () => (settled = true),
    );
    for (;;) {
      await settle();
      if (settled) return work;
      const due = this.#sleepers.reduce((min, sleeper) => Math.min(min, sleeper.due), Number.POSITIVE_INFINITY);
      if (due === Number.POSITIVE_INFINITY) throw new Error('the work waits for something other than this clock');
      await this.advance(due - this.#now);
    }
  }
}

/** Lets promises and immediates run out: two turns, since a turn may end by asking for another one. */
async function settle(): Promise<void> {
  for (let i = 0; i < 3; i += 1) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
