import { formatSize } from '../base/index.ts';

/** Ends a run that uploads more than it may (`--max-write`): a typing error in a size must not fill a registry's disk. */
export class WriteBudget {
  readonly #limit: number;
  readonly #exhausted: (message: string) => void;
  #written = 0;

  constructor(limit: number, exhausted: (message: string) => void) {
    this.#limit = limit;
    this.#exhausted = exhausted;
  }

  /** Bytes uploaded so far. */
  get written(): number {
    return this.#written;
  }

  /** Takes the bytes of one exchange; calls `exhausted` once when the limit is passed. */
  spend(bytes: number): void {
    const before = this.#written;
    this.#written += bytes;
    if (before <= this.#limit && this.#written > this.#limit) {
      this.#exhausted(`${formatSize(this.#limit)} were uploaded, which is the limit that --max-write sets`);
    }
  }
}
