import { countsUpTo, type IntervalSnapshot, type SeriesData, type SeriesSnapshot, storedScale } from '../measure/index.ts';
import { type FamilyShape, familyShape, labelName } from './prometheus-family.ts';

/** Most samples that one scrape gives; a series of a trend makes some twenty. What comes beyond is left out and told. */
const MOST_SAMPLES = 20_000;

type Labels = Readonly<Record<string, string>>;

/** A family of metrics in the form in which prom-client keeps and shows one. */
export interface PromFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly aggregator: 'sum';
  get(): Promise<Omit<PromFamily, 'get'> & { readonly values: readonly PromValue[] }>;
}

/** One sample of a family; `metricName` where it is not that of the family. */
interface PromValue {
  readonly metricName?: string;
  readonly labels: Labels;
  readonly value: number;
}

/** What one series has come to since the start of the load. */
interface Cumulative {
  readonly labels: Labels;
  /** Sum of a counter, last value of a gauge, hits of a rate, sum of a trend; as stored, so that sums of whole numbers are exact. */
  value: number;
  /** All samples of a rate or of a trend. */
  count: number;
  /** Of a trend: how many values are at most each edge. */
  readonly buckets: number[];
}

/** Everything that a scrape tells: the snapshots of a load, added up. */
export class Families {
  readonly #register: (family: PromFamily) => void;
  readonly #warn: (message: string) => void;
  readonly #most: number;
  readonly #families = new Map<string, { readonly shape: FamilyShape; readonly series: Map<string, Cumulative> } | undefined>();
  readonly #names = new Set<string>();
  #samples = 0;
  #full = false;

  /** `register` is that of a prom-client registry; `warn` is told, once each, what is left out. */
  constructor(register: (family: PromFamily) => void, warn: (message: string) => void, most = MOST_SAMPLES) {
    this.#register = register;
    this.#warn = warn;
    this.#most = most;
  }

  /** Adds an interval of the load. */
  add(snapshot: IntervalSnapshot): void {
    this.#add(gauge('vus', snapshot.vus));
    this.#add(gauge('vus_max', snapshot.vusMax));
    for (const series of snapshot.series) this.#add(series);
  }

  #add(snapshot: SeriesSnapshot): void {
    const { metric, data, key } = snapshot;
    if (!this.#families.has(metric)) this.#families.set(metric, this.#make(snapshot));
    const family = this.#families.get(metric);
    if (family === undefined || family.shape.type !== data.type) return;
    const series = family.series.get(key) ?? this.#open(family, snapshot);
    if (series !== undefined) accumulate(series, family.shape.bounds, data);
  }

  #make({ metric, contains, data }: SeriesSnapshot): { shape: FamilyShape; series: Map<string, Cumulative> } | undefined {
    const shape = familyShape(metric, data.type, contains, storedScale(metric, data.type, contains));
    const series = new Map<string, Cumulative>();
    const shown = promMetrics(shape, series);
    if (shown.some(({ name }) => this.#names.has(name))) {
      this.#warn(`prometheus: ${metric} is left out, for its name ${shape.name} is that of another metric`);
      return undefined;
    }
    for (const one of shown) {
      this.#names.add(one.name);
      this.#register(one);
    }
    return { shape, series };
  }

  #open(family: { shape: FamilyShape; series: Map<string, Cumulative> }, { key, tags }: SeriesSnapshot): Cumulative | undefined {
    const { shape } = family;
    const samples = shape.type === 'trend' ? shape.bounds.length + 3 : shape.type === 'rate' ? 2 : 1;
    if (this.#samples + samples > this.#most) {
      if (!this.#full) this.#warn(`prometheus: there are more than ${this.#most} samples; further series are left out`);
      this.#full = true;
      return undefined;
    }
    this.#samples += samples;
    const labels = Object.fromEntries(Object.entries(tags).map(([name, value]) => [labelName(name), value]));
    const series: Cumulative = { labels, value: 0, count: 0, buckets: shape.bounds.map(() => 0) };
    family.series.set(key, series);
    return series;
  }
}

function accumulate(series: Cumulative, bounds: readonly number[], data: SeriesData): void {
  switch (data.type) {
    case 'counter':
      series.value += data.value;
      break;
    case 'gauge':
      series.value = data.value;
      break;
    case 'rate':
      series.value += data.hits;
      series.count += data.total;
      break;
    case 'trend':
      series.value += data.histogram.sum;
      series.count += data.histogram.count;
      countsUpTo(data.histogram, bounds).forEach((count, i) => {
        (series.buckets[i] as number) += count;
      });
      break;
  }
}

/** The families of one metric: a rate has two, so that the rate over any window can be worked out. */
function promMetrics(shape: FamilyShape, series: ReadonlyMap<string, Cumulative>): PromFamily[] {
  const { name, help, stored } = shape;
  const family = (type: PromFamily['type'], fullName: string, values: (one: Cumulative) => PromValue[], text = help): PromFamily => {
    const fixed = { name: fullName, help: text, type, aggregator: 'sum' } as const;
    return { ...fixed, get: () => Promise.resolve({ ...fixed, values: [...series.values()].flatMap(values) }) };
  };
  const value = (one: Cumulative) => [{ labels: one.labels, value: one.value / stored }];
  const count = (one: Cumulative) => [{ labels: one.labels, value: one.count }];
  switch (shape.type) {
    case 'counter':
      return [family('counter', `${name}_total`, value)];
    case 'gauge':
      return [family('gauge', name, value)];
    case 'rate':
      return [
        family('counter', `${name}_hits_total`, value),
        family('counter', `${name}_samples_total`, count, `all of which ${name}_hits_total are a part`),
      ];
    case 'trend':
      return [family('histogram', name, (one) => histogramValues(shape, one))];
  }
}

function histogramValues({ name, bounds, stored }: FamilyShape, { labels, value, count, buckets }: Cumulative): PromValue[] {
  const metricName = `${name}_bucket`;
  return [
    ...bounds.map((bound, i) => ({ metricName, labels: { le: edge(bound / stored), ...labels }, value: buckets[i] as number })),
    { metricName, labels: { le: '+Inf', ...labels }, value: count },
    { metricName: `${name}_sum`, labels, value: value / stored },
    { metricName: `${name}_count`, labels, value: count },
  ];
}

/** Without the digits that multiplying has left: 0.0025 and not 0.0025000000000000001. */
function edge(bound: number): string {
  return String(Number(bound.toPrecision(12)));
}

function gauge(metric: string, value: number): SeriesSnapshot {
  return { key: metric, stage: 'run', metric, contains: 'default', tags: {}, data: { type: 'gauge', value, min: value, max: value } };
}
