import type { Iteration } from '../flow/index.ts';
import type { HttpClient } from '../http/index.ts';

/** The iteration of a VU, with what tells whether something of it goes on after its end. */
export class VuIteration implements Iteration {
  readonly lagUs: number | undefined;
  flowsUnderWay = 0;
  /** Requests of the VU that ended while it was in this iteration. */
  requests = 0;
  readonly #beganAt = performance.now();
  #ended = false;
  #left = false;

  constructor(lagUs: number | undefined) {
    this.lagUs = lagUs;
  }

  /** A request has its answer, or failed. */
  requestEnded(): void {
    if (!this.#ended) this.requests += 1;
  }

  /** A request is sent. True when that shows for the first time that the iteration goes on after its end. */
  sends(): boolean {
    if (!this.#ended || this.#left) return false;
    this.#left = true;
    return true;
  }

  /** Its function has returned. True when flows or requests of it are still under way. */
  end(http: HttpClient): boolean {
    this.#ended = true;
    this.#left = this.flowsUnderWay > 0 || http.hasUnderWaySince(this.#beganAt);
    return this.#left;
  }
}
