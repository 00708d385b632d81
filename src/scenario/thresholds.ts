import type { Problem } from '../base/index.ts';
import { type CustomMetric, METRICS, metricInfo, parseSelector, parseThreshold, type Threshold } from '../measure/index.ts';
import type { ThresholdPlan } from '../plan/index.ts';
import { isObject, KINDS, show } from './kinds.ts';
import { didYouMean } from './nearest.ts';

const KEYS = ['threshold', 'abortOnFail', 'delayAbortEval', 'window'];

/** Windows are made of intervals of one second. */
const WINDOW_STEP_MS = 1000;

/** What thresholds are planned with. */
export interface ThresholdContext {
  /** Where they stand, for messages. */
  readonly where: string;
  /** Metrics that the scenario made. */
  readonly custom: readonly CustomMetric[];
  /** Whether there is a record that limits may be relative to. */
  readonly hasBaseline: boolean;
}

/** What a file says about thresholds. */
export interface PlannedThresholds {
  readonly thresholds: readonly ThresholdPlan[];
  /** Metrics with an empty list: that is how a built-in threshold is switched off. */
  readonly disabledThresholds: readonly string[];
}

/** Thresholds as the file gives them, one plan an expression. Adds to `problems` whatever is wrong. */
export function planThresholds(
  given: Readonly<Record<string, unknown>>,
  { where, custom, hasBaseline }: ThresholdContext,
  problems: Problem[],
): PlannedThresholds {
  const plans: ThresholdPlan[] = [];
  const disabledThresholds: string[] = [];
  for (const [metric, value] of Object.entries(given)) {
    const list = Array.isArray(value) ? (value as readonly unknown[]) : [value];
    if (list.length === 0) {
      disabledThresholds.push(metric);
      problems.push(...metricProblems(metric, `${where}[${JSON.stringify(metric)}]`, custom));
    }
    for (const [index, entry] of list.entries()) {
      const place = `${where}[${JSON.stringify(metric)}]${Array.isArray(value) ? `[${index}]` : ''}`;
      const plan = planThreshold(metric, entry, place, problems);
      if (plan === undefined) continue;
      const parsed = parseThreshold(metric, plan.expression, place, custom);
      problems.push(...parsed.problems.map((problem) => withNearMetric(problem, metric, custom)));
      if (parsed.threshold !== undefined) problems.push(...baselineProblems(parsed.threshold, plan, place, hasBaseline));
      plans.push(plan);
    }
  }
  return { thresholds: plans, disabledThresholds };
}

/** What is wrong with a metric that has no expression. */
function metricProblems(metric: string, where: string, custom: readonly CustomMetric[]): Problem[] {
  const { problems } = parseThreshold(metric, 'count==0', where, custom);
  const own = problems.filter(({ what }) => what.includes('no metric'));
  return own.map((problem) => withNearMetric(problem, metric, custom));
}

function planThreshold(metric: string, entry: unknown, where: string, problems: Problem[]): ThresholdPlan | undefined {
  if (typeof entry === 'string') return { metric, expression: entry, abortOnFail: false, delayAbortEvalMs: 0, windowMs: undefined };
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
  const windowMs = planWindow(entry['window'], `${where}.window`, problems);
  return { metric, expression: entry['threshold'], abortOnFail: abortOnFail === true, delayAbortEvalMs: delay ?? 0, windowMs };
}

function planWindow(given: unknown, where: string, problems: Problem[]): number | undefined {
  if (given === undefined || given === null) return undefined;
  const windowMs = KINDS.duration.parse(given);
  if (windowMs !== undefined && windowMs >= WINDOW_STEP_MS && windowMs % WINDOW_STEP_MS === 0) return windowMs;
  problems.push({ where, what: `${show(given)} is no window`, fix: "whole seconds, at least one, like '10s'" });
  return undefined;
}

/** What is wrong with a limit that is relative to a baseline. */
function baselineProblems({ limit, stat, type }: Threshold, plan: ThresholdPlan, where: string, hasBaseline: boolean): Problem[] {
  if (typeof limit === 'number') return [];
  const problems: Problem[] = [];
  if (!hasBaseline) {
    const what = `'${plan.expression}' needs a baseline, and none was given`;
    problems.push({ where, what, fix: '--baseline FILE, the record of an earlier run' });
  }
  if (type === 'counter' && stat === 'count' && plan.windowMs !== undefined) {
    problems.push({
      where,
      what: 'the count of a window cannot be held against that of a whole run',
      fix: 'compare rate, as rate<=baseline*1.05',
    });
  }
  return problems;
}

/** A misspelt metric is told the one it was meant to be, not all that there are. */
function withNearMetric(problem: Problem, metric: string, custom: readonly CustomMetric[]): Problem {
  const name = parseSelector(metric)?.metric;
  if (name === undefined || metricInfo(name, custom) !== undefined || !problem.what.includes('no metric')) return problem;
  const near = didYouMean(name, [...Object.keys(METRICS), ...custom.map((own) => own.name)]);
  return near === undefined ? problem : { ...problem, fix: near };
}
