import { describe, expect, it } from 'vitest';
import { percentiles, type Recorder } from '../../src/measure/index.ts';
import { buildRecord, recordText, type RunRecord, rowsOf, sumCounters, unpackTrend } from '../../src/record/index.ts';
import {
  BUSY_ITERATIONS,
  busyRecord,
  exchange,
  onePull,
  plan,
  recordInput,
  type Second,
  scope,
  smallRecord,
  threshold,
  totalsOf,
} from '../support/records.ts';

describe('buildRecord', () => {
  it('repeats what a reader needs to trust or repeat a number', () => {
    expect(busyRecord(1)).toMatchObject({
      name: 'pull-heavy',
      labels: { build: '42' },
      seed: 1,
      scenarioPath: 'scenarios/pull-heavy.ts',
      outcome: { state: 'finished' },
      startedAt: '2026-11-24T12:59:58.000Z',
      options: { verify: 'full', warmupMs: 4000 },
      iterations: { complete: 320, failed: 1, interrupted: 0, dropped: 0 },
      checks: [{ name: 'has layers', group: '', scenario: 'default', passes: 255, fails: 1 }],
    });
  });

  it('holds the same numbers whether one slice made the load or two', () => {
    const [direct, merged] = [busyRecord(1), busyRecord(2)];
    expect(merged.rows).toEqual(direct.rows);
    expect(merged).toEqual({ ...direct, vus: merged.vus });
  });

  it('leaves the warm-up out of totals and keeps it in columns', () => {
    const requests = rowsOf(busyRecord(1).rows, 'iterations');
    expect(sumCounters(requests).count).toBe(16 * BUSY_ITERATIONS);
    expect(requests[0]?.type === 'counter' && requests[0].columns?.count.slice(0, 20)).toEqual(Array(20).fill(BUSY_ITERATIONS));
  });

  it('gives windows as offsets in µs and as times', () => {
    expect(busyRecord(1).windows).toEqual({
      warmup: { startUs: 0, endUs: 4_000_000, startedAt: '2026-11-24T13:00:00.000Z', endedAt: '2026-11-24T13:00:04.000Z' },
      measured: { startUs: 4_000_000, endUs: 20_000_000, startedAt: '2026-11-24T13:00:04.000Z', endedAt: '2026-11-24T13:00:20.000Z' },
      rampDown: { startUs: 20_000_000, endUs: 20_400_000, startedAt: '2026-11-24T13:00:20.000Z', endedAt: '2026-11-24T13:00:20.400Z' },
    });
  });

  it('recomputes every stored percentile from the stored histogram', () => {
    const trends = busyRecord(2).rows.filter((row) => row.type === 'trend');
    expect(trends.length).toBeGreaterThan(50);
    for (const row of trends) {
      const read = percentiles(unpackTrend(row), [50, 75, 90, 95, 99, 99.9]).map((value) => value / row.histogram.scale);
      const { p50, p75, p90, p95, p99, p999 } = row.values;
      expect(row.values.count === 0 ? read.map(() => null) : read).toEqual([p50, p75, p90, p95, p99, p999]);
    }
  });

  it('keeps times in µs and plain trends in the numbers that were given', () => {
    const rows = smallRecord({ totals: totalsOf({ seconds: 1, second: ownTrends }) }).rows;
    expect(rowsOf(rows, 'wait')).toMatchObject([{ unit: 'µs', values: { avg: 12_500, max: 12_500 }, histogram: { scale: 1 } }]);
    expect(rowsOf(rows, 'ratio')).toMatchObject([{ unit: '1', values: { avg: 0.25, sum: 0.25, p50: 0.25 }, histogram: { scale: 1000 } }]);
  });

  it('has nulls, and no zeros, where nothing was measured', () => {
    const totals = totalsOf({
      seconds: 4,
      warmupSeconds: 2,
      second: (recorder, index) => index < 2 && recorder.flow(scope({ flow: 'pull' }), 5, '', ''),
    });
    const row = rowsOf(smallRecord({ totals }).rows, 'flow_duration')[0];
    expect(row?.values).toMatchObject({ count: 0, avg: null, min: null, p50: null, max: null });
    expect(row?.type === 'trend' && row.columns).toMatchObject({ count: [1, 1, 0, 0], p50: [5, 5, null, null] });
  });

  it('doubles the width of columns when a run has more seconds than columns', () => {
    const { columns, rows } = smallRecord({ totals: totalsOf({ seconds: 20, maxColumns: 10, second: onePull }) });
    expect(columns).toMatchObject({ widthUs: 2_000_000, count: 10, rateFrom: 0, rateTo: 10 });
    expect(rowsOf(rows, 'iterations')[0]?.values).toEqual({ count: 20, rate: 1 });
  });
});

describe('rates', () => {
  it('are over the whole columns of the measured window, ramp-down left out', () => {
    const record = build(tenASecond, { warmupEnd: 2000, loadEnd: 5000, end: 5400 });
    expect(requestRate(record)).toBe(10);
    expect(record.columns).toMatchObject({ warmupCount: 2, rateFrom: 2, rateTo: 5 });
  });

  it('leave out a column that the end of the load cuts through', () => {
    expect(build(tenASecond, { warmupEnd: 0, loadEnd: 5900, end: 6000 }).columns.rateTo).toBe(5);
  });

  it('are totals over the whole length when no column is whole', () => {
    const record = build(tenASecond, { warmupEnd: 0, loadEnd: 400, end: 500 }, 1);
    expect(record.columns).toMatchObject({ rateFrom: 0, rateTo: 0 });
    expect(requestRate(record)).toBe(20);
  });

  it('are 0 when there was no load at all', () => {
    expect(requestRate(build(() => {}, { warmupEnd: 0, loadEnd: 0, end: 0 }, 0))).toBe(0);
  });
});

describe('the outcome', () => {
  it.each<[string, Second, string]>([
    ['all iterations failed', (recorder) => recorder.iteration(scope(), 5, 'failed'), 'all 2 iterations failed'],
    ['all were cut off', (recorder) => recorder.iteration(scope(), 5, 'interrupted'), 'all 2 iterations were cut off'],
    ['none was run', () => {}, 'no iteration was run'],
  ])('is failed when %s', (_phrase, second, reason) => {
    expect(outcomeOf(second)).toMatchObject({ state: 'failed', cause: 'no-iteration-succeeded', reason: expect.stringContaining(reason) });
  });

  it('is finished when one iteration succeeded', () => {
    expect(outcomeOf((recorder, index) => recorder.iteration(scope(), 5, index === 0 ? 'complete' : 'failed'))).toEqual({
      state: 'finished',
    });
  });

  it('stays what the run says when the run did not finish', () => {
    const end = { state: 'aborted', cause: 'signal', reason: 'interrupted by SIGINT' } as const;
    expect(outcomeOf(() => {}, end)).toEqual(end);
  });
});

describe('secrets', () => {
  it('are not in the record: neither values of -e, -H and scenario env, nor credentials in the base URL', () => {
    const secretPlan = plan({
      env: { TOKEN: 'hunter2-env' },
      target: { ...plan().target, headers: { 'x-api-key': 'hunter2-header' }, keyFile: '/home/me/hunter2.pem' },
      scenarios: plan().scenarios.map((scenario) => ({ ...scenario, env: { PASSWORD: 'hunter2-scenario' } })),
    });
    const target = { ...recordInput().target, baseUrl: 'https://me:hunter2-url@registry.example/path' };
    const record = smallRecord({ plan: secretPlan, target, workloadText: 'const password = "hunter2-source";' });
    expect(recordText(record)).not.toContain('hunter2');
    expect(record).toMatchObject({
      envNames: ['TOKEN'],
      headerNames: ['x-api-key'],
      options: { scenarios: [{ envNames: ['PASSWORD'] }] },
      target: { baseUrl: 'https://registry.example/path' },
    });
  });
});

describe('thresholds', () => {
  it.each([
    ['http_req_duration', 'p(95)<500', 'p(95)', 'ms'],
    ['http_req_failed', 'rate<0.01', 'rate', '1'],
    ['http_reqs', 'rate>10', 'rate', '1/s'],
    ['data_received', 'count>10', 'count', 'B'],
    ['data_received', 'rate>10', 'rate', 'B/s'],
    ['blob_throughput', 'avg>1000', 'avg', 'KiB/s'],
    ['layers_pulled', 'count>1', 'count', '1'],
    ['time_to_first_layer', 'avg<9', 'avg', 'ms'],
  ])('on %s: %s say their unit', (metric, expression, stat, unit) => {
    const { thresholds } = busyRecord(1, { thresholds: [threshold(metric, expression, stat, 1.5, true)] });
    expect(thresholds).toEqual([
      {
        metric,
        expression,
        aggregation: stat,
        measured: 1.5,
        limit: Number(expression.split(/[<>]/)[1]),
        unit,
        ok: true,
        builtIn: false,
        abortOnFail: false,
        window: null,
        baseline: null,
        reason: null,
      },
    ]);
  });

  it('say what their windows and their baseline made of them', () => {
    const result = {
      ...threshold('flow_duration', 'p(95)<500', 'p(95)', 812, false),
      outcome: { ok: false, value: 812, windows: { judged: 9, failed: 2, empty: 1, worstStartMs: 4000 } },
      windowMs: 3000,
      baseline: { value: 400, file: 'base.json', runId: 'r1' },
      reason: '2 of 9 windows failed',
    };
    expect(busyRecord(1, { thresholds: [result] }).thresholds).toMatchObject([
      {
        window: { lengthUs: 3_000_000, judged: 9, failed: 2, empty: 1, worstStartUs: 4_000_000 },
        baseline: { value: 400, file: 'base.json', runId: 'r1' },
        reason: '2 of 9 windows failed',
      },
    ]);
  });
});

describe('setup and teardown', () => {
  it('are apart, with rows that have no columns, and in no total', () => {
    const { setup, teardown, rows } = busyRecord(1);
    expect(setup?.durationUs).toBe(1_830_000);
    expect(sumCounters(rowsOf(setup?.rows ?? [], 'http_reqs')).count).toBe(6);
    expect(setup?.rows.some((row) => row.columns !== undefined)).toBe(false);
    expect(rowsOf(teardown?.rows ?? [], 'http_reqs', { operation: 'manifest_delete' })).toHaveLength(1);
    expect(rowsOf(rows, 'http_reqs', { operation: 'manifest_delete' })).toEqual([]);
  });

  it('are null when there was no such stage', () => {
    expect(smallRecord()).toMatchObject({ setup: null, teardown: null });
  });
});

function ownTrends(recorder: Recorder): void {
  recorder.custom(scope(), { name: 'wait', type: 'trend', contains: 'time' }, 12.5, {});
  recorder.custom(scope(), { name: 'ratio', type: 'trend', contains: 'default' }, 0.25, {});
}

function build(second: Second, load: { warmupEnd: number; loadEnd: number; end: number }, seconds = 6): RunRecord {
  const totals = totalsOf({ seconds, warmupSeconds: load.warmupEnd / 1000, second });
  return buildRecord(recordInput({ totals, load: { startedAt: 0, ...load } }));
}

function requestRate(record: RunRecord): number {
  return sumCounters(rowsOf(record.rows, 'http_reqs')).rate;
}

/** Ten requests a second, and three in the last one. */
function tenASecond(recorder: Recorder, second: number): void {
  for (let i = 0; i < (second === 5 ? 3 : 10); i += 1) recorder.exchange(scope(), exchange('ping'));
}

function outcomeOf(second: Second, end = recordInput().run.end): RunRecord['outcome'] {
  const input = recordInput({ totals: totalsOf({ seconds: 2, second }) });
  return buildRecord({ ...input, run: { ...input.run, end } }).outcome;
}
