import { keyedRandom, type Random } from '../../src/base/index.ts';
import { CLIENTS } from '../../src/flow/index.ts';
import { DEFAULT_TIMEOUTS } from '../../src/http/index.ts';
import {
  Collector,
  createRecorder,
  type CustomMetric,
  type Exchange,
  type HealthSample,
  parseThreshold,
  settleThreshold,
  type Recorder,
  type RunTotals,
  type Scope,
  sizeClassOf,
} from '../../src/measure/index.ts';
import { buildRecord, type RecordInput, type RunRecord, type ThresholdResult } from '../../src/record/index.ts';
import type { RunPlan } from '../../src/plan/index.ts';

/** Builders for small records: made of observations, through recorder, collector and `buildRecord`, as a real run's is. */

/** The whole of a scope; fields that are not given are empty. */
export function scope(fields: Partial<Scope> = {}): Scope {
  return { stage: 'run', scenario: 'default', flow: '', group: '', tags: {}, ...fields };
}

/** An exchange that went well; `waiting` and the like are µs. */
export function exchange(operation: string, fields: Partial<Exchange> = {}): Exchange {
  return {
    operation,
    method: 'GET',
    hostRole: 'registry',
    status: 200,
    expected: true,
    errorCode: '',
    errorDetail: '',
    sizeClass: '',
    blocked: 20,
    connecting: 0,
    tlsHandshaking: 0,
    sending: 40,
    waiting: 1_000,
    receiving: 300,
    bytesSent: 250,
    bytesReceived: 1_200,
    ...fields,
  };
}

/** A sample of a generator at ease. */
const CALM: HealthSample = {
  loopDelayP50: 90,
  loopDelayP99: 1_850,
  loopDelayMax: 4_200,
  loopUtilization: 0.42,
  cpuShare: 0.46,
  rss: 147 * 1024 * 1024,
};

/** What one slice does during one second. `part` tells how many slices share the work, and which this is. */
export type Second = (recorder: Recorder, second: number, part: { readonly slice: number; readonly slices: number }) => void;

/** What a load of `seconds` seconds observed, cut second by second and joined. */
export interface LoadOptions {
  readonly slices?: number;
  readonly seconds: number;
  readonly warmupSeconds?: number;
  readonly vus?: number;
  readonly health?: HealthSample | undefined;
  readonly second?: Second;
  /** What setup and teardown observe; on the first slice only. */
  readonly stages?: (recorder: Recorder) => void;
  readonly maxColumns?: number;
}

/** Observations as totals, through `slices` recorders and one collector. */
export function totalsOf(options: LoadOptions): RunTotals {
  const { slices = 1, seconds, warmupSeconds = 0, vus = 4, second, stages } = options;
  const health = 'health' in options ? options.health : CALM;
  const collector = new Collector({
    slices,
    warmupIntervals: warmupSeconds,
    cores: 2,
    ...(options.maxColumns === undefined ? {} : { maxColumns: options.maxColumns }),
  });
  const recorders = Array.from({ length: slices }, () => createRecorder());
  recorders.forEach((recorder, slice) => {
    if (slice === 0) stages?.(recorder);
    collector.add(recorder.cutStage(slice));
  });
  for (let index = 0; index < seconds; index += 1) {
    recorders.forEach((recorder, slice) => {
      second?.(recorder, index, { slice, slices });
      collector.add(recorder.cut(index, { slice, vus: vus / slices, vusMax: vus / slices, health }));
    });
  }
  for (let slice = 0; slice < slices; slice += 1) collector.sliceEnded(slice);
  return collector.finish();
}

/** A plan with every field; `constant-vus` for a minute unless told otherwise. */
export function plan(fields: Partial<RunPlan> = {}): RunPlan {
  return {
    name: 'pull-heavy',
    scenarioPath: 'scenarios/pull-heavy.ts',
    seed: 1,
    verify: 'full',
    repoPrefix: 'loadreg',
    client: 'plain',
    retries: CLIENTS.plain.retry,
    timeouts: DEFAULT_TIMEOUTS,
    layerConcurrency: 3,
    push: { layerConcurrency: 3, mode: 'monolithic', chunkSize: 5_242_880, mountFrom: undefined },
    cache: 'none',
    target: {
      registry: 'http://127.0.0.1:5000',
      insecureSkipTlsVerify: false,
      caFile: undefined,
      certFile: undefined,
      keyFile: undefined,
      headers: {},
      userAgent: 'loadreg/0.1.0',
      restoreBasePath: false,
      connections: 'per-vu',
      noConnectionReuse: false,
      noVUConnectionReuse: false,
    },
    scenarios: [
      {
        name: 'default',
        exec: 'default',
        executor: { executor: 'constant-vus', vus: 4, durationMs: 60_000, warmupMs: 0, gracefulStopMs: 30_000 },
        startTimeMs: 0,
        env: {},
        tags: {},
      },
    ],
    thresholds: [],
    disabledThresholds: [],
    baseline: undefined,
    warmupMs: 0,
    minIterationMs: 0,
    setupTimeoutMs: 900_000,
    teardownTimeoutMs: 900_000,
    noSetup: false,
    noTeardown: false,
    noThresholds: false,
    env: {},
    tags: {},
    labels: {},
    envLabel: undefined,
    cleanup: false,
    maxWrite: 20 * 1024 ** 3,
    summaryTrendStats: ['avg', 'min', 'med', 'p(90)', 'p(95)', 'p(99)', 'max'],
    strict: false,
    noTrialPush: false,
    publicRegistryIsMine: false,
    ...fields,
  };
}

/** Start of the load in every record made here. */
const STARTED_AT = Date.UTC(2026, 10, 24, 13, 0, 0);

/** Input for a record; the load is the minute that `totals` is about, without ramp-down, unless told otherwise. */
export function recordInput(fields: Partial<RecordInput> = {}): RecordInput {
  const totals = fields.totals ?? totalsOf({ seconds: 0 });
  const seconds = (totals.columns * totals.columnWidthMs) / 1000;
  return {
    run: {
      id: '20261124-130000-k3x9',
      startedAt: STARTED_AT - 2_000,
      endedAt: STARTED_AT + seconds * 1000 + 500,
      end: { state: 'finished' },
    },
    toolVersion: '0.1.0',
    plan: plan(),
    workloadText: 'export default function () {}',
    load: { startedAt: STARTED_AT, warmupEnd: 0, loadEnd: seconds * 1000, end: seconds * 1000 },
    target: {
      baseUrl: 'http://127.0.0.1:5000',
      embedded: false,
      server: null,
      apiVersion: 'registry/2.0',
      protocol: 'HTTP/1.1',
      tls: null,
      auth: 'none',
      redirectHosts: [],
      pushAllowed: true,
      deleteAllowed: null,
      clockOffsetUs: 0,
    },
    environment: {
      cpuModel: 'Example CPU @ 2.40GHz',
      cores: 2,
      memoryBytes: 8 * 1024 ** 3,
      platform: 'linux x64',
      kernel: '6.1.0',
      nodeVersion: 'v20.20.2',
      label: null,
    },
    slices: [{ index: 0, host: 'in-process', agent: null, state: 'finished', reason: null, intervals: seconds }],
    totals,
    setupMs: undefined,
    teardownMs: undefined,
    thresholds: [],
    ...fields,
  };
}

/** A record of a load in which one pull a second went well. */
export function smallRecord(fields: Partial<RecordInput> = {}): RunRecord {
  return buildRecord(recordInput({ totals: fields.totals ?? totalsOf({ seconds: 3, second: onePull }), ...fields }));
}

/** One pull of three requests, in the first slice only. */
export function onePull(recorder: Recorder, _second: number, { slice }: { slice: number }): void {
  if (slice > 0) return;
  const inFlow = scope({ flow: 'pull' });
  recorder.exchange(inFlow, exchange('manifest_get'));
  recorder.exchange(inFlow, exchange('blob_get', { sizeClass: '<64KiB', waiting: 2_000 }));
  recorder.exchange(inFlow, exchange('blob_get', { sizeClass: '<16MiB', waiting: 4_000, receiving: 20_000 }));
  recorder.flow(inFlow, 30_000, '', '');
  recorder.iteration(scope(), 30_500, 'complete');
}

const FIRST_LAYER: CustomMetric = { name: 'time_to_first_layer', type: 'trend', contains: 'time' };
const LAYERS: CustomMetric = { name: 'layers_pulled', type: 'counter', contains: 'default' };

/** Iterations of each second of {@link busySecond}, over all slices. */
export const BUSY_ITERATIONS = 20;

/**
 * A second of a busy load: pulls and some pushes, with a redirect to storage and, from time to time, a failure. Iteration i is done by
 * slice i mod n, as in a run, so that any number of slices observes the same things.
 */
const busySecond: Second = (recorder, second, { slice, slices }) => {
  for (let i = slice; i < BUSY_ITERATIONS; i += slices) {
    const random = keyedRandom('busy', second, i);
    if (i % 5 === 4) busyPush(recorder, random);
    else busyPull(recorder, random, second === 7 && i === 3);
  }
};

function busyPull(recorder: Recorder, random: Random, fails: boolean): void {
  const flow = scope({ flow: 'pull' });
  const us = (least: number, spread: number) => Math.round(least + spread * random.next() ** 4);
  const first = random.chance(0.02);
  if (first) recorder.count(scope(), 'connections_opened', 1);
  recorder.exchange(
    flow,
    exchange('manifest_head', {
      method: 'HEAD',
      waiting: us(600, 9_000),
      receiving: 8,
      ...(first ? { blocked: 420, connecting: 390 } : {}),
    }),
  );
  recorder.exchange(flow, exchange('manifest_get', { waiting: us(700, 9_000), receiving: us(30, 400) }));
  if (fails) {
    const failure = {
      status: 503,
      expected: false,
      errorCode: 'HTTP_503',
      errorDetail: 'GET /v2/loadreg/…/blobs/sha256:… answered 503 Service Unavailable',
    };
    recorder.exchange(flow, exchange('blob_get', { ...failure, sizeClass: '<64KiB', waiting: 300 }));
    recorder.flow(flow, us(3_000, 10_000), 'HTTP_503', 'blob_get: answered 503 Service Unavailable');
    recorder.iteration(scope(), us(3_000, 10_000), 'failed');
    recorder.check(scope(), 'has layers', false, {});
    return;
  }
  for (const bytes of [4_096, 262_144, 10_485_760]) {
    const sizeClass = sizeClassOf(bytes);
    if (bytes > 1_048_576) {
      recorder.exchange(flow, exchange('blob_get', { status: 307, sizeClass, waiting: us(500, 4_000), receiving: 5 }));
      const receiving = us(18_000, 60_000);
      recorder.exchange(
        flow,
        exchange('blob_get', { hostRole: 'storage', sizeClass, waiting: us(1_500, 12_000), receiving, bytesReceived: bytes + 300 }),
      );
      recorder.blobThroughput(flow, 'blob_get', bytes / 1024 / (receiving / 1_000_000));
    } else {
      recorder.exchange(
        flow,
        exchange('blob_get', { sizeClass, waiting: us(900, 9_000), receiving: us(50, 2_000), bytesReceived: bytes + 300 }),
      );
    }
  }
  recorder.custom(scope(), FIRST_LAYER, us(4_000, 20_000) / 1000, {});
  recorder.custom(scope(), LAYERS, 3, {});
  const duration = us(28_000, 110_000);
  recorder.flow(flow, duration, '', '');
  recorder.iteration(scope(), duration + 90, 'complete');
  recorder.check(scope(), 'has layers', true, {});
}

function busyPush(recorder: Recorder, random: Random): void {
  const flow = scope({ flow: 'push' });
  const us = (least: number, spread: number) => Math.round(least + spread * random.next() ** 4);
  const bytes = 262_144;
  recorder.exchange(flow, exchange('blob_head', { method: 'HEAD', status: 404, waiting: us(500, 4_000), receiving: 6 }));
  recorder.exchange(flow, exchange('upload_start', { method: 'POST', status: 202, waiting: us(2_000, 9_000), receiving: 7 }));
  recorder.exchange(
    flow,
    exchange('upload_put', {
      method: 'PUT',
      status: 201,
      sizeClass: sizeClassOf(bytes),
      sending: us(900, 4_000),
      waiting: us(5_000, 30_000),
      receiving: 9,
      bytesSent: bytes + 320,
    }),
  );
  recorder.exchange(
    flow,
    exchange('manifest_put', { method: 'PUT', status: 201, waiting: us(3_000, 12_000), receiving: 9, bytesSent: 1_100 }),
  );
  const duration = us(15_000, 50_000);
  recorder.flow(flow, duration, '', '');
  recorder.iteration(scope(), duration + 70, 'complete');
}

/** What setup and teardown of the busy load do. */
function busyStages(recorder: Recorder): void {
  const [setup, teardown] = [scope({ stage: 'setup', scenario: '' }), scope({ stage: 'teardown', scenario: '' })];
  for (let i = 0; i < 6; i += 1) {
    recorder.exchange(setup, exchange('upload_put', { method: 'PUT', status: 201, sizeClass: '<16MiB', bytesSent: 10_485_760 }));
  }
  recorder.exchange(teardown, exchange('manifest_delete', { method: 'DELETE', status: 202 }));
}

/** Nothing in the last second: the ramp-down. */
const twentyBusySeconds: Second = (recorder, second, part) => second < 20 && busySecond(recorder, second, part);
const busyTotals = new Map<number, RunTotals>();

/** A load of 20 seconds, the first 4 of them warm-up, by one slice or several; everything else about it is the same. */
export function busyRecord(slices: number, fields: Partial<RecordInput> = {}): RunRecord {
  const totals =
    busyTotals.get(slices) ?? totalsOf({ slices, seconds: 21, warmupSeconds: 4, second: twentyBusySeconds, stages: busyStages });
  busyTotals.set(slices, totals); // observing takes most of the time of the tests that use it
  return buildRecord(
    recordInput({
      totals,
      plan: plan({
        labels: { build: '42' },
        warmupMs: 4_000,
        scenarios: plan().scenarios.map((scenario) => ({
          ...scenario,
          executor: { executor: 'constant-vus', vus: 4, durationMs: 16_000, warmupMs: 4_000, gracefulStopMs: 30_000 },
        })),
      }),
      load: { startedAt: STARTED_AT, warmupEnd: 4_000, loadEnd: 20_000, end: 20_400 },
      setupMs: 1_830,
      teardownMs: 40,
      thresholds: [
        threshold('flow_duration{flow:pull}', 'p(95)<100', 'p(95)', 87.4, true),
        threshold('flow_duration{flow:pull}', 'p(99)<100', 'p(99)', 121.3, false),
        threshold('http_req_failed', 'rate<0.01', 'rate', 0.0007, true),
        { ...threshold('digest_mismatches', 'count==0', 'count', 0, true), builtIn: true },
      ],
      ...fields,
    }),
  );
}

/** A result with the value that a test wants. */
export function threshold(metric: string, expression: string, stat: string, value: number | undefined, ok: boolean): ThresholdResult {
  const { threshold: parsed } = parseThreshold(metric, expression, 'thresholds', [FIRST_LAYER, LAYERS]);
  if (parsed === undefined || parsed.stat !== stat) throw new Error(`not a threshold: ${metric} ${expression}`);
  const settled = settleThreshold(parsed, undefined);
  return {
    metric,
    expression,
    parsed: settled,
    outcome: { ok, value },
    abortOnFail: false,
    builtIn: false,
    windowMs: undefined,
    baseline: undefined,
    reason: value === undefined ? 'never got a sample' : undefined,
  };
}
