import { judgeGenerator, type WindowOutcomes } from '../measure/index.ts';
import { openStarts, recordedArrivals } from './arrivals.ts';
import { recordHead, type RecordStart } from './build-head.ts';
import { buildRow, type RateWindow } from './build-rows.ts';
import type { LoadTimes, RecordInput, RunEnd, ThresholdResult } from './input.ts';
import type { Health, Outcome, RecordedCheck, RecordedThreshold, RecordedWindow, RunRecord } from './schema.ts';
import type { RecordHead } from './schema-head.ts';
import type { Row } from './schema-rows.ts';
import { rowsOf, sumCounters, sumRates } from './select.ts';

export type { LoadTimes, RecordInput, RunEnd, ThresholdResult } from './input.ts';

/** What is known of a run when it is over. */
export type RecordRest = Omit<RecordInput, keyof RecordStart> & {
  readonly run: Pick<RecordInput['run'], 'endedAt' | 'end'>;
};

/** Makes the record of a run. Pure: everything it says comes from `input`. */
export function buildRecord(input: RecordInput): RunRecord {
  return completeRecord(recordHead(input), input);
}

/** The record of a run that began as `head` says. Pure, too. */
export function completeRecord(head: RecordHead, input: RecordRest): RunRecord {
  const { run, totals } = input;
  const { target, environment, options, ...identity } = head;
  const window = rateWindow(input);
  const rows = totals.rows.map((row) => buildRow(row, window));
  const iterations = countIterations(rows);
  const starts = openStarts(options.scenarios, totals);
  const generator = input.generator ?? judgeGenerator(totals.health, starts);
  return {
    ...identity,
    endedAt: iso(run.endedAt),
    outcome: outcomeOf(run.end, iterations),
    target,
    environment,
    options,
    windows: windowsOf(input.load),
    slices: [...input.slices],
    agents: [...(input.agents ?? [])],
    generator: { verdict: generator.verdict, reasons: [...generator.reasons] },
    iterations,
    arrivals: recordedArrivals(options.scenarios, starts, rows, Math.max(0, input.load.loadEnd - input.load.warmupEnd) / 1000),
    thresholds: input.thresholds.map(recordedThreshold),
    checks: collectChecks(rows),
    errors: totals.errors.map((group) => ({ ...group })),
    warmupErrors: totals.warmupErrors.map((group) => ({ ...group })),
    columns: {
      widthUs: totals.columnWidthMs * 1000,
      count: totals.columns,
      warmupCount: totals.warmupColumns,
      rateFrom: window.from,
      rateTo: window.to,
    },
    vus: { active: [...totals.vus], made: totals.vusMax },
    health: recordedHealth(input),
    rows,
    setup: recordedStage(input.setupMs, totals.setup),
    teardown: recordedStage(input.teardownMs, totals.teardown),
    warnings: [...(input.warnings ?? [])],
    notes: [...(input.notes ?? [])],
  };
}

/** With fewer whole columns and a ramp-down behind them, a rate would say little about most of what was counted. */
const LEAST_COLUMNS = 3;

/**
 * Rates are counts of the columns that lie wholly within the measured window, over the length of these columns: warm-up and ramp-down, in
 * which the load builds up and dies away, would make a rate depend on how long a run was. A window without one whole column has no other
 * rate than the total over its length, ramp-down included.
 */
export function rateWindow({ totals, load }: Pick<RecordInput, 'totals' | 'load'>): RateWindow {
  const width = totals.columnWidthMs;
  const from = Math.min(totals.warmupColumns, totals.columns);
  const to = Math.max(from, Math.min(totals.columns, Math.floor(load.loadEnd / width)));
  if (to - from >= LEAST_COLUMNS || (to > from && load.end === load.loadEnd)) return { from, to, seconds: ((to - from) * width) / 1000 };
  return { from, to: from, seconds: Math.max(0, load.end - load.warmupEnd) / 1000 };
}

function windowsOf(load: LoadTimes): RunRecord['windows'] {
  const window = (start: number, end: number): RecordedWindow => ({
    startUs: Math.round(start * 1000),
    endUs: Math.round(end * 1000),
    startedAt: iso(load.startedAt + start),
    endedAt: iso(load.startedAt + end),
  });
  const measuredStart = Math.min(load.warmupEnd, load.loadEnd);
  return {
    warmup: load.warmupEnd > 0 ? window(0, measuredStart) : null,
    measured: window(measuredStart, load.loadEnd),
    rampDown: load.end > load.loadEnd ? window(load.loadEnd, load.end) : null,
  };
}

function outcomeOf(end: RunEnd, iterations: RunRecord['iterations']): Outcome {
  if (end.state !== 'finished' || iterations.complete > iterations.failed) return { ...end };
  const reason =
    iterations.complete > 0
      ? `all ${iterations.complete} iterations failed`
      : iterations.interrupted > 0
        ? `all ${iterations.interrupted} iterations were cut off by the end of the run; a longer duration or gracefulStop would let them finish`
        : 'no iteration was run in the measured window';
  return { state: 'failed', cause: 'no-iteration-succeeded', reason };
}

function countIterations(rows: readonly Row[]): RunRecord['iterations'] {
  const counted = (metric: string) => sumCounters(rowsOf(rows, metric)).count;
  return {
    complete: counted('iterations'),
    failed: sumRates(rowsOf(rows, 'iteration_failed')).hits,
    interrupted: counted('interrupted_iterations'),
    dropped: counted('dropped_iterations'),
  };
}

function collectChecks(rows: readonly Row[]): RecordedCheck[] {
  const checks = new Map<string, RecordedCheck>();
  for (const row of rowsOf(rows, 'checks')) {
    if (row.type !== 'rate') continue;
    const { check: name = '', group = '', scenario = '' } = row.tags;
    const key = JSON.stringify([scenario, group, name]);
    const check = checks.get(key) ?? { name, group, scenario, passes: 0, fails: 0 };
    check.passes += row.values.hits;
    check.fails += row.values.total - row.values.hits;
    checks.set(key, check);
  }
  return [...checks.values()];
}

function recordedThreshold({ metric, expression, parsed, outcome, builtIn, abortOnFail, ...more }: ThresholdResult): RecordedThreshold {
  const { value, windows, ok } = outcome;
  return {
    metric,
    expression,
    aggregation: parsed.stat,
    measured: value ?? null,
    limit: parsed.limit,
    unit: parsed.unit,
    ok,
    builtIn,
    abortOnFail,
    window: windows === undefined || more.windowMs === undefined ? null : recordedWindows(more.windowMs, windows),
    baseline: more.baseline ?? null,
    reason: more.reason ?? null,
  };
}

function recordedWindows(windowMs: number, { worstStartMs, ...counts }: WindowOutcomes): NonNullable<RecordedThreshold['window']> {
  return { lengthUs: windowMs * 1000, ...counts, worstStartUs: worstStartMs === undefined ? null : worstStartMs * 1000 };
}

function recordedHealth({ totals: { health } }: Pick<RecordInput, 'totals'>): Health {
  const column = (pick: 'loopDelayP99' | 'loopUtilization' | 'cpuShare' | 'rss') => health.columns.map((sample) => sample?.[pick] ?? null);
  const { worst } = health;
  return {
    columns: {
      loopDelayP99Us: column('loopDelayP99'),
      loopUtilization: column('loopUtilization'),
      cpuShare: column('cpuShare'),
      rssBytes: column('rss'),
    },
    worst:
      worst === undefined
        ? null
        : {
            loopDelayP50Us: worst.loopDelayP50,
            loopDelayP99Us: worst.loopDelayP99,
            loopDelayMaxUs: worst.loopDelayMax,
            loopUtilization: worst.loopUtilization,
            cpuShare: worst.cpuShare,
            rssBytes: worst.rss,
          },
  };
}

function recordedStage(ms: number | undefined, rows: RecordInput['totals']['setup']): RunRecord['setup'] {
  if (ms === undefined) return null;
  return { durationUs: Math.round(ms * 1000), rows: rows.map((row) => buildRow(row, { from: 0, to: 0, seconds: ms / 1000 }, false)) };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
