import { HistogramSum } from './packed.ts';
import type { MetricType } from './observation.ts';
import type { SeriesData } from './snapshot.ts';

/** One series summed up over time. Unlike `mergeData` it is given intervals in their order: the last value of a gauge is the later one. */
export class Accumulator {
  readonly #type: MetricType;
  #sum = 0;
  #total = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  readonly #histogram: HistogramSum | undefined;

  constructor(type: MetricType) {
    this.#type = type;
    this.#histogram = type === 'trend' ? new HistogramSum() : undefined;
  }

  add(data: SeriesData): void {
    if (data.type !== this.#type) throw new TypeError(`a ${data.type} cannot be added to a ${this.#type}`);
    switch (data.type) {
      case 'counter':
        this.#sum += data.value;
        break;
      case 'gauge':
        this.#sum = data.value;
        this.#min = Math.min(this.#min, data.min);
        this.#max = Math.max(this.#max, data.max);
        break;
      case 'rate':
        this.#sum += data.hits;
        this.#total += data.total;
        break;
      case 'trend':
        this.#histogram?.add(data.histogram);
        break;
    }
  }

  /** The sum so far. A copy. */
  data(): SeriesData {
    switch (this.#type) {
      case 'counter':
        return { type: 'counter', value: this.#sum };
      case 'gauge':
        return {
          type: 'gauge',
          value: this.#sum,
          min: this.#min === Number.POSITIVE_INFINITY ? 0 : this.#min,
          max: Math.max(this.#max, this.#sum),
        };
      case 'rate':
        return { type: 'rate', hits: this.#sum, total: this.#total };
      case 'trend':
        return { type: 'trend', histogram: (this.#histogram as HistogramSum).pack() };
    }
  }
}
