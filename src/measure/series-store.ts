import type { HistogramPool } from './histogram.ts';
import { CounterInstrument, GaugeInstrument, type Instrument, RateInstrument, TrendInstrument } from './instruments.ts';
import { METRICS, type MetricName } from './metrics.ts';
import type { MetricContains, MetricType, Stage } from './observation.ts';
import { seriesKey } from './series.ts';
import type { SeriesSnapshot, Tags } from './snapshot.ts';
import { type SampleTap, tapped } from './tap.ts';

/** Most series of one slice; a tag whose values never end (a digest, a repository) would otherwise take all memory. */
const MAX_SERIES = 10_000;

interface Series {
  readonly key: string;
  readonly stage: Stage;
  readonly metric: string;
  readonly contains: MetricContains;
  readonly tags: Tags;
  readonly instrument: Instrument;
}

type InstrumentOf<T extends MetricType> = Extract<Instrument, { readonly type: T }>;

/** All series of a slice, each made once, when it is first asked for. */
export class SeriesStore {
  readonly #series = new Map<string, Series>();
  readonly #pool: HistogramPool = [];
  readonly #tap: SampleTap | undefined;

  /** `tap` is given every sample beside the instruments. */
  constructor(tap?: SampleTap) {
    this.#tap = tap;
  }

  /** Whether no more series should be made that are not sure to be few. */
  get full(): boolean {
    return this.#series.size >= MAX_SERIES;
  }

  /** The instrument of a built-in metric. */
  builtIn<Name extends MetricName>(stage: Stage, metric: Name, tags: Tags): InstrumentOf<(typeof METRICS)[Name]['type']> {
    const { type, contains } = METRICS[metric];
    return this.get(stage, metric, type, contains, tags) as InstrumentOf<(typeof METRICS)[Name]['type']>;
  }

  /** The instrument of any series. Its type is that of the first call: a name used for two types is the caller's to find. */
  get(stage: Stage, metric: string, type: MetricType, contains: MetricContains, tags: Tags): Instrument {
    const key = seriesKey(stage, metric, tags);
    const known = this.#series.get(key);
    if (known !== undefined) return known.instrument;
    const series = { stage, metric, type, contains, tags };
    const instrument = this.#tap === undefined ? this.#make(type) : tapped(series, this.#tap(series), this.#pool);
    this.#series.set(key, { key, stage, metric, contains, tags, instrument });
    return instrument;
  }

  /** What was recorded since the last cut, of stage `run` or of the others; series without news are left out. */
  cut(ofRun: boolean): SeriesSnapshot[] {
    const snapshots: SeriesSnapshot[] = [];
    for (const { key, stage, metric, contains, tags, instrument } of this.#series.values()) {
      if ((stage === 'run') !== ofRun) continue;
      const data = instrument.cut();
      if (data !== undefined) snapshots.push({ key, stage, metric, contains, tags, data });
    }
    return snapshots;
  }

  #make(type: MetricType): Instrument {
    switch (type) {
      case 'counter':
        return new CounterInstrument();
      case 'gauge':
        return new GaugeInstrument();
      case 'rate':
        return new RateInstrument();
      case 'trend':
        return new TrendInstrument(this.#pool);
    }
  }
}
