import { type Collector, type CustomMetric, evaluateThreshold, parseThreshold } from '../measure/index.ts';
import type { ThresholdResult } from '../record/index.ts';
import type { RunPlan, ThresholdPlan } from '../plan/index.ts';

/** Correctness is always asked for: a registry that hands out wrong bytes quickly has not passed. */
const BUILT_IN: ThresholdPlan = { metric: 'digest_mismatches', expression: 'count==0', abortOnFail: false, delayAbortEvalMs: 0 };

/**
 * Judges every threshold of the plan, and the built-in one unless the plan names its metric (an empty list switches it off).
 * `elapsedMs` is the length of the measured window so far.
 */
export function judgeThresholds(
  plan: RunPlan,
  collector: Pick<Collector, 'select'>,
  elapsedMs: number,
  custom: readonly CustomMetric[],
): ThresholdResult[] {
  if (plan.noThresholds) return [];
  const own = plan.thresholds.map((threshold) => judge(threshold, false, collector, elapsedMs, custom));
  const named = [...plan.disabledThresholds, ...plan.thresholds.map((threshold) => threshold.metric)];
  return named.includes(BUILT_IN.metric) ? own : [...own, judge(BUILT_IN, true, collector, elapsedMs, custom)];
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
  collector: Pick<Collector, 'select'>,
  elapsedMs: number,
  custom: readonly CustomMetric[],
): ThresholdResult {
  const { threshold } = parseThreshold(metric, expression, 'thresholds', custom);
  if (threshold === undefined) throw new Error(`the threshold ${metric} was not validated`);
  const outcome = evaluateThreshold(threshold, collector.select(threshold.metric, threshold.tags), elapsedMs);
  return { metric, expression, parsed: threshold, outcome, abortOnFail, builtIn };
}
