import { CounterInstrument, GaugeInstrument, type Instrument, RateInstrument, TrendInstrument } from './instruments.ts';
import type { HistogramPool } from './histogram.ts';
import { storedScale } from './metrics.ts';
import type { MetricContains, MetricType, Stage } from './observation.ts';
import type { Tags } from './snapshot.ts';

/** A series whose samples are wanted one by one. */
export interface SampledSeries {
  readonly stage: Stage;
  readonly metric: string;
  readonly type: MetricType;
  readonly contains: MetricContains;
  readonly tags: Tags;
}

/** Takes each sample of one series as it comes, in the unit that people see: ms, bytes, KiB/s; 0 or 1 of a rate. Called on the hot path. */
export type SampleSink = (value: number) => void;

/** Is asked once for each new series what takes its samples. */
export type SampleTap = (series: SampledSeries) => SampleSink;

/** An instrument that passes on what it is given. One that nobody taps is of the plain class, and pays nothing. */
export function tapped(series: SampledSeries, sink: SampleSink, pool: HistogramPool): Instrument {
  switch (series.type) {
    case 'counter':
      return new TappedCounter(sink);
    case 'gauge':
      return new TappedGauge(sink);
    case 'rate':
      return new TappedRate(sink);
    case 'trend':
      return new TappedTrend(sink, storedScale(series.metric, series.type, series.contains), pool);
  }
}

class TappedCounter extends CounterInstrument {
  readonly #sink: SampleSink;

  constructor(sink: SampleSink) {
    super();
    this.#sink = sink;
  }

  override add(amount: number): void {
    super.add(amount);
    this.#sink(amount);
  }
}

class TappedGauge extends GaugeInstrument {
  readonly #sink: SampleSink;

  constructor(sink: SampleSink) {
    super();
    this.#sink = sink;
  }

  override add(value: number): void {
    super.add(value);
    this.#sink(value);
  }
}

class TappedRate extends RateInstrument {
  readonly #sink: SampleSink;

  constructor(sink: SampleSink) {
    super();
    this.#sink = sink;
  }

  override add(hit: boolean): void {
    super.add(hit);
    this.#sink(hit ? 1 : 0);
  }
}

class TappedTrend extends TrendInstrument {
  readonly #sink: SampleSink;
  readonly #scale: number;

  constructor(sink: SampleSink, scale: number, pool: HistogramPool) {
    super(pool);
    this.#sink = sink;
    this.#scale = scale;
  }

  override add(value: number): void {
    super.add(value);
    this.#sink(value / this.#scale);
  }
}
