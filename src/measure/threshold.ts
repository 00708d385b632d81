import type { MetricType } from './observation.ts';
import type { SeriesData } from './snapshot.ts';
import { summarize } from './summary.ts';
import type { Selector } from './threshold-selector.ts';
import type { BaselineLimit, ThresholdUnit } from './threshold-units.ts';

const COMPARE = {
  '<': (a: number, b: number) => a < b,
  '<=': (a: number, b: number) => a <= b,
  '>': (a: number, b: number) => a > b,
  '>=': (a: number, b: number) => a >= b,
  '==': (a: number, b: number) => a === b,
  '===': (a: number, b: number) => a === b,
  '!=': (a: number, b: number) => a !== b,
} as const;

/** How a threshold compares what was measured with its limit. */
export type ThresholdOperator = keyof typeof COMPARE;

/** A threshold, parsed. Its selector without tags means all series of the metric. */
export interface Threshold extends Selector {
  readonly type: MetricType;
  /** `p(95)`, `avg`, `count`, `rate`, `value`, … */
  readonly stat: string;
  readonly operator: ThresholdOperator;
  /** In `unit`, or relative to the baseline. */
  readonly limit: number | BaselineLimit;
  readonly unit: ThresholdUnit;
  /** Stored units in one of those that people see; see `storedScale`. */
  readonly scale: number;
}

/** A threshold whose limit is known. */
export interface SettledThreshold extends Threshold {
  readonly limit: number;
}

/** What a threshold came to. */
export interface ThresholdOutcome {
  readonly ok: boolean;
  /** What was measured, in the unit of the limit; undefined when nothing was. With windows, that of the worst. */
  readonly value: number | undefined;
  /** Of a threshold with a window. */
  readonly windows?: WindowOutcomes | undefined;
}

/** What came of the windows that a threshold was held against, one a second. */
export interface WindowOutcomes {
  /** Windows in which something was measured. */
  readonly judged: number;
  /** Of these, those that failed. */
  readonly failed: number;
  /** Windows without a sample: they say nothing. */
  readonly empty: number;
  /** Start of the worst, in ms from the start of the load; undefined when none was judged. */
  readonly worstStartMs: number | undefined;
}

/** The threshold with its limit worked out. `baseline` is the same statistic of the baseline, for a limit that is relative to it. */
export function settleThreshold(threshold: Threshold, baseline: number | undefined): SettledThreshold {
  const { limit } = threshold;
  if (typeof limit === 'number') return { ...threshold, limit };
  if (baseline === undefined) throw new Error(`the threshold on ${threshold.metric} has no baseline`);
  return { ...threshold, limit: baseline * limit.factor + limit.plus };
}

/** The statistic of a threshold over `data`, in its unit; undefined without a sample. A counter without one is 0. */
export function measureThreshold({ type, stat, scale }: Threshold, data: SeriesData | undefined, elapsedMs: number): number | undefined {
  if (!hasSamples(data) && type !== 'counter') return undefined;
  return summarize(data ?? { type: 'counter', value: 0 }, elapsedMs, { stats: [stat], scale })[stat];
}

/** Whether a value holds. */
export function holds({ operator, limit }: SettledThreshold, value: number): boolean {
  return COMPARE[operator](value, limit);
}

/** How bad a value is: of two, the one with the larger number is nearer to failing, or has failed by more. */
export function badness({ operator, limit }: SettledThreshold, value: number): number {
  if (operator === '<' || operator === '<=') return value;
  if (operator === '>' || operator === '>=') return -value;
  return operator === '!=' ? -Math.abs(value - limit) : Math.abs(value - limit);
}

/**
 * Judges a threshold by what was measured so far. Where nothing was measured, a counter is 0, and any other threshold has failed: a
 * threshold on a misspelt tag must not pass.
 */
export function evaluateThreshold(threshold: SettledThreshold, data: SeriesData | undefined, elapsedMs: number): ThresholdOutcome {
  const value = measureThreshold(threshold, data, elapsedMs);
  return { ok: value !== undefined && holds(threshold, value), value };
}

function hasSamples(data: SeriesData | undefined): boolean {
  if (data === undefined) return false;
  if (data.type === 'trend') return data.histogram.count > 0;
  return data.type !== 'rate' || data.total > 0;
}
