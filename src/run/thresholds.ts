import {
  type Collector,
  type CustomMetric,
  evaluateThreshold,
  parseThreshold,
  type RunTotals,
  type SeriesData,
  type Threshold,
} from '../measure/index.ts';
import type { RunPlan, ThresholdPlan } from '../plan/index.ts';
import { type LoadTimes, rateWindow, type ThresholdResult } from '../record/index.ts';

/** Correctness is always asked for: a registry that hands out wrong bytes quickly has not passed. */
const BUILT_IN: ThresholdPlan = { metric: 'digest_mismatches', expression: 'count==0', abortOnFail: false, delayAbortEvalMs: 0 };

/** What a threshold is held against, and over how much time it was measured. */
type Measured = (threshold: Threshold) => { readonly data: SeriesData | undefined; readonly elapsedMs: number };

/** What was measured so far, in whole intervals after the warm-up. */
export function soFar(collector: Pick<Collector, 'select' | 'measuredMs'>): Measured {
  return ({ metric, tags }) => ({ data: collector.select(metric, tags), elapsedMs: collector.measuredMs });
}

/** What the whole run measured. Rates of counters are over the window that the report's rates are over, so that the two agree. */
export function atEnd(collector: Pick<Collector, 'select'>, totals: RunTotals, load: LoadTimes): Measured {
  const window = rateWindow({ totals, load });
  const elapsedMs = window.seconds * 1000;
  return ({ metric, tags, type, stat }) => {
    const data = collector.select(metric, tags);
    if (type !== 'counter' || stat !== 'rate' || window.from === window.to) return { data, elapsedMs };
    let value = 0;
    for (const { columns, ...row } of totals.rows) {
      if (row.metric !== metric || columns.type !== 'counter' || !Object.entries(tags).every(([name, tag]) => row.tags[name] === tag))
        continue;
      for (let column = window.from; column < window.to; column += 1) value += columns.value[column] ?? 0;
    }
    return { data: { type: 'counter', value }, elapsedMs };
  };
}

/** Judges every threshold of the plan, and the built-in one unless the plan names its metric (an empty list switches it off). */
export function judgeThresholds(plan: RunPlan, measured: Measured, custom: readonly CustomMetric[]): ThresholdResult[] {
  if (plan.noThresholds) return [];
  const own = plan.thresholds.map((threshold) => judge(threshold, false, measured, custom));
  const named = [...plan.disabledThresholds, ...plan.thresholds.map((threshold) => threshold.metric)];
  return named.includes(BUILT_IN.metric) ? own : [...own, judge(BUILT_IN, true, measured, custom)];
}

/** The first threshold that is to end the run now, if any: failed, asked to abort, and past its delay. */
export function abortingThreshold(results: readonly ThresholdResult[], plan: RunPlan, sinceStartMs: number): ThresholdResult | undefined {
  return results.find(({ outcome, abortOnFail, metric, expression }) => {
    if (outcome.ok || !abortOnFail || outcome.value === undefined) return false;
    const delay = plan.thresholds.find((own) => own.metric === metric && own.expression === expression)?.delayAbortEvalMs ?? 0;
    return sinceStartMs >= delay;
  });
}

function judge(
  { metric, expression, abortOnFail }: ThresholdPlan,
  builtIn: boolean,
  measured: Measured,
  custom: readonly CustomMetric[],
): ThresholdResult {
  const { threshold } = parseThreshold(metric, expression, 'thresholds', custom);
  if (threshold === undefined) throw new Error(`the threshold ${metric} was not validated`);
  const { data, elapsedMs } = measured(threshold);
  return { metric, expression, parsed: threshold, outcome: evaluateThreshold(threshold, data, elapsedMs), abortOnFail, builtIn };
}
