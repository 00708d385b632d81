import { LoadregError, messageOf } from '../base/index.ts';
import { decodeHistogram, mergeHistograms, type PackedHistogram, percentile } from '../measure/index.ts';
import type { Row, TrendRow } from './schema-rows.ts';

/** Tags wanted of a row; a list allows any of its values, '' asks for rows without the tag. */
export type Wanted = Readonly<Record<string, string | readonly string[]>>;

/** Rows of one metric that have all the wanted tags. */
export function rowsOf(rows: readonly Row[], metric: string, wanted: Wanted = {}): Row[] {
  return rows.filter((row) => row.metric === metric && matches(row.tags, wanted));
}

function matches(tags: Readonly<Record<string, string>>, wanted: Wanted): boolean {
  return Object.entries(wanted).every(([name, want]) => {
    const value = tags[name] ?? '';
    return typeof want === 'string' ? value === want : want.includes(value);
  });
}

/** Sum and rate per second of counters (and of trends, whose samples are counted). Both add up, because all rows share one window. */
export function sumCounters(rows: readonly Row[]): { count: number; rate: number } {
  let count = 0;
  let rate = 0;
  for (const row of rows) {
    if (row.type !== 'counter' && row.type !== 'trend') continue;
    count += row.values.count;
    rate += row.values.rate;
  }
  return { count, rate };
}

/** Hits and samples of rates. */
export function sumRates(rows: readonly Row[]): { hits: number; total: number } {
  let hits = 0;
  let total = 0;
  for (const row of rows) {
    if (row.type !== 'rate') continue;
    hits += row.values.hits;
    total += row.values.total;
  }
  return { hits, total };
}

/** A distribution over several rows, in their unit. Statistics are undefined without a sample. */
export interface Distribution {
  readonly count: number;
  readonly rate: number;
  readonly sum: number;
  readonly avg: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  /** `percent` is 0 to 100. */
  percentile(percent: number): number | undefined;
  /** Samples that are not 0: of `http_req_connecting`, those that made a connection. */
  nonZero(): number;
}

/**
 * Trends joined into one. Percentiles are read from the merged histogram, which is decoded only when one is asked for: percentiles of
 * percentiles would be wrong.
 */
export function mergeTrends(rows: readonly Row[]): Distribution {
  const trends = rows.filter((row): row is TrendRow => row.type === 'trend' && row.values.count > 0);
  const { count, rate } = sumCounters(trends);
  const sum = trends.reduce((total, row) => total + row.values.sum, 0);
  const scale = trends[0]?.histogram.scale ?? 1;
  let merged: PackedHistogram | undefined;
  const histogram = () => (merged ??= trends.map(unpackTrend).reduce(mergeHistograms));
  return {
    count,
    rate,
    sum,
    avg: count === 0 ? undefined : sum / count,
    min: extreme(trends, 'min', Math.min),
    max: extreme(trends, 'max', Math.max),
    percentile(percent) {
      return count === 0 ? undefined : percentile(histogram(), percent) / scale;
    },
    nonZero() {
      if (count === 0) return 0;
      const { lo, counts } = histogram();
      return count - (lo === 0 ? (counts[0] ?? 0) : 0);
    },
  };
}

/**
 * The histogram of a row, with its exact extremes and sum, in stored units (the row's unit times `histogram.scale`). Throws LoadregError
 * when the file holds something else than a histogram there: decoding all of them while reading would make reading slow.
 */
export function unpackTrend({ metric, histogram, values }: TrendRow): PackedHistogram {
  const { scale, clamped } = histogram;
  const exact = { sum: values.sum * scale, min: (values.min ?? 0) * scale, max: (values.max ?? 0) * scale };
  try {
    return decodeHistogram(histogram.data, { sum: Math.round(exact.sum), min: Math.round(exact.min), max: Math.round(exact.max), clamped });
  } catch (error) {
    throw new LoadregError(`the record is damaged: a histogram of ${metric} cannot be read: ${messageOf(error)}`, {
      exit: 'invalidConfig',
      hint: 'restore the file',
      cause: error,
    });
  }
}

function extreme(rows: readonly TrendRow[], field: 'min' | 'max', pick: (a: number, b: number) => number): number | undefined {
  return rows
    .map((row) => row.values[field])
    .filter((value) => value !== null)
    .reduce<number | undefined>((a, b) => (a === undefined ? b : pick(a, b)), undefined);
}
