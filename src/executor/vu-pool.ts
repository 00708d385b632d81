import type { ExecutorHost, IterationRunner, Slice } from './executor.ts';
import { positionOf, shareOf } from './slice.ts';

/** A VU of an open load: idle or at work on one iteration. */
export interface PooledVu {
  readonly runner: IterationRunner;
  readonly controller: AbortController;
  /** Iterations started so far. */
  started: number;
}

/** How many VUs an open load has. */
export interface PoolSize {
  /** Made before the start. */
  readonly preAllocatedVUs: number;
  /** The most there may ever be. */
  readonly maxVUs: number;
}

/** The VUs of one slice of an open load. The one that has been idle for longest comes first, as in k6: every host has its turn. */
export class VuPool {
  readonly #host: ExecutorHost;
  readonly #slice: Slice;
  readonly #max: number;
  readonly #all: PooledVu[] = [];
  /** Idle VUs in a ring of `#max` places. */
  readonly #idle: (PooledVu | undefined)[];
  #first = 0;
  #free = 0;
  #busy = 0;

  constructor(host: ExecutorHost, slice: Slice, { preAllocatedVUs, maxVUs }: PoolSize) {
    this.#host = host;
    this.#slice = slice;
    this.#max = shareOf(maxVUs, slice);
    this.#idle = Array.from({ length: this.#max }, () => undefined);
    for (let n = shareOf(preAllocatedVUs, slice); n > 0; n -= 1) this.#putBack(this.#make());
  }

  /** VUs at work. */
  get busy(): number {
    return this.#busy;
  }

  /** An idle VU, or else a new one; undefined when all are at work and no more may be made. */
  take(): PooledVu | undefined {
    const vu = this.#takeIdle() ?? (this.#all.length < this.#max ? this.#make() : undefined);
    if (vu === undefined) return undefined;
    this.#busy += 1;
    return vu;
  }

  /** Takes back a VU whose iteration has ended. */
  give(vu: PooledVu): void {
    this.#busy -= 1;
    this.#putBack(vu);
  }

  /** Aborts whatever is at work, for good. */
  cutOff(reason: DOMException): void {
    for (const { controller } of this.#all) controller.abort(reason);
  }

  #make(): PooledVu {
    const runner = this.#host.createVu(positionOf(this.#all.length, this.#slice));
    const vu = { runner, controller: new AbortController(), started: 0 };
    this.#all.push(vu);
    return vu;
  }

  #putBack(vu: PooledVu): void {
    this.#idle[(this.#first + this.#free) % this.#max] = vu;
    this.#free += 1;
  }

  #takeIdle(): PooledVu | undefined {
    if (this.#free === 0) return undefined;
    const vu = this.#idle[this.#first];
    this.#idle[this.#first] = undefined;
    this.#first = (this.#first + 1) % this.#max;
    this.#free -= 1;
    return vu;
  }
}
