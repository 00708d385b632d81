import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keyedRandom } from '../../src/base/index.ts';
import {
  Collector,
  type HealthSample,
  type IntervalSnapshot,
  type MergedInterval,
  packValues,
  percentiles,
  type RunTotals,
  selectRows,
  type TrendColumns,
} from '../../src/measure/index.ts';
import { latencies, randomSnapshot, series, snapshot } from './samples.ts';

const collect = (snapshots: readonly IntervalSnapshot[], options: Partial<ConstructorParameters<typeof Collector>[0]> = {}) => {
  const collector = new Collector({ slices: 1, warmupIntervals: 0, cores: 2, ...options });
  const intervals: MergedInterval[] = [];
  collector.onInterval((interval) => intervals.push(interval));
  for (const one of snapshots) collector.add(one);
  return { collector, intervals, totals: collector.finish() };
};
const requests = (index: number, value: number, more: Partial<IntervalSnapshot> = {}) =>
  snapshot(index, [series('http_reqs', { operation: 'x' }, { type: 'counter', value })], more);
/** In place of the totals themselves, whose difference would fill the screen. */
const digestOf = (totals: RunTotals) => createHash('sha1').update(JSON.stringify(totals)).digest('hex');
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);
const row = (totals: RunTotals, metric: string) => totals.rows.find((one) => one.metric === metric);
const ERROR = { stage: 'run', source: 'exchange', name: 'x', code: 'HTTP_500', count: 1, example: 'e' } as const;
const stage = (name: 'setup' | 'teardown', value: number) =>
  snapshot(-1, [series('http_reqs', {}, { type: 'counter', value }, name)], { errors: [{ ...ERROR, stage: name }] });
const duration = (operation: string, host: string, values: number[]) =>
  series('http_req_duration', { operation, host_role: host }, { type: 'trend', histogram: packValues(values) });
const near = (value: number | null | undefined, exact: number) => expect(Math.abs((value ?? 0) / exact - 1)).toBeLessThan(0.125);
const health = (more: Partial<HealthSample>): HealthSample => ({
  loopDelayP50: 100,
  loopDelayP99: 1000,
  loopDelayMax: 2000,
  loopUtilization: 0.5,
  cpuShare: 0.6,
  rss: 1e8,
  ...more,
});

describe('joining slices', () => {
  it('tells an interval once all slices have delivered it, in order', () => {
    const collector = new Collector({ slices: 2, warmupIntervals: 0 });
    const told: [number, number, number][] = [];
    collector.onInterval(({ index, vus, slices }) => told.push([index, vus, slices]));
    for (const index of [0, 1, 2]) collector.add(requests(index, 1, { slice: 1, vus: 2 }));
    expect(told).toEqual([]);
    collector.add(requests(0, 1, { slice: 0, vus: 3 }));
    collector.add(requests(1, 1, { slice: 0, vus: 3 }));
    expect(told).toEqual([
      [0, 5, 2],
      [1, 5, 2],
    ]);
  });

  it('tells an interval with all that the slices observed in it', () => {
    const collector = new Collector({ slices: 2, warmupIntervals: 0 });
    const told: unknown[] = [];
    collector.onInterval(({ index }, whole) => told.push([index, whole.index, whole.vus, whole.series.map(({ data }) => data)]));
    collector.add(requests(0, 3, { slice: 1, vus: 2 }));
    collector.add(requests(0, 4, { slice: 0, vus: 1 }));
    expect(told).toEqual([[0, 0, 3, [{ type: 'counter', value: 7 }]]]);
  });

  it('gives the same totals in whatever order slices arrive', () => {
    const random = keyedRandom('order');
    const all = upTo(9).flatMap((index) => [0, 1, 2].map((slice) => randomSnapshot(random, index, slice)));
    const inTurn = collect(all, { slices: 3 }).totals;
    const oneByOne = collect(
      [...all].sort((a, b) => b.slice - a.slice || a.index - b.index),
      { slices: 3 },
    ).totals;
    expect(oneByOne.columns).toBe(9);
    expect(digestOf(oneByOne)).toBe(digestOf(inTurn));
  });

  it('ignores a snapshot that comes twice', () => {
    const { totals } = collect([requests(0, 5), requests(1, 5), requests(1, 5), requests(0, 5)]);
    expect(row(totals, 'http_reqs')?.data).toEqual({ type: 'counter', value: 10 });
  });

  it('does not wait for a slice that has ended', () => {
    const collector = new Collector({ slices: 2, warmupIntervals: 0 });
    const told: [number, number][] = [];
    collector.onInterval(({ index, slices }) => told.push([index, slices]));
    collector.add(requests(0, 1, { slice: 0 }));
    collector.add(requests(0, 1, { slice: 1 }));
    collector.add(requests(1, 1, { slice: 0 }));
    collector.sliceEnded(1);
    collector.add(requests(2, 1, { slice: 0 }));
    expect(told).toEqual([
      [0, 2],
      [1, 1],
      [2, 1],
    ]);
  });

  it('does not wait for ever for a slice that is silent', () => {
    const collector = new Collector({ slices: 2, warmupIntervals: 0 });
    const told: number[] = [];
    collector.onInterval(({ index }) => told.push(index));
    for (const index of upTo(15)) collector.add(requests(index, 1, { slice: 0 }));
    expect(told).toEqual([0, 1, 2, 3, 4]);
    expect(row(collector.finish(), 'http_reqs')?.data).toEqual({ type: 'counter', value: 15 });
  });
});

describe('warm-up', () => {
  it('is in the columns and in no total', () => {
    const { totals, collector, intervals } = collect(
      upTo(5).map((index) => requests(index, 10, { errors: [{ ...ERROR, count: 1 }] })),
      { warmupIntervals: 2 },
    );
    expect(row(totals, 'http_reqs')).toMatchObject({ data: { value: 30 }, columns: { value: [10, 10, 10, 10, 10] } });
    expect(totals).toMatchObject({ columns: 5, warmupColumns: 2, errors: [{ count: 3 }], warmupErrors: [{ count: 2 }] });
    expect(collector.select('http_reqs', {})).toEqual({ type: 'counter', value: 30 });
    expect(intervals.map(({ warmup }) => warmup)).toEqual([true, true, false, false, false]);
  });

  it('has nothing to select while it lasts', () => {
    const { collector } = collect([requests(0, 10)], { warmupIntervals: 2 });
    expect(collector.select('http_reqs', {})).toBeUndefined();
  });
});

describe('setup and teardown', () => {
  it('are kept out of every total and shown apart', () => {
    const { totals, intervals } = collect([stage('setup', 7), requests(0, 1), stage('teardown', 2)]);
    expect(totals.setup.map(({ data }) => data)).toEqual([{ type: 'counter', value: 7 }]);
    expect(totals.teardown.map(({ data }) => data)).toEqual([{ type: 'counter', value: 2 }]);
    expect(row(totals, 'http_reqs')?.data).toEqual({ type: 'counter', value: 1 });
    expect(totals.errors.map((error) => error.stage)).toEqual(['setup', 'teardown']);
    expect(intervals).toHaveLength(1);
  });
});

describe('select', () => {
  it('merges the series that have the tags', () => {
    const { collector, totals } = collect([
      snapshot(0, [duration('a', 'registry', [1, 2]), duration('a', 'storage', [3]), duration('b', 'registry', [4])]),
      snapshot(1, [duration('a', 'registry', [5])]),
    ]);
    const count = (tags: Record<string, string>) => {
      const data = collector.select('http_req_duration', tags);
      expect(JSON.stringify(selectRows(totals.rows, 'http_req_duration', tags))).toBe(JSON.stringify(data));
      return data?.type === 'trend' ? data.histogram.count : undefined;
    };
    expect([count({}), count({ operation: 'a' }), count({ operation: 'a', host_role: 'storage' }), count({ operation: 'c' })]).toEqual([
      5,
      4,
      1,
      undefined,
    ]);
  });

  it('knows vus and vus_max', () => {
    const { collector } = collect([requests(0, 1, { vus: 5, vusMax: 8 }), requests(1, 1, { vus: 3, vusMax: 9 })]);
    expect(collector.select('vus', {})).toEqual({ type: 'gauge', value: 3, min: 3, max: 5 });
    expect(collector.select('vus_max', {})).toEqual({ type: 'gauge', value: 9, min: 8, max: 9 });
  });
});

describe('columns', () => {
  it.each([
    ['as many intervals as columns', 8, 1000, [1, 1, 1, 1, 1, 1, 1, 1]],
    ['one more', 9, 2000, [2, 2, 2, 2, 1]],
    ['twice as many', 16, 2000, [2, 2, 2, 2, 2, 2, 2, 2]],
    ['many more', 70, 16_000, [16, 16, 16, 16, 6]],
  ])('double their width when a run grows longer: %s', (_, intervals, columnWidthMs, value) => {
    const { totals } = collect(
      upTo(intervals).map((index) => requests(index, 1, { vus: index })),
      { maxColumns: 8, warmupIntervals: 5 },
    );
    expect(totals).toMatchObject({ columnWidthMs, columns: value.length, warmupColumns: Math.ceil(5 / (columnWidthMs / 1000)) });
    expect(row(totals, 'http_reqs')?.columns).toEqual({ type: 'counter', value });
    expect(totals.vus).toHaveLength(value.length);
    expect(totals.vus.at(-1)).toBe(intervals - 1);
  });

  it('say where a series was silent', () => {
    const { totals } = collect([
      snapshot(0, []),
      snapshot(1, [
        series('http_req_duration', {}, { type: 'trend', histogram: packValues([100, 200]) }),
        series('depth', {}, { type: 'gauge', value: 4, min: 1, max: 9 }),
        series('checks', {}, { type: 'rate', hits: 1, total: 3 }),
      ]),
      snapshot(3, []),
    ]);
    expect(row(totals, 'http_req_duration')?.columns).toMatchObject({
      count: [0, 2, 0, 0],
      mean: [null, 150, null, null],
      percentiles: { p50: [null, 100, null, null], max: [null, 200, null, null] },
      coarse: [null, { lo: 36 }, null, null],
    });
    expect(row(totals, 'depth')?.columns).toEqual({ type: 'gauge', value: [null, 4, null, null] });
    expect(row(totals, 'checks')?.columns).toEqual({ type: 'rate', hits: [0, 1, 0, 0], total: [0, 3, 0, 0] });
  });

  it('keep percentiles and coarse buckets of the metrics that show them only', () => {
    const trend = { type: 'trend', histogram: packValues([5]) } as const;
    const names = [
      'http_req_duration',
      'http_req_waiting',
      'http_req_sending',
      'flow_duration',
      'iteration_duration',
      'http_req_response_time',
      'flow_response_time',
      'iteration_lag',
    ];
    const { totals } = collect([
      snapshot(
        0,
        names.map((name) => series(name, {}, trend)),
      ),
    ]);
    const kept = names.map((name) => {
      const columns = row(totals, name)?.columns as TrendColumns;
      return [columns.percentiles !== undefined, columns.coarse !== undefined];
    });
    expect(kept).toEqual([
      [true, true],
      [true, false],
      [false, false],
      [true, true],
      [true, false],
      [true, true],
      [true, true],
      [true, false],
    ]);
  });

  it('give percentiles within an eighth of the true ones after doubling, and exact extremes', () => {
    const random = keyedRandom('columns');
    const seconds = upTo(40).map((index) => latencies(random, 200).map((value) => (value % 50_000) + 1000 * index));
    const { totals } = collect(
      seconds.map((values, index) => snapshot(index, [series('flow_duration', {}, { type: 'trend', histogram: packValues(values) })])),
      { maxColumns: 10 },
    );
    const columns = row(totals, 'flow_duration')?.columns as TrendColumns;
    expect(columns.count).toEqual(upTo(10).map(() => 800));
    upTo(10).forEach((column) => {
      const values = seconds.slice(4 * column, 4 * column + 4).flat();
      const [p50, p95, p99, max] = percentiles(packValues(values), [50, 95, 99, 100]) as [number, number, number, number];
      near(columns.percentiles?.p50[column], p50);
      near(columns.percentiles?.p95[column], p95);
      near(columns.percentiles?.p99[column], p99);
      expect(columns.percentiles?.max[column]).toBe(max);
    });
  });
});

describe('progress', () => {
  it('tells the counts and percentiles of one interval', () => {
    const { intervals } = collect([
      snapshot(
        0,
        [
          series('flow_failed', { flow: 'pull' }, { type: 'rate', hits: 1, total: 10 }),
          series('flow_failed', { flow: 'push' }, { type: 'rate', hits: 0, total: 2 }),
          series('http_req_failed', {}, { type: 'rate', hits: 3, total: 60 }),
          series('data_sent', {}, { type: 'counter', value: 100 }),
          series('data_received', { operation: 'a' }, { type: 'counter', value: 4000 }),
          series('data_received', { operation: 'b' }, { type: 'counter', value: 1000 }),
          series('iterations', { scenario: 'mix' }, { type: 'counter', value: 9 }),
          series('iterations', { scenario: 'tags' }, { type: 'counter', value: 2 }),
          series('dropped_iterations', { scenario: 'mix' }, { type: 'counter', value: 5 }),
          series('interrupted_iterations', { scenario: 'mix' }, { type: 'counter', value: 4 }),
          series('http_req_duration', { operation: 'a' }, { type: 'trend', histogram: packValues([10, 20, 30]) }),
          series('http_req_duration', { operation: 'b' }, { type: 'trend', histogram: packValues([40]) }),
        ],
        { vus: 4, vusMax: 6, errors: [{ ...ERROR, count: 3 }] },
      ),
      snapshot(1, []),
    ]);
    expect(intervals[0]).toEqual({
      index: 0,
      warmup: false,
      slices: 1,
      vus: 4,
      vusMax: 6,
      flows: 12,
      failedFlows: 1,
      requests: 60,
      failedRequests: 3,
      bytesSent: 100,
      bytesReceived: 5000,
      iterations: 11,
      iterationsByScenario: { mix: 9, tags: 2 },
      dropped: 5,
      interrupted: 4,
      p50: 20,
      p99: 40,
      errors: 3,
      health: undefined,
    });
    expect(intervals[1]).toMatchObject({ requests: 0, p50: undefined, p99: undefined });
  });
});

describe('health', () => {
  it('keeps the worst, and counts the intervals past a limit', () => {
    const samples = [
      health({ loopDelayMax: 9e6 }),
      health({ loopDelayP99: 30_000 }),
      health({ loopUtilization: 0.99 }),
      health({ cpuShare: 1.9 }),
    ];
    const { totals } = collect(
      samples.map((sample, index) => snapshot(index, [], { health: sample })),
      { warmupIntervals: 1 },
    );
    expect(totals.health).toMatchObject({ samples: 3, lateIntervals: 1, busyIntervals: 1, cpuBoundIntervals: 1 });
    expect(totals.health.worst).toEqual(health({ loopDelayP99: 30_000, loopUtilization: 0.99, cpuShare: 1.9 }));
    expect(totals.health.columns).toEqual(samples);
  });
});
