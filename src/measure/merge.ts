import { HistogramSum } from './packed.ts';
import type { ErrorGroup, HealthSample, IntervalSnapshot, PackedHistogram, SeriesData, SeriesSnapshot } from './snapshot.ts';

/**
 * What two slices observed during one interval, as if one slice had observed it. Associative and commutative, so threads and agents may be
 * joined in any order and in any grouping. The snapshots must be of the same interval.
 */
export function merge(a: IntervalSnapshot, b: IntervalSnapshot): IntervalSnapshot {
  if (a.index !== b.index) throw new RangeError(`intervals ${a.index} and ${b.index} cannot be merged`);
  return {
    slice: Math.min(a.slice, b.slice),
    index: a.index,
    series: mergeBy(a.series, b.series, (series) => series.key, mergeSeries),
    errors: mergeBy(a.errors, b.errors, errorKey, mergeErrors),
    vus: a.vus + b.vus,
    vusMax: a.vusMax + b.vusMax,
    health: worstHealth(a.health, b.health),
  };
}

/** Data of two series of one interval. Trends and counters add up; of two gauges, which have no order in time, the larger value counts. */
export function mergeData(a: SeriesData, b: SeriesData): SeriesData {
  switch (a.type) {
    case 'counter':
      if (b.type === 'counter') return { type: 'counter', value: a.value + b.value };
      break;
    case 'gauge':
      if (b.type === 'gauge') {
        return { type: 'gauge', value: Math.max(a.value, b.value), min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
      }
      break;
    case 'rate':
      if (b.type === 'rate') return { type: 'rate', hits: a.hits + b.hits, total: a.total + b.total };
      break;
    case 'trend':
      if (b.type === 'trend') return { type: 'trend', histogram: mergeHistograms(a.histogram, b.histogram) };
      break;
  }
  throw new TypeError(`a ${a.type} and a ${b.type} cannot be merged`);
}

/** The values of both histograms. */
export function mergeHistograms(a: PackedHistogram, b: PackedHistogram): PackedHistogram {
  const sum = new HistogramSum();
  sum.add(a);
  sum.add(b);
  return sum.pack();
}

/** The worst of each number: a generator is as good as its worst thread. CPU and memory are of the process, which threads share. */
export function worstHealth(a: HealthSample | undefined, b: HealthSample | undefined): HealthSample | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return {
    loopDelayP50: Math.max(a.loopDelayP50, b.loopDelayP50),
    loopDelayP99: Math.max(a.loopDelayP99, b.loopDelayP99),
    loopDelayMax: Math.max(a.loopDelayMax, b.loopDelayMax),
    loopUtilization: Math.max(a.loopUtilization, b.loopUtilization),
    cpuShare: Math.max(a.cpuShare, b.cpuShare),
    rss: Math.max(a.rss, b.rss),
  };
}

/** What tells groups of errors apart. */
export function errorKey(group: Pick<ErrorGroup, 'stage' | 'source' | 'name' | 'code'>): string {
  return `${group.stage}\n${group.source}\n${group.name}\n${group.code}`;
}

function mergeSeries(a: SeriesSnapshot, b: SeriesSnapshot): SeriesSnapshot {
  return { ...a, data: mergeData(a.data, b.data) };
}

/** Slices have no common order in time, so "first example" is the one that sorts first. */
function mergeErrors(a: ErrorGroup, b: ErrorGroup): ErrorGroup {
  return { ...a, count: a.count + b.count, example: a.example <= b.example ? a.example : b.example };
}

/** Joins two lists by key; sorted by key, so that the order of merging does not show. */
function mergeBy<T>(a: readonly T[], b: readonly T[], keyOf: (item: T) => string, join: (a: T, b: T) => T): T[] {
  const joined = new Map(a.map((item) => [keyOf(item), item]));
  for (const item of b) {
    const key = keyOf(item);
    const other = joined.get(key);
    joined.set(key, other === undefined ? item : join(other, item));
  }
  return [...joined].sort(([x], [y]) => (x < y ? -1 : 1)).map(([, item]) => item);
}
