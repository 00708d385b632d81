import type { Problem } from '../base/index.ts';
import { type CustomMetric, METRICS, metricInfo, parseSelector, parseThreshold } from '../measure/index.ts';
import type { ThresholdPlan } from '../plan/index.ts';
import { isObject, KINDS, show } from './kinds.ts';
import { didYouMean } from './nearest.ts';

const KEYS = ['threshold', 'abortOnFail', 'delayAbortEval'];

/** What a file says about thresholds. */
export interface PlannedThresholds {
  readonly thresholds: readonly ThresholdPlan[];
  /** Metrics with an empty list: that is how a built-in threshold is switched off. */
  readonly disabledThresholds: readonly string[];
}

/** Thresholds as the file gives them, one plan an expression. Adds to `problems` whatever is wrong. */
export function planThresholds(
  given: Readonly<Record<string, unknown>>,
  where: string,
  custom: readonly CustomMetric[],
  problems: Problem[],
): PlannedThresholds {
  const plans: ThresholdPlan[] = [];
  const disabledThresholds: string[] = [];
  for (const [metric, value] of Object.entries(given)) {
    const list = Array.isArray(value) ? (value as readonly unknown[]) : [value];
    if (list.length === 0) disabledThresholds.push(metric);
    for (const [index, entry] of list.entries()) {
      const place = `${where}[${JSON.stringify(metric)}]${Array.isArray(value) ? `[${index}]` : ''}`;
      const plan = planThreshold(metric, entry, place, problems);
      if (plan === undefined) continue;
      const parsed = parseThreshold(metric, plan.expression, place, custom);
      problems.push(...parsed.problems.map((problem) => withNearMetric(problem, metric, custom)));
      plans.push(plan);
    }
  }
  return { thresholds: plans, disabledThresholds };
}

function planThreshold(metric: string, entry: unknown, where: string, problems: Problem[]): ThresholdPlan | undefined {
  if (typeof entry === 'string') return { metric, expression: entry, abortOnFail: false, delayAbortEvalMs: 0 };
  if (!isObject(entry) || typeof entry['threshold'] !== 'string') {
    const fix = "a text like 'p(95)<500', or { threshold: 'p(95)<500', abortOnFail: true, delayAbortEval: '10s' }";
    problems.push({ where, what: `${show(entry)} is no threshold`, fix });
    return undefined;
  }
  for (const key of Object.keys(entry)) {
    if (KEYS.includes(key)) continue;
    const near = didYouMean(key, KEYS);
    problems.push({ where: `${where}.${key}`, what: 'unknown option', ...(near === undefined ? {} : { fix: near }) });
  }
  const abortOnFail = entry['abortOnFail'] ?? false;
  const delay = KINDS.duration.parse(entry['delayAbortEval'] ?? 0);
  if (typeof abortOnFail !== 'boolean') {
    problems.push({ where: `${where}.abortOnFail`, what: `${show(abortOnFail)} is not valid`, fix: KINDS.boolean.works });
  }
  if (delay === undefined) {
    problems.push({ where: `${where}.delayAbortEval`, what: `${show(entry['delayAbortEval'])} is not valid`, fix: KINDS.duration.works });
  }
  return { metric, expression: entry['threshold'], abortOnFail: abortOnFail === true, delayAbortEvalMs: delay ?? 0 };
}

/** A misspelt metric is told the one it was meant to be, not all that there are. */
function withNearMetric(problem: Problem, metric: string, custom: readonly CustomMetric[]): Problem {
  const name = parseSelector(metric)?.metric;
  if (name === undefined || metricInfo(name, custom) !== undefined || !problem.what.includes('no metric')) return problem;
  const near = didYouMean(name, [...Object.keys(METRICS), ...custom.map((own) => own.name)]);
  return near === undefined ? problem : { ...problem, fix: near };
}
