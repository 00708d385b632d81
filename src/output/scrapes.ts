/** Longest wait for a last scrape, ms. */
const MOST_MS = 60_000;
/** Scrapes come a little late at times. */
const SLACK_MS = 1_000;

/** When a server has scraped: enough to know when it will come again. */
export class Scrapes {
  #last: number | undefined;
  #gap: number | undefined;

  /** A scrape at `now`, ms of any clock. */
  seen(now: number): void {
    if (this.#last !== undefined) this.#gap = now - this.#last;
    this.#last = now;
  }

  /**
   * How long from `now` to wait for a scrape that tells the last numbers, which came at `finalAt`. 0 when there was one already, or when
   * nobody has scraped twice and might come a third time.
   */
  wait(finalAt: number, now: number): number {
    if (this.#last === undefined || this.#gap === undefined || this.#last >= finalAt) return 0;
    return Math.max(0, this.#last + Math.min(this.#gap, MOST_MS) + SLACK_MS - now);
  }
}
