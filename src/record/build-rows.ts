import { encodeHistogram, metricInfo, percentiles, type SeriesData, storedScale, type TotalRow } from '../measure/index.ts';
import type { Row, TrendValues } from './schema-rows.ts';

/** Columns that rates are computed from, `to` not included, and how long they are; none when `from` equals `to`. */
export interface RateWindow {
  readonly from: number;
  readonly to: number;
  readonly seconds: number;
}

/** One row of the record. Without columns, the rate is the total over the length of the window. */
export function buildRow(row: TotalRow, window: RateWindow, withColumns = true): Row {
  const { metric, contains, data, columns } = row;
  const head = { metric, contains, unit: unitOf(row), tags: { ...row.tags } };
  switch (data.type) {
    case 'counter': {
      const value = columns.type === 'counter' ? columns.value : [];
      return {
        ...head,
        type: 'counter',
        values: { count: data.value, rate: rateOf(data.value, value, window) },
        ...(withColumns ? { columns: { count: [...value] } } : {}),
      };
    }
    case 'gauge':
      return {
        ...head,
        type: 'gauge',
        values: { value: finite(data.value), min: finite(data.min), max: finite(data.max) },
        ...(withColumns ? { columns: { value: columns.type === 'gauge' ? [...columns.value] : [] } } : {}),
      };
    case 'rate': {
      const { hits, total } = columns.type === 'rate' ? columns : { hits: [], total: [] };
      return {
        ...head,
        type: 'rate',
        values: { hits: data.hits, total: data.total, rate: data.total === 0 ? null : data.hits / data.total },
        ...(withColumns ? { columns: { hits: [...hits], total: [...total] } } : {}),
      };
    }
    default: {
      const scale = recordScale(row);
      return {
        ...head,
        type: 'trend',
        values: trendValues(data, columns.type === 'trend' ? columns.count : [], window, scale),
        histogram: { encoding: 'hdr-v2-base64', scale, clamped: data.histogram.clamped, data: encodeHistogram(data.histogram) },
        ...(withColumns && columns.type === 'trend' ? { columns: trendColumns(columns, scale) } : {}),
      };
    }
  }
}

function trendValues(
  { histogram }: Extract<SeriesData, { type: 'trend' }>,
  counts: readonly number[],
  window: RateWindow,
  scale: number,
): TrendValues {
  const { count, sum, min, max } = histogram;
  const [p50, p75, p90, p95, p99, p999] = percentiles(histogram, [50, 75, 90, 95, 99, 99.9]).map((value) =>
    count === 0 ? null : value / scale,
  );
  return {
    count,
    rate: rateOf(count, counts, window),
    sum: sum / scale,
    avg: count === 0 ? null : sum / count / scale,
    min: count === 0 ? null : min / scale,
    max: count === 0 ? null : max / scale,
    p50: p50 ?? null,
    p75: p75 ?? null,
    p90: p90 ?? null,
    p95: p95 ?? null,
    p99: p99 ?? null,
    p999: p999 ?? null,
  };
}

function trendColumns(columns: Extract<TotalRow['columns'], { type: 'trend' }>, scale: number) {
  const scaled = (values: readonly (number | null)[]) => values.map((value) => (value === null ? null : value / scale));
  const { percentiles: p, coarse } = columns;
  return {
    count: [...columns.count],
    avg: scaled(columns.mean),
    ...(p === undefined ? {} : { p50: scaled(p.p50), p95: scaled(p.p95), p99: scaled(p.p99), max: scaled(p.max) }),
    ...(coarse === undefined ? {} : { buckets: coarse.map((part) => (part === null ? null : { lo: part.lo, counts: [...part.counts] })) }),
  };
}

function rateOf(total: number, columns: readonly number[], { from, to, seconds }: RateWindow): number {
  if (seconds === 0) return 0;
  const sum = to > from && columns.length > 0 ? columns.slice(from, to).reduce((a, b) => a + b, 0) : total;
  return sum / seconds;
}

/** Times stay in µs, as they are stored; plain trends are stored in thousandths and recorded as they were given. */
function recordScale({ metric, type, contains }: TotalRow): number {
  return contains === 'time' ? 1 : storedScale(metric, type, contains);
}

function unitOf({ metric, contains }: TotalRow): string {
  if (metricInfo(metric)?.unit === 'KiB/s') return 'KiB/s';
  return contains === 'time' ? 'µs' : contains === 'data' ? 'B' : '1';
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
