import type { MetricContains, MetricType } from './observation.ts';
import type { CoarseCounts } from './coarse.ts';
import type { ErrorGroup, HealthSample, SeriesData, Tags } from './snapshot.ts';

/**
 * One series over the whole run. Trends hold integers in stored units (see `storedScale` in metrics.ts): microseconds for times.
 * `data` is what was measured after the warm-up; `columns` cover the warm-up too.
 */
export interface TotalRow {
  readonly metric: string;
  readonly type: MetricType;
  readonly contains: MetricContains;
  readonly tags: Tags;
  readonly data: SeriesData;
  readonly columns: RowColumns;
}

/**
 * A row over time: entry j is about the time from j to j + 1 column widths. Arrays are as long as `RunTotals.columns`;
 * null where nothing was measured.
 */
export type RowColumns =
  | { readonly type: 'counter'; readonly value: readonly number[] }
  /** The last value of each column. */
  | { readonly type: 'gauge'; readonly value: readonly (number | null)[] }
  | { readonly type: 'rate'; readonly hits: readonly number[]; readonly total: readonly number[] }
  | TrendColumns;

/** Columns of a trend, in stored units. */
export interface TrendColumns {
  readonly type: 'trend';
  readonly count: readonly number[];
  readonly mean: readonly (number | null)[];
  /** For the metrics of `PERCENTILE_COLUMNS` only. */
  readonly percentiles: PercentileColumns | undefined;
  /** For the metrics of `HEAT_MAP_COLUMNS` only; bucket edges are `coarseLow(i)` and `coarseLow(i + 1)`. */
  readonly coarse: readonly (CoarseCounts | null)[] | undefined;
}

/** Percentiles of each column, in stored units. */
export interface PercentileColumns {
  readonly p50: readonly (number | null)[];
  readonly p95: readonly (number | null)[];
  readonly p99: readonly (number | null)[];
  readonly max: readonly (number | null)[];
}

/** How the generator felt over the run. */
export interface HealthTotals {
  /** Intervals after the warm-up that have a sample. */
  readonly samples: number;
  /** Of these, intervals whose event-loop delay or whose load was past the limits of verdict.ts. */
  readonly lateIntervals: number;
  readonly busyIntervals: number;
  readonly cpuBoundIntervals: number;
  /** The worst of each number after the warm-up. */
  readonly worst: HealthSample | undefined;
  /** The worst of each number within a column, warm-up included. */
  readonly columns: readonly (HealthSample | null)[];
}

/** Everything that a run measured, joined over all slices. */
export interface RunTotals {
  /** 1000, 2000, 4000, …: doubles when a run has more intervals than columns are allowed. */
  readonly columnWidthMs: number;
  readonly columns: number;
  /** Columns that are at least partly warm-up. */
  readonly warmupColumns: number;
  readonly rows: readonly TotalRow[];
  readonly setup: readonly TotalRow[];
  readonly teardown: readonly TotalRow[];
  /** Failures after the warm-up, and those of setup and teardown, told apart by `stage`. Most frequent first. */
  readonly errors: readonly ErrorGroup[];
  /** Failures during the warm-up, which count in no total. */
  readonly warmupErrors: readonly ErrorGroup[];
  readonly health: HealthTotals;
  /** VUs at work, summed over slices: the most of each column. */
  readonly vus: readonly number[];
  /** Most VUs ever made. */
  readonly vusMax: number;
}

/** One interval, joined over all slices, for whoever watches a run. Counts are of this interval; times in µs. */
export interface MergedInterval {
  readonly index: number;
  readonly warmup: boolean;
  /** Slices that delivered it; fewer than all when one was lost. */
  readonly slices: number;
  readonly vus: number;
  readonly vusMax: number;
  readonly flows: number;
  readonly failedFlows: number;
  readonly iterations: number;
  readonly iterationsByScenario: Readonly<Record<string, number>>;
  /** Iterations that the plan asked for and that were never started. */
  readonly dropped: number;
  readonly interrupted: number;
  readonly requests: number;
  readonly failedRequests: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Of http_req_duration; undefined when there was no request. */
  readonly p50: number | undefined;
  readonly p99: number | undefined;
  /** Failures of all kinds. */
  readonly errors: number;
  readonly health: HealthSample | undefined;
}
