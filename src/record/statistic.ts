import { measureThreshold, mergeData, mergeHistograms, type SeriesData, type Threshold } from '../measure/index.ts';
import type { RunRecord } from './schema.ts';
import type { Row, TrendRow } from './schema-rows.ts';
import { rowsOf, sumCounters, sumRates, unpackTrend } from './select.ts';

/**
 * What a record says about a threshold: the same statistic of the same metric and tags, in the threshold's unit, percentiles from the merged
 * histograms. Undefined when the record has no such series, or none with a sample; a counter that never counted is 0.
 * Throws LoadregError when a histogram of the record is damaged.
 */
export function statisticOf(record: Pick<RunRecord, 'rows'>, threshold: Threshold): number | undefined {
  const rows = rowsOf(record.rows, threshold.metric, threshold.tags).filter((row) => row.type === threshold.type);
  // Over the same columns for every row, so rates add up; the length of the run that data alone would need is in them already.
  if (threshold.type === 'counter' && threshold.stat === 'rate') return sumCounters(rows).rate;
  return measureThreshold(threshold, seriesData(rows), 0);
}

/** Rows of one metric as what was measured, in stored units; undefined without rows. */
function seriesData(rows: readonly Row[]): SeriesData | undefined {
  switch (rows[0]?.type) {
    case undefined:
      return undefined;
    case 'counter':
      return { type: 'counter', value: sumCounters(rows).count };
    case 'rate':
      return { type: 'rate', ...sumRates(rows) };
    case 'trend':
      return {
        type: 'trend',
        histogram: rows
          .filter((row): row is TrendRow => row.type === 'trend')
          .map(unpackTrend)
          .reduce(mergeHistograms),
      };
    case 'gauge':
      return rows
        .flatMap((row): SeriesData[] => {
          if (row.type !== 'gauge' || row.values.value === null) return [];
          const { value, min, max } = row.values;
          return [{ type: 'gauge', value, min: min ?? value, max: max ?? value }];
        })
        .reduce<SeriesData | undefined>((sum, data) => (sum === undefined ? data : mergeData(sum, data)), undefined);
  }
}
