import { parseSelector } from '../measure/index.ts';
import { mergeTrends, type Row, type RunRecord, rowsOf, sumCounters, sumRates } from '../record/index.ts';
import { groupBy } from './group.ts';
import { statOf } from './stats.ts';

/** What only the process that shows the summary knows. */
export interface SummaryState {
  readonly isStdOutTTY: boolean;
  readonly isStdErrTTY: boolean;
}

/** A metric as k6's `handleSummary` gets it. Times in milliseconds, sizes in bytes. */
export interface SummaryMetric {
  readonly type: 'counter' | 'gauge' | 'rate' | 'trend';
  readonly contains: 'default' | 'time' | 'data';
  readonly values: Record<string, number>;
  readonly thresholds?: Record<string, { readonly ok: boolean }>;
}

/** k6's data for `handleSummary`. */
export interface K6Summary {
  readonly options: { readonly summaryTrendStats: readonly string[] };
  readonly state: SummaryState & { readonly testRunDurationMs: number };
  readonly metrics: Record<string, SummaryMetric>;
}

/**
 * The record in the shape that k6 hands to `handleSummary`: each metric over all of its tag sets, and each sub-metric that a threshold
 * names (`http_req_duration{operation:blob_get}`).
 */
export function summaryData(
  record: RunRecord,
  state: SummaryState,
  stats: readonly string[] = record.options.summaryTrendStats,
): K6Summary {
  const { windows } = record;
  const metrics: Record<string, SummaryMetric> = {};
  for (const [metric, rows] of groupBy(record.rows, (row) => row.metric)) metrics[metric] = metricOf(rows, stats);
  for (const [name, thresholds] of groupBy(record.thresholds, (threshold) => threshold.metric)) {
    const known = metrics[name] ?? subMetric(record.rows, name, stats);
    if (known === undefined) continue;
    const results: Record<string, { readonly ok: boolean }> = {};
    // One expression may stand there twice, with a window and without; k6's shape has one place for it.
    for (const { expression, ok } of thresholds) results[expression] = { ok: ok && (results[expression]?.ok ?? true) };
    metrics[name] = { ...known, thresholds: results };
  }
  return {
    options: { summaryTrendStats: stats },
    state: {
      ...state,
      testRunDurationMs: ((windows.rampDown ?? windows.measured).endUs - (windows.warmup ?? windows.measured).startUs) / 1000,
    },
    metrics,
  };
}

/** The rows that `metric{tag:value,tag2:value2}` names, as one metric; undefined when the metric has no row at all. */
function subMetric(rows: readonly Row[], name: string, stats: readonly string[]): SummaryMetric | undefined {
  const { metric, tags } = parseSelector(name) ?? { metric: name, tags: {} };
  const first = rowsOf(rows, metric)[0];
  if (first === undefined) return undefined;
  const matching = rowsOf(rows, metric, tags);
  return { ...metricOf(matching, stats, first), type: first.type, contains: first.contains };
}

function metricOf(rows: readonly Row[], stats: readonly string[], sample: Row | undefined = rows[0]): SummaryMetric {
  const head = { type: sample?.type ?? 'counter', contains: sample?.contains ?? 'default' };
  switch (head.type) {
    case 'counter': {
      const { count, rate } = sumCounters(rows);
      return { ...head, values: { count, rate } };
    }
    case 'rate': {
      const { hits, total } = sumRates(rows);
      return { ...head, values: { rate: total === 0 ? 0 : hits / total, passes: hits, fails: total - hits } };
    }
    case 'gauge': {
      const gauges = rows.filter((row) => row.type === 'gauge').map((row) => row.values);
      const numbers = (field: 'min' | 'max') => gauges.map((values) => values[field]).filter((value) => value !== null);
      // Over several tag sets there is no one last value; k6 keeps the one that came last, which the record no longer knows.
      return { ...head, values: { value: gauges.at(-1)?.value ?? 0, min: least(numbers('min')), max: most(numbers('max')) } };
    }
    default: {
      const trend = mergeTrends(rows);
      const divisor = sample?.contains === 'time' ? 1000 : 1;
      const valueOf = (stat: string) => (statOf(trend, stat) ?? 0) / (stat === 'count' ? 1 : divisor);
      return { ...head, values: Object.fromEntries(stats.map((stat) => [stat, valueOf(stat)])) };
    }
  }
}

function least(numbers: readonly number[]): number {
  return numbers.length === 0 ? 0 : Math.min(...numbers);
}

function most(numbers: readonly number[]): number {
  return numbers.length === 0 ? 0 : Math.max(...numbers);
}
