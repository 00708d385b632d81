import { parse } from 'csv-parse/sync';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { IntervalSnapshot, SeriesData, Tags } from '../../src/measure/index.ts';
import { METRICS, seriesKey, storedScale } from '../../src/measure/index.ts';
import { openOutputs } from '../../src/output/index.ts';
import type { OutputThreshold } from '../../src/output/output.ts';
import { exchange, scope } from '../support/records.ts';
import { keptLog } from '../support/log.ts';
import { tmpFolder } from '../support/tmp.ts';
import { observeAll, tappedRecorder } from './observe.ts';

const GAUGES = new Set(['queue', 'vus', 'vus_max']);
/** Gauges, and counters, which do not know how often they were added to. */
const UNCOUNTED = new Set([...GAUGES, ...Object.entries(METRICS).flatMap(([name, { type }]) => (type === 'counter' ? [name] : []))]);

const AT = Date.UTC(2026, 10, 24, 13, 15, 0, 123);

interface Point {
  readonly metric: string;
  readonly value: number;
  readonly tags: Tags;
}

/** Two intervals with everything in them, the first a warm-up; and what setup and teardown saw. */
async function stream(out: readonly string[], thresholds: readonly OutputThreshold[] = []): Promise<IntervalSnapshot> {
  const outputs = await openOutputs(out, { log: keptLog(), thresholds, warmupIntervals: 1, now: () => AT });
  const { recorder, cut } = tappedRecorder(outputs.tap);
  outputs.begin();
  observeAll(recorder, { stage: 'setup' });
  observeAll(recorder);
  observeAll(recorder);
  outputs.onInterval(cut(0));
  observeAll(recorder);
  recorder.exchange(scope({ flow: 'push' }), exchange('blob_get'));
  const measured = cut(1);
  outputs.onInterval(measured);
  outputs.loadEnded();
  observeAll(recorder, { stage: 'teardown' });
  observeAll(recorder); // what was cut off comes to itself during teardown, and counts nowhere
  expect(await outputs.end()).toEqual([]);
  await outputs.close(false, new AbortController().signal);
  return measured;
}

/** What a series comes to: the number of samples of a rate or a trend, and their sum (of a gauge, the last one). */
interface Come {
  readonly count?: number;
  readonly sum: number;
}

/** Thousandths of what people see are as fine as histograms are. */
const rounded = (value: number) => Math.round(value * 1000) / 1000;

/** Series to what its points come to. */
function sums(points: readonly Point[]): Map<string, Come> {
  const found = new Map<string, Come>();
  for (const { metric, value, tags } of points) {
    const key = seriesKey('run', metric, tags);
    const { count = 0, sum } = found.get(key) ?? { sum: 0 };
    const now = { count: count + 1, sum: rounded(sum + value) };
    found.set(key, UNCOUNTED.has(metric) ? { sum: GAUGES.has(metric) ? value : now.sum } : now);
  }
  return found;
}

/** The same of what the recorder cut. */
function recorded({ series, vus, vusMax }: IntervalSnapshot): Map<string, Come> {
  const come = (data: SeriesData, scale: number): Come => {
    switch (data.type) {
      case 'counter':
        return { sum: data.value };
      case 'gauge':
        return { sum: data.value };
      case 'rate':
        return { count: data.total, sum: data.hits };
      case 'trend':
        return { count: data.histogram.count, sum: rounded(data.histogram.sum / scale) };
    }
  };
  const all = series.map(({ metric, contains, tags, data }): [string, Come] => [
    seriesKey('run', metric, tags),
    come(data, storedScale(metric, data.type, contains)),
  ]);
  return new Map([...all, [seriesKey('run', 'vus', {}), { sum: vus }], [seriesKey('run', 'vus_max', {}), { sum: vusMax }]]);
}

const counted = (points: readonly Point[]) => sums(points.filter(({ tags }) => tags['run_stage'] === undefined));
const sorted = <T>(map: ReadonlyMap<string, T>) => Object.fromEntries([...map].toSorted(([a], [b]) => (a < b ? -1 : 1)));
const stages = (points: readonly Point[]) => {
  const reqs = points.filter(({ metric }) => metric === 'http_reqs').map(({ tags }) => tags['run_stage'] ?? 'measured');
  return Object.fromEntries([...new Set(reqs)].map((stage) => [stage, reqs.filter((one) => one === stage).length]));
};

describe('json', () => {
  it("writes k6's lines: each metric once and before its points, each sample with its time and tags", async () => {
    const path = join(tmpFolder(), 'p.json');
    const thresholds = [
      { metric: 'http_req_duration', expression: 'p(95)<500', abortOnFail: false },
      { metric: 'http_req_duration', expression: 'p(99)<900', abortOnFail: true },
      { metric: 'http_req_duration{operation:blob_get}', expression: 'p(95)<300', abortOnFail: false },
      { metric: 'http_req_failed', expression: 'rate<0.1', abortOnFail: false },
    ];
    await stream([`json=${path}`], thresholds);
    const lines = readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; metric: string });
    const metrics = lines.filter(({ type }) => type === 'Metric');
    expect(new Set(metrics.map(({ metric }) => metric)).size).toBe(metrics.length);
    for (const { metric } of metrics) {
      expect(lines.findIndex((line) => line.metric === metric)).toBe(
        lines.findIndex((line) => line.metric === metric && line.type === 'Metric'),
      );
    }
    expect(new Set(lines.map(({ metric }) => metric))).toEqual(new Set(metrics.map(({ metric }) => metric)));
    expect(metrics.find(({ metric }) => metric === 'http_req_duration')).toEqual({
      type: 'Metric',
      metric: 'http_req_duration',
      data: {
        name: 'http_req_duration',
        type: 'trend',
        contains: 'time',
        thresholds: ['p(95)<500', { threshold: 'p(99)<900', abortOnFail: true }],
        submetrics: [{ name: 'http_req_duration{operation:blob_get}', suffix: 'operation:blob_get', tags: { operation: 'blob_get' } }],
      },
    });
    expect(metrics.find(({ metric }) => metric === 'data_sent')).toMatchObject({
      data: { type: 'counter', contains: 'data', thresholds: [], submetrics: null },
    });
    expect(lines).toContainEqual({
      type: 'Point',
      metric: 'http_req_duration',
      data: {
        time: '2026-11-24T13:15:00.123Z',
        value: 1.34,
        tags: {
          scenario: 'default',
          flow: 'push',
          operation: 'blob_get',
          host_role: 'registry',
          method: 'GET',
          status: '200',
          expected_response: 'true',
        },
      },
    });
  });

  it('writes points that add up, series by series, to what was recorded; others are marked as of another stage', async () => {
    const path = join(tmpFolder(), 'p.json.gz');
    const measured = await stream([`json=${path}`]);
    const lines = gunzipSync(readFileSync(path))
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; metric: string; data: Point });
    const points = lines.filter(({ type }) => type === 'Point').map(({ metric, data }) => ({ ...data, metric }));
    expect(sorted(counted(points))).toEqual(sorted(recorded(measured)));
    expect(stages(points)).toEqual({ setup: 3, warmup: 6, measured: 4, teardown: 3 });
  });
});

describe('csv', () => {
  it("has k6's columns, and the user's tags in extra_tags; rows add up to what was recorded", async () => {
    const path = join(tmpFolder(), 'p.csv');
    const measured = await stream([`csv=${path}`]);
    const text = readFileSync(path, 'utf8');
    expect(text.split('\n')[0]).toBe(
      'metric_name,timestamp,metric_value,check,error_code,expected_response,flow,group,host_role,method,operation,run_stage,scenario,size_class,status,extra_tags',
    );
    const rows = parse(text, { columns: true }) as Record<string, string>[];
    expect(new Set(rows.map((row) => row['timestamp']))).toEqual(new Set(['1795526100.123']));
    const points = rows.map(({ metric_name: metric = '', metric_value: value, extra_tags: extra, ...columns }) => ({
      metric,
      value: Number(value),
      tags: Object.fromEntries([
        ...Object.entries(columns).filter(([name, cell]) => name !== 'timestamp' && cell !== ''),
        ...new URLSearchParams(extra),
      ]),
    }));
    expect(sorted(counted(points))).toEqual(sorted(recorded(measured)));
    expect(stages(points)).toEqual({ setup: 3, warmup: 6, measured: 4, teardown: 3 });
  });
});

it('several outputs get the same points', async () => {
  const folder = tmpFolder();
  await stream(['a.json', 'b.json'].map((name) => `json=${join(folder, name)}`));
  expect(readFileSync(join(folder, 'a.json'), 'utf8')).toBe(readFileSync(join(folder, 'b.json'), 'utf8'));
});

it('a recorder that nobody taps records the same', async () => {
  const plain = tappedRecorder(undefined);
  const tapped = tappedRecorder(() => () => {});
  for (const { recorder } of [plain, tapped]) observeAll(recorder);
  expect(tapped.cut(0)).toEqual(plain.cut(0));
});

it('an output that wants no points leaves the recorder alone', async () => {
  const outputs = await openOutputs(['prometheus=0'], { log: keptLog(), thresholds: [], warmupIntervals: 0 });
  expect(outputs.tap).toBeUndefined();
  await outputs.close(false, new AbortController().signal);
});
