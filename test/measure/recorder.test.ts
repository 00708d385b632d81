import { describe, expect, it } from 'vitest';
import { createRecorder, type Exchange, type IntervalSnapshot, type Scope, type SeriesData, type Tags } from '../../src/measure/index.ts';

const scope = (more: Partial<Scope> = {}): Scope => ({ stage: 'run', scenario: 'default', flow: 'pull', group: '', tags: {}, ...more });
const exchange = (more: Partial<Exchange> = {}): Exchange => ({
  operation: 'blob_get',
  method: 'GET',
  hostRole: 'registry',
  status: 200,
  expected: true,
  errorCode: '',
  errorDetail: '',
  sizeClass: '<1MiB',
  bytesSent: 150,
  bytesReceived: 70_000,
  blocked: 900,
  connecting: 0,
  tlsHandshaking: 0,
  sending: 20,
  waiting: 3000,
  receiving: 500,
  ...more,
});
const state = { slice: 0, vus: 3, vusMax: 5 };

function find(snapshot: IntervalSnapshot, metric: string): { tags: Tags; data: SeriesData }[] {
  return snapshot.series.filter((series) => series.metric === metric).map(({ tags, data }) => ({ tags, data }));
}

describe('exchanges', () => {
  it('add to all http metrics, with all tags that are not empty', () => {
    const recorder = createRecorder();
    recorder.exchange(scope({ tags: { build: '41' } }), exchange());
    recorder.exchange(scope({ tags: { build: '41' } }), exchange({ waiting: 4000, connecting: 250 }));
    const cut = recorder.cut(4, state);
    expect(cut).toMatchObject({ slice: 0, index: 4, vus: 3, vusMax: 5, health: undefined, errors: [] });
    const tags = {
      build: '41',
      scenario: 'default',
      flow: 'pull',
      operation: 'blob_get',
      method: 'GET',
      status: '200',
      expected_response: 'true',
      host_role: 'registry',
      size_class: '<1MiB',
    };
    expect(find(cut, 'http_reqs')).toEqual([{ tags, data: { type: 'counter', value: 2 } }]);
    expect(find(cut, 'http_req_failed')).toEqual([{ tags, data: { type: 'rate', hits: 0, total: 2 } }]);
    const trend = (metric: string) =>
      find(cut, metric).map(({ data }) => data.type === 'trend' && [data.histogram.count, data.histogram.sum]);
    expect(trend('http_req_duration')).toEqual([[2, 3520 + 4520]]);
    expect(trend('http_req_blocked')).toEqual([[2, 1800]]);
    expect(trend('http_req_connecting')).toEqual([[2, 250]]);
    expect(trend('http_req_tls_handshaking')).toEqual([[2, 0]]);
    expect(trend('http_req_sending')).toEqual([[2, 40]]);
    expect(trend('http_req_waiting')).toEqual([[2, 7000]]);
    expect(trend('http_req_receiving')).toEqual([[2, 1000]]);
    expect(find(cut, 'data_sent').map(({ data }) => data)).toEqual([{ type: 'counter', value: 300 }]);
    expect(find(cut, 'data_received').map(({ data }) => data)).toEqual([{ type: 'counter', value: 140_000 }]);
  });

  it.each<[string, Partial<Exchange>]>([
    ['operation', { operation: 'blob_head' }],
    ['method', { method: 'HEAD' }],
    ['status', { status: 206 }],
    ['expectation', { expected: false }],
    ['error code', { errorCode: 'HTTP_503' }],
    ['host role', { hostRole: 'storage' }],
    ['size class', { sizeClass: '<16MiB' }],
  ])('of another %s are another series', (_, other) => {
    const recorder = createRecorder();
    recorder.exchange(scope(), exchange());
    recorder.exchange(scope(), exchange(other));
    recorder.exchange(scope(), exchange());
    const values = find(recorder.cut(0, state), 'http_reqs').map(({ data }) => data.type === 'counter' && data.value);
    expect(values).toEqual([2, 1]);
  });

  it('of equal scopes are one series, whoever made the scopes', () => {
    const recorder = createRecorder();
    recorder.exchange(scope({ tags: { a: '1', b: '2' } }), exchange());
    recorder.exchange(scope({ tags: { b: '2', a: '1' } }), exchange());
    expect(find(recorder.cut(0, state), 'http_reqs')).toHaveLength(1);
  });

  it('that failed are grouped by code, with the first example', () => {
    const recorder = createRecorder();
    const failed = { expected: false, status: 0, errorCode: 'ECONNRESET', sizeClass: '' } as const;
    recorder.exchange(scope(), exchange({ ...failed, errorDetail: 'first' }));
    recorder.exchange(scope(), exchange({ ...failed, errorDetail: 'second' }));
    const cut = recorder.cut(0, state);
    expect(cut.errors).toEqual([{ stage: 'run', source: 'exchange', name: 'blob_get', code: 'ECONNRESET', count: 2, example: 'first' }]);
    expect(find(cut, 'http_req_failed')).toMatchObject([
      { tags: { status: '0', error_code: 'ECONNRESET', expected_response: 'false' }, data: { hits: 2, total: 2 } },
    ]);
    expect(find(cut, 'http_req_failed')[0]?.tags).not.toHaveProperty('size_class');
  });
});

describe('cut', () => {
  it('leaves out series without news, and starts afresh', () => {
    const recorder = createRecorder();
    recorder.exchange(scope(), exchange());
    recorder.cut(0, state);
    expect(recorder.cut(1, state).series).toEqual([]);
    recorder.exchange(scope(), exchange());
    expect(find(recorder.cut(2, state), 'http_reqs').map(({ data }) => data)).toEqual([{ type: 'counter', value: 1 }]);
  });

  it('keeps setup and teardown apart', () => {
    const recorder = createRecorder();
    recorder.exchange(scope({ stage: 'setup' }), exchange({ errorCode: 'HTTP_500', errorDetail: 'x' }));
    recorder.exchange(scope(), exchange());
    const run = recorder.cut(0, state);
    expect(run.errors).toEqual([]);
    expect(new Set(run.series.map(({ stage }) => stage))).toEqual(new Set(['run']));
    const stages = recorder.cutStage(2);
    expect(stages).toMatchObject({ slice: 2, index: -1, errors: [{ stage: 'setup', code: 'HTTP_500' }] });
    expect(find(stages, 'http_reqs')).toHaveLength(1);
    expect(recorder.cutStage(2).series).toEqual([]);
  });

  it('gives data that can cross threads', () => {
    const recorder = createRecorder();
    recorder.exchange(scope(), exchange());
    const cut = recorder.cut(0, state);
    expect(structuredClone(cut)).toEqual(cut);
  });
});

describe('flows and iterations', () => {
  it('have durations and failures; a failed flow has a series of its own', () => {
    const recorder = createRecorder();
    recorder.flow(scope(), 5000, '', '');
    recorder.flow(scope(), 100, 'MANIFEST_UNKNOWN', 'no such tag');
    const cut = recorder.cut(0, state);
    expect(find(cut, 'flow_duration')).toMatchObject([
      { tags: { scenario: 'default', flow: 'pull' }, data: { histogram: { count: 1, sum: 5000 } } },
      { tags: { flow: 'pull', error_code: 'MANIFEST_UNKNOWN' }, data: { histogram: { count: 1 } } },
    ]);
    expect(find(cut, 'flow_failed')).toMatchObject([{ data: { type: 'rate', hits: 1, total: 2 } }]);
    expect(cut.errors).toEqual([
      { stage: 'run', source: 'flow', name: 'pull', code: 'MANIFEST_UNKNOWN', count: 1, example: 'no such tag' },
    ]);
  });

  it('in an open executor have a response time beside the service time: the lag of their iteration and it', () => {
    const recorder = createRecorder();
    const sums = (metric: string) =>
      find(cut, metric).map(({ tags, data }) => [tags, data.type === 'trend' && [data.histogram.count, data.histogram.sum]]);
    recorder.lag(scope({ flow: '' }), 250_000);
    recorder.exchange(scope(), exchange(), 250_000);
    recorder.exchange(scope(), exchange({ waiting: 4000 }), 0);
    recorder.flow(scope(), 9_000, '', '', 250_000);
    recorder.flow(scope(), 5_000, 'HTTP_503', 'refused', 1_000);
    const cut = recorder.cut(0, state);
    expect(sums('iteration_lag')).toEqual([[{ scenario: 'default' }, [1, 250_000]]]);
    const service = sums('http_req_duration');
    expect(service).toMatchObject([[{ operation: 'blob_get' }, [2, 3520 + 4520]]]);
    expect(sums('http_req_response_time')).toEqual([[service[0]?.[0], [2, 3520 + 4520 + 250_000]]]);
    expect(sums('flow_response_time')).toEqual([
      [{ scenario: 'default', flow: 'pull' }, [1, 259_000]],
      [{ scenario: 'default', flow: 'pull', error_code: 'HTTP_503' }, [1, 6_000]],
    ]);
  });

  it('in a closed executor have no response time, and no series for one', () => {
    const recorder = createRecorder();
    recorder.exchange(scope(), exchange());
    recorder.flow(scope(), 9_000, '', '');
    const metrics = recorder.cut(0, state).series.map(({ metric }) => metric);
    expect(metrics.filter((metric) => metric.includes('response_time') || metric.includes('lag'))).toEqual([]);
  });

  it('that were interrupted count as nothing else', () => {
    const recorder = createRecorder();
    const of = scope({ flow: '' });
    recorder.iteration(of, 10, 'complete');
    recorder.iteration(of, 20, 'failed');
    recorder.iteration(of, 99, 'interrupted');
    const cut = recorder.cut(0, state);
    expect(find(cut, 'iterations')).toEqual([{ tags: { scenario: 'default' }, data: { type: 'counter', value: 2 } }]);
    expect(find(cut, 'iteration_duration')).toMatchObject([{ data: { histogram: { count: 2, sum: 30 } } }]);
    expect(find(cut, 'iteration_failed')).toMatchObject([{ data: { hits: 1, total: 2 } }]);
    expect(find(cut, 'interrupted_iterations')).toMatchObject([{ data: { value: 1 } }]);
  });

  it('that threw are errors of their scenario', () => {
    const recorder = createRecorder();
    recorder.exception(scope(), 'TypeError', 'x is not a function');
    expect(recorder.cut(0, state).errors).toMatchObject([{ source: 'iteration', name: 'default', code: 'TypeError' }]);
  });
});

describe('what scenarios measure themselves', () => {
  it('checks have a tag of their name, and the tags given', () => {
    const recorder = createRecorder();
    recorder.check(scope({ group: '::login' }), 'has layers', true, {});
    recorder.check(scope({ group: '::login' }), 'has layers', false, {});
    recorder.check(scope({ group: '::login' }), 'has layers', true, { arch: 'arm64' });
    expect(find(recorder.cut(0, state), 'checks')).toEqual([
      { tags: { scenario: 'default', flow: 'pull', group: '::login', check: 'has layers' }, data: { type: 'rate', hits: 1, total: 2 } },
      {
        tags: { scenario: 'default', flow: 'pull', group: '::login', check: 'has layers', arch: 'arm64' },
        data: { type: 'rate', hits: 1, total: 1 },
      },
    ]);
  });

  it('trends are stored as whole numbers: times in µs, plain values in thousandths, bytes as they are', () => {
    const recorder = createRecorder();
    recorder.custom(scope(), { name: 'login', type: 'trend', contains: 'time' }, 1.25, {});
    recorder.custom(scope(), { name: 'layers', type: 'trend', contains: 'default' }, 3.5, {});
    recorder.custom(scope(), { name: 'size', type: 'trend', contains: 'data' }, 4096, {});
    const cut = recorder.cut(0, state);
    expect(['login', 'layers', 'size'].map((name) => find(cut, name)[0]?.data)).toMatchObject([
      { histogram: { sum: 1250 } },
      { histogram: { sum: 3500 } },
      { histogram: { sum: 4096 } },
    ]);
  });

  it('counters add, gauges keep the last, rates count what is not zero', () => {
    const recorder = createRecorder();
    for (const value of [3, 0, 2]) {
      recorder.custom(scope(), { name: 'c', type: 'counter', contains: 'default' }, value, {});
      recorder.custom(scope(), { name: 'g', type: 'gauge', contains: 'default' }, value, {});
      recorder.custom(scope(), { name: 'r', type: 'rate', contains: 'default' }, value, {});
    }
    const cut = recorder.cut(0, state);
    expect(['c', 'g', 'r'].map((name) => find(cut, name)[0]?.data)).toEqual([
      { type: 'counter', value: 5 },
      { type: 'gauge', value: 2, min: 0, max: 3 },
      { type: 'rate', hits: 2, total: 3 },
    ]);
  });

  it('a value that is no number is an error of the scenario', () => {
    const recorder = createRecorder();
    recorder.custom(scope(), { name: 't', type: 'trend', contains: 'default' }, Number.NaN, {});
    const cut = recorder.cut(0, state);
    expect(cut.series).toEqual([]);
    expect(cut.errors).toMatchObject([{ code: 'INVALID_VALUE', example: 'the trend t was given NaN' }]);
  });

  it('a metric with the name of another type is an error of the scenario', () => {
    const recorder = createRecorder();
    recorder.custom(scope(), { name: 'x', type: 'counter', contains: 'default' }, 1, {});
    recorder.custom(scope(), { name: 'x', type: 'trend', contains: 'default' }, 1, {});
    expect(recorder.cut(0, state).errors).toMatchObject([{ code: 'INVALID_METRIC' }]);
  });

  it('tags without end are left out before they take all memory', () => {
    const recorder = createRecorder();
    for (let i = 0; i < 10_010; i += 1) {
      recorder.custom(scope(), { name: 'x', type: 'counter', contains: 'default' }, 1, { digest: String(i) });
    }
    const cut = recorder.cut(0, state);
    expect(cut.series.length).toBeLessThan(10_005);
    expect(cut.errors).toMatchObject([{ code: 'TOO_MANY_SERIES', count: 10 }]);
  });

  it('codes of failures without end are one before they take all memory', () => {
    const recorder = createRecorder();
    for (let i = 0; i < 11_000; i += 1) {
      recorder.flow(scope(), 5, `CODE_${i}`, '', 5);
      recorder.exchange(scope(), exchange({ errorCode: `CODE_${i}` }));
    }
    recorder.flow(scope({ flow: 'late' }), 5, '', '');
    const { series } = recorder.cut(0, state);
    expect(series.length).toBeLessThan(10_100);
    const other = (metric: string) => series.find((one) => one.metric === metric && one.tags['error_code'] === 'other');
    for (const metric of ['flow_duration', 'flow_response_time', 'http_reqs']) expect(other(metric)).toBeDefined();
    expect(series.find((one) => one.metric === 'flow_duration' && one.tags['flow'] === 'late')?.tags).not.toHaveProperty('error_code');
  });

  it('throughput and counters of flows are their own metrics', () => {
    const recorder = createRecorder();
    recorder.blobThroughput(scope(), 'blob_get', 51_200.4);
    recorder.count(scope(), 'retries', 2);
    recorder.group(scope({ group: '::a' }), 700);
    const cut = recorder.cut(0, state);
    expect(find(cut, 'blob_throughput')).toMatchObject([{ tags: { operation: 'blob_get' }, data: { histogram: { sum: 51_200 } } }]);
    expect(find(cut, 'retries')).toMatchObject([{ data: { value: 2 } }]);
    expect(find(cut, 'group_duration')).toMatchObject([{ tags: { group: '::a' }, data: { histogram: { sum: 700 } } }]);
  });

  it('errors have a bounded number of groups', () => {
    const recorder = createRecorder();
    for (let i = 0; i < 300; i += 1) recorder.exception(scope(), `CODE_${i}`, 'x');
    const { errors } = recorder.cut(0, state);
    expect(errors).toHaveLength(201);
    expect(errors.at(-1)).toMatchObject({ code: 'OTHER', count: 100 });
  });
});
