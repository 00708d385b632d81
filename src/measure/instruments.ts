import { type HistogramPool, LatencyHistogram } from './histogram.ts';
import type { SeriesData } from './snapshot.ts';

/** What records one series of its type during an interval: plain objects with one hot method each. `cut` is undefined when nothing came. */
export type Instrument = CounterInstrument | GaugeInstrument | RateInstrument | TrendInstrument;

/** Sums up. */
export class CounterInstrument {
  readonly type = 'counter';
  #value = 0;
  #used = false;

  add(amount: number): void {
    this.#value += amount;
    this.#used = true;
  }

  cut(): SeriesData | undefined {
    if (!this.#used) return undefined;
    const data: SeriesData = { type: 'counter', value: this.#value };
    this.#value = 0;
    this.#used = false;
    return data;
  }
}

/** Keeps the last value, with the least and the greatest. */
export class GaugeInstrument {
  readonly type = 'gauge';
  #last: number | undefined;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  add(value: number): void {
    this.#last = value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  cut(): SeriesData | undefined {
    if (this.#last === undefined) return undefined;
    const data: SeriesData = { type: 'gauge', value: this.#last, min: this.#min, max: this.#max };
    this.#last = undefined;
    this.#min = Number.POSITIVE_INFINITY;
    this.#max = Number.NEGATIVE_INFINITY;
    return data;
  }
}

/** Counts hits of all. */
export class RateInstrument {
  readonly type = 'rate';
  #hits = 0;
  #total = 0;

  add(hit: boolean): void {
    if (hit) this.#hits += 1;
    this.#total += 1;
  }

  cut(): SeriesData | undefined {
    if (this.#total === 0) return undefined;
    const data: SeriesData = { type: 'rate', hits: this.#hits, total: this.#total };
    this.#hits = 0;
    this.#total = 0;
    return data;
  }
}

/** Keeps a histogram of values in stored units. */
export class TrendInstrument {
  readonly type = 'trend';
  readonly #histogram: LatencyHistogram;

  constructor(pool: HistogramPool) {
    this.#histogram = new LatencyHistogram(pool);
  }

  /** In stored units. */
  add(value: number): void {
    this.#histogram.record(value);
  }

  cut(): SeriesData | undefined {
    return this.#histogram.count === 0 ? undefined : { type: 'trend', histogram: this.#histogram.pack() };
  }
}
