import { metricInfo } from '../measure/index.ts';
import { buildRow, type RateWindow } from './build-rows.ts';
import { recordedOptions } from './build-options.ts';
import { environmentId } from './environment.ts';
import type { LoadTimes, RecordInput, RunEnd, ThresholdResult } from './input.ts';
import type { Health, Outcome, RecordedCheck, RecordedThreshold, RecordedWindow, RunRecord } from './schema.ts';
import { RECORD_FORMAT, RECORD_VERSION } from './schema.ts';
import type { Row } from './schema-rows.ts';
import { rowsOf, sumCounters, sumRates } from './select.ts';
import { workloadHash } from './workload-hash.ts';

export type { LoadTimes, RecordInput, RunEnd, ThresholdResult } from './input.ts';

/** Makes the record of a run. Pure: everything it says comes from `input`. */
export function buildRecord(input: RecordInput): RunRecord {
  const { plan, run, totals } = input;
  const window = rateWindow(input);
  const rows = totals.rows.map((row) => buildRow(row, window));
  const iterations = countIterations(rows);
  return {
    format: RECORD_FORMAT,
    version: RECORD_VERSION,
    id: run.id,
    name: plan.name,
    labels: { ...plan.labels },
    tool: { name: 'loadreg', version: input.toolVersion },
    seed: plan.seed,
    workloadHash: workloadHash(plan, input.workloadText),
    environmentId: environmentId(input.environment),
    scenarioPath: plan.scenarioPath,
    envNames: Object.keys(plan.env).toSorted(),
    headerNames: Object.keys(plan.target.headers).toSorted(),
    startedAt: iso(run.startedAt),
    endedAt: iso(run.endedAt),
    outcome: outcomeOf(run.end, iterations),
    target: { ...input.target, baseUrl: withoutCredentials(input.target.baseUrl) },
    environment: input.environment,
    options: recordedOptions(plan),
    windows: windowsOf(input.load),
    slices: [...input.slices],
    agents: [...(input.agents ?? [])],
    generator: { verdict: input.generator.verdict, reasons: [...input.generator.reasons] },
    iterations,
    thresholds: input.thresholds.map((result) => recordedThreshold(result, rows)),
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

function recordedThreshold(result: ThresholdResult, rows: readonly Row[]): RecordedThreshold {
  const { parsed, outcome } = result;
  return {
    metric: result.metric,
    expression: result.expression,
    aggregation: parsed.stat,
    measured: outcome.value ?? null,
    unit: thresholdUnit(parsed.metric, parsed.stat, rows),
    ok: outcome.ok,
    builtIn: result.builtIn,
    abortOnFail: result.abortOnFail,
  };
}

function thresholdUnit(metric: string, stat: string, rows: readonly Row[]): string {
  const unit = metricInfo(metric)?.unit;
  const contains = metricInfo(metric)?.contains ?? rows.find((row) => row.metric === metric)?.contains;
  if (stat === 'rate') return contains === 'data' ? 'B/s' : '1';
  if (unit === 'KiB/s') return unit;
  return contains === 'time' ? 'ms' : contains === 'data' ? 'B' : '1';
}

function recordedHealth({ totals: { health } }: RecordInput): Health {
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

function withoutCredentials(baseUrl: string): string {
  if (!URL.canParse(baseUrl)) return baseUrl.replace(/\/\/[^/@]*@/, '//');
  const url = new URL(baseUrl);
  if (url.username === '' && url.password === '') return baseUrl;
  url.username = '';
  url.password = '';
  return url.href.replace(/\/$/, '');
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
