import type { MetricContains, Stage } from './observation.ts';

/** Tags of a series, sorted by name when made into a key. */
export type Tags = Readonly<Record<string, string>>;

/**
 * Counts of one HDR histogram, only from the first bucket in use to the last: small, exact to merge, and cheap to transfer.
 * Bucket i of the histogram is `counts[i - lo]`.
 */
export interface PackedHistogram {
  lo: number;
  counts: Uint32Array | Float64Array;
  count: number;
  /** Exact, not bucket edges. */
  sum: number;
  min: number;
  max: number;
  /** Values that lay outside the range (negative or past the top) and were counted at its edge. */
  clamped: number;
}

/** What a series holds, by its type. */
export type SeriesData =
  | { readonly type: 'counter'; readonly value: number }
  /** The last value, and the extremes. */
  | { readonly type: 'gauge'; readonly value: number; readonly min: number; readonly max: number }
  /** `hits` of `total`; the rate is hits / total. */
  | { readonly type: 'rate'; readonly hits: number; readonly total: number }
  | { readonly type: 'trend'; readonly histogram: PackedHistogram };

/** One metric with one tag set during one interval. */
export interface SeriesSnapshot {
  /** Canonical text of stage, metric and tags; equal for equal series in every slice. */
  readonly key: string;
  readonly stage: Stage;
  readonly metric: string;
  readonly contains: MetricContains;
  readonly tags: Tags;
  readonly data: SeriesData;
}

/** Failures of one kind, by stable code, with the first example. */
export interface ErrorGroup {
  readonly stage: Stage;
  readonly code: string;
  /** What failed: an exchange (then `name` is its operation), a flow, or an iteration of a scenario. */
  readonly source: 'exchange' | 'flow' | 'iteration';
  readonly name: string;
  readonly count: number;
  readonly example: string;
}

/** How the generator itself felt during an interval. Delays in µs. */
export interface HealthSample {
  /** Event-loop delay. */
  readonly loopDelayP50: number;
  readonly loopDelayP99: number;
  readonly loopDelayMax: number;
  /** Share of the wall time that the event loop was busy, 0 to 1. */
  readonly loopUtilization: number;
  /** CPU time of the whole process over wall time; 1 is one core. */
  readonly cpuShare: number;
  /** Resident memory of the process, bytes. */
  readonly rss: number;
}

/** Everything that one slice observed during one numbered interval. Plain data: may cross threads and machines. */
export interface IntervalSnapshot {
  readonly slice: number;
  /** Intervals count from 0 at the start of the load; setup and teardown are sent as interval -1. */
  readonly index: number;
  readonly series: readonly SeriesSnapshot[];
  readonly errors: readonly ErrorGroup[];
  /** Most VUs at work at once during the interval, and VUs made so far. */
  readonly vus: number;
  readonly vusMax: number;
  readonly health: HealthSample | undefined;
}
