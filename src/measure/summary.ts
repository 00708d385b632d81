import { percentiles } from './packed.ts';
import type { PackedHistogram, SeriesData } from './snapshot.ts';

/** One percentile (0 to 100) in stored units; 0 when there are no values. */
export function percentile(histogram: PackedHistogram, percent: number): number {
  return percentiles(histogram, [percent])[0] as number;
}

/** The mean in stored units; 0 when there are no values. */
export function mean(histogram: PackedHistogram): number {
  return histogram.count === 0 ? 0 : histogram.sum / histogram.count;
}

/** The statistics of a trend that `summarize` gives when none are named; k6's, and p(99). */
export const DEFAULT_TREND_STATS: readonly string[] = ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)', 'p(99)'];

/** Settings of {@link summarize}. */
export interface SummarizeOptions {
  /** Statistics of a trend: `avg`, `min`, `med`, `max`, `count`, `p(N)`. Default {@link DEFAULT_TREND_STATS}. */
  readonly stats?: readonly string[];
  /** From `storedScale`: values of a trend are divided by it. Default 1, which leaves stored units. */
  readonly scale?: number;
}

/**
 * Statistics by k6's names. Counter: `count`, `rate` (per second of `elapsedMs`). Gauge: `value`, `min`, `max`. Rate: `rate` (0 to 1),
 * `passes`, `fails`. Trend: as asked for; all 0 when there are no values.
 */
export function summarize(data: SeriesData, elapsedMs: number, options: SummarizeOptions = {}): Record<string, number> {
  switch (data.type) {
    case 'counter':
      return { count: data.value, rate: elapsedMs > 0 ? data.value / (elapsedMs / 1000) : 0 };
    case 'gauge':
      return { value: data.value, min: data.min, max: data.max };
    case 'rate':
      return { rate: data.total === 0 ? 0 : data.hits / data.total, passes: data.hits, fails: data.total - data.hits };
    case 'trend':
      return summarizeTrend(data.histogram, options.stats ?? DEFAULT_TREND_STATS, options.scale ?? 1);
  }
}

/** The percentile that a statistic names (`p(95)`, `med`), or undefined. */
export function percentOf(stat: string): number | undefined {
  if (stat === 'med') return 50;
  const match = /^p\((\d+(?:\.\d+)?)\)$/.exec(stat);
  const percent = match === null ? undefined : Number(match[1]);
  return percent !== undefined && percent <= 100 ? percent : undefined;
}

/** Whether `text` names a statistic of a trend. */
export function isTrendStat(text: string): boolean {
  return ['avg', 'min', 'max', 'count'].includes(text) || percentOf(text) !== undefined;
}

function summarizeTrend(histogram: PackedHistogram, stats: readonly string[], scale: number): Record<string, number> {
  const asked = stats.map(percentOf).filter((percent) => percent !== undefined);
  const values = percentiles(histogram, asked);
  const plain: Record<string, number> = {
    avg: mean(histogram) / scale,
    min: histogram.min / scale,
    max: histogram.max / scale,
    count: histogram.count,
  };
  const result: Record<string, number> = {};
  let next = 0;
  for (const stat of stats) {
    const percent = percentOf(stat);
    if (percent !== undefined) {
      result[stat] = (values[next] as number) / scale;
      next += 1;
    } else if (plain[stat] !== undefined) {
      result[stat] = plain[stat];
    }
  }
  return result;
}
