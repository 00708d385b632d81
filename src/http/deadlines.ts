import type { Timeouts } from './timeouts.ts';

/** Looks so many times within the shortest time-out: it may be kept by a sixteenth too late. */
const LOOKS = 16;

/** Bounds of the time between two looks, ms. */
const [SOONEST, LATEST] = [5, 250];

/** Who has exchanges under way. */
export interface Watched {
  /** Ends those that are overdue; false when none is under way. `now`: of `performance.now()`. */
  lookAt(now: number): boolean;
}

/**
 * Keeps the time-outs of all clients with the same ones, by looking at them now and then. A timer for each phase of each request (three of undici's, one of ours)
 * took 5 % of the time of a small request.
 */
export class DeadlineWatch {
  readonly #everyMs: number;
  #watched: Watched[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor({ headers, uploadHeaders, stall, total }: Timeouts) {
    this.#everyMs = Math.min(LATEST, Math.max(SOONEST, Math.min(headers, uploadHeaders, stall, total) / LOOKS));
  }

  /** Looks at it until it has nothing under way; then it is to be added anew. */
  add(watched: Watched): void {
    this.#watched.push(watched);
    // What is under way has a socket that keeps the process alive.
    this.#timer ??= setInterval(() => this.#look(), this.#everyMs).unref();
  }

  #look(): void {
    const now = performance.now();
    this.#watched = this.#watched.filter((one) => one.lookAt(now));
    if (this.#watched.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

const watches = new WeakMap<Timeouts, DeadlineWatch>();

/** The watch of this thread for these time-outs. */
export function watchFor(timeouts: Timeouts): DeadlineWatch {
  let watch = watches.get(timeouts);
  if (watch === undefined) {
    watch = new DeadlineWatch(timeouts);
    watches.set(timeouts, watch);
  }
  return watch;
}
