import { formatDuration } from '../base/index.ts';
import {
  type Collector,
  type CustomMetric,
  evaluateThreshold,
  type IntervalSnapshot,
  parseThreshold,
  type RunTotals,
  type SeriesData,
  type SettledThreshold,
  settleThreshold,
  type ThresholdOutcome,
  WindowJudge,
} from '../measure/index.ts';
import type { RunPlan, ThresholdPlan } from '../plan/index.ts';
import { type LoadTimes, rateWindow, type ThresholdResult } from '../record/index.ts';
import type { Baseline } from './baseline.ts';
import { whyNoSample, whyZero } from './no-sample.ts';
import { plannedEnd } from './timing.ts';

/** Correctness is always asked for: a registry that hands out wrong bytes quickly has not passed. */
const BUILT_IN: ThresholdPlan = {
  metric: 'digest_mismatches',
  expression: 'count==0',
  abortOnFail: false,
  delayAbortEvalMs: 0,
  windowMs: undefined,
};

/** What a threshold is held against, and over how much time it was measured. */
type Measured = (threshold: SettledThreshold) => { readonly data: SeriesData | undefined; readonly elapsedMs: number };

/** A threshold of the run, made ready. */
interface Entry {
  readonly plan: ThresholdPlan;
  readonly builtIn: boolean;
  readonly threshold: SettledThreshold;
  /** What the limit was made of; undefined when it is a number. */
  readonly baseline: ThresholdResult['baseline'];
  /** Only with a window. */
  readonly windows: WindowJudge | undefined;
}

/** What of a plan decides how its thresholds are judged. */
export type JudgedPlan = Pick<RunPlan, 'thresholds' | 'disabledThresholds' | 'noThresholds' | 'warmupMs' | 'scenarios'>;

/** What the thresholds of a run are judged with. */
export interface JudgeOptions {
  readonly plan: JudgedPlan;
  readonly custom: readonly CustomMetric[];
  /** Needed when a threshold names it. */
  readonly baseline: Baseline | undefined;
  readonly intervalMs: number;
}

/**
 * The thresholds of a run, and the built-in one unless the plan names its metric (an empty list switches it off). Those without a window
 * are judged by all that was measured so far, those with one by every window; both leave the warm-up out.
 */
export class ThresholdJudge {
  readonly #entries: readonly Entry[];
  readonly #intervalMs: number;

  constructor(options: JudgeOptions) {
    const { plan, intervalMs } = options;
    this.#intervalMs = intervalMs;
    const named = [...plan.disabledThresholds, ...plan.thresholds.map((threshold) => threshold.metric)];
    const builtIn = named.includes(BUILT_IN.metric) ? [] : [BUILT_IN];
    this.#entries = plan.noThresholds
      ? []
      : [
          ...plan.thresholds.map((threshold, index) => entryOf(threshold, options, options.baseline?.values[index])),
          ...builtIn.map((threshold) => ({ ...entryOf(threshold, options, undefined), builtIn: true })),
        ];
    this.endsAt(plannedEnd(plan));
  }

  /** Whether any threshold may end the run. */
  get mayAbort(): boolean {
    return this.#entries.some(({ plan }) => plan.abortOnFail);
  }

  /** Takes in an interval, joined over all slices; they come in order. */
  add(snapshot: IntervalSnapshot): void {
    for (const { windows } of this.#entries) windows?.add(snapshot);
  }

  /** Says that no iterations start from `ms` of the load on: windows that reach past it are left out. */
  endsAt(ms: number): void {
    for (const { windows } of this.#entries) windows?.endsAt(ms);
  }

  /** The first threshold that is to end the run now, if any: failed by what was measured so far, asked to abort, and past its delay. */
  toAbort(collector: Pick<Collector, 'select' | 'measuredMs'>, sinceStartMs: number): ThresholdPlan | undefined {
    if (collector.measuredMs === 0) return undefined;
    const measured: Measured = ({ metric, tags }) => ({ data: collector.select(metric, tags), elapsedMs: collector.measuredMs });
    return this.#entries.find((entry) => {
      if (!entry.plan.abortOnFail || sinceStartMs < entry.plan.delayAbortEvalMs) return false;
      const { ok, value } = judge(entry, measured);
      return !ok && value !== undefined;
    })?.plan;
  }

  /** What came of every threshold, once the load has ended. */
  results(collector: Pick<Collector, 'select'>, totals: RunTotals, load: LoadTimes): ThresholdResult[] {
    this.endsAt(load.loadEnd);
    const measured = atEnd(collector, totals, load);
    return this.#entries.map((entry) => {
      entry.windows?.finish();
      const { plan, threshold, baseline, builtIn } = entry;
      const { metric, expression, abortOnFail, windowMs } = plan;
      const outcome = judge(entry, measured);
      const reason = this.#reasonOf(entry, outcome, measured(threshold).data, totals, load);
      return { metric, expression, parsed: threshold, outcome, abortOnFail, builtIn, windowMs, baseline, reason };
    });
  }

  #reasonOf(
    { threshold, plan: { windowMs } }: Entry,
    { ok, value, windows }: ThresholdOutcome,
    data: SeriesData | undefined,
    totals: RunTotals,
    load: LoadTimes,
  ): string | undefined {
    if (value === undefined) {
      const measuredMs = Math.max(0, load.loadEnd - load.warmupEnd);
      if (windowMs === undefined || windows?.empty !== 0) return whyNoSample(threshold, totals.rows);
      return `no whole window of ${formatDuration(windowMs)} was measured: the load was measured for ${formatDuration(measuredMs)}, in intervals of ${formatDuration(this.#intervalMs)}`;
    }
    if (threshold.type === 'counter' && data === undefined) return whyZero(threshold, totals.rows);
    if (windows === undefined || ok) return undefined;
    return `${windows.failed} of ${windows.judged} windows failed`;
  }
}

function entryOf(plan: ThresholdPlan, { plan: run, custom, baseline, intervalMs }: JudgeOptions, value: number | undefined): Entry {
  const parsed = parseThreshold(plan.metric, plan.expression, 'thresholds', custom);
  if (parsed.threshold === undefined) throw new Error(`the threshold ${plan.metric} was not validated`);
  const threshold = settleThreshold(parsed.threshold, value);
  return {
    plan,
    builtIn: false,
    threshold,
    baseline: baseline === undefined || value === undefined ? undefined : { value, file: baseline.file, runId: baseline.runId },
    windows:
      plan.windowMs === undefined
        ? undefined
        : new WindowJudge(threshold, {
            intervals: plan.windowMs / intervalMs,
            intervalMs,
            warmupIntervals: Math.ceil(run.warmupMs / intervalMs),
          }),
  };
}

function judge({ threshold, windows }: Entry, measured: Measured): ThresholdOutcome {
  if (windows !== undefined) return windows.outcome;
  const { data, elapsedMs } = measured(threshold);
  return evaluateThreshold(threshold, data, elapsedMs);
}

/** What the whole run measured. Rates of counters are over the window that the report's rates are over, so that the two agree. */
function atEnd(collector: Pick<Collector, 'select'>, totals: RunTotals, load: LoadTimes): Measured {
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
