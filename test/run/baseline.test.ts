import { describe, expect, it } from 'vitest';
import { InvalidConfigError } from '../../src/base/index.ts';
import { mergeTrends, readEnvironment, rowsOf, type RunRecord, sumCounters, sumRates } from '../../src/record/index.ts';
import type { ThresholdPlan } from '../../src/plan/index.ts';
import { needsBaseline, resolveBaseline } from '../../src/run/baseline.ts';
import { busyRecord, plan, smallRecord } from '../support/records.ts';

const CUSTOM = [
  { name: 'time_to_first_layer', type: 'trend', contains: 'time' },
  { name: 'layers_pulled', type: 'counter', contains: 'default' },
] as const;
const TEXT = 'export default function () {}';

function threshold(metric: string, expression: string): ThresholdPlan {
  return { metric, expression, abortOnFail: false, delayAbortEvalMs: 0, windowMs: undefined };
}

function resolve(record: RunRecord, thresholds: readonly ThresholdPlan[], fields: Parameters<typeof plan>[0] = {}) {
  return resolveBaseline(record, { plan: plan({ thresholds, ...fields }), custom: CUSTOM, workloadText: TEXT, file: 'base.json' });
}

describe('the value of a baseline', () => {
  const record = busyRecord(1);
  const gets = mergeTrends(rowsOf(record.rows, 'http_req_duration', { operation: 'blob_get' }));

  it.each<[string, string, string, number | undefined]>([
    ['a percentile, in ms', 'http_req_duration{operation:blob_get}', 'p(99)<=baseline*1.05', (gets.percentile(99) as number) / 1000],
    ['a percentile that no row has', 'http_req_duration{operation:blob_get}', 'p(42)<baseline', (gets.percentile(42) as number) / 1000],
    ['a mean, in ms', 'http_req_duration{operation:blob_get}', 'avg<=baseline', (gets.avg as number) / 1000],
    ['a share', 'http_req_failed', 'rate<baseline+0.01', shareOf(sumRates(rowsOf(record.rows, 'http_req_failed')))],
    ['a count', 'http_reqs', 'count>=baseline', sumCounters(rowsOf(record.rows, 'http_reqs')).count],
    ['a rate per second', 'http_reqs', 'rate>=baseline*0.9', sumCounters(rowsOf(record.rows, 'http_reqs')).rate],
    ['KiB/s', 'blob_throughput', 'p(5)>baseline', mergeTrends(rowsOf(record.rows, 'blob_throughput')).percentile(5)],
    ['a gauge', 'vus', 'value==baseline', 4],
    ['a metric of the scenario', 'layers_pulled', 'rate>baseline', sumCounters(rowsOf(record.rows, 'layers_pulled')).rate],
    ['a counter that never counted as 0', 'retries', 'count<=baseline', 0],
  ])('is %s', (_, metric, expression, value) => {
    const [found] = resolve(record, [threshold(metric, expression)]).values;
    expect(found).toBeCloseTo(value as number, 6);
  });

  it('has the place of its threshold, its file and its run', () => {
    const thresholds = [threshold('http_reqs', 'count>1'), threshold('vus', 'value<=baseline'), threshold('iterations', 'count>1')];
    expect(resolve(record, thresholds)).toMatchObject({ file: 'base.json', runId: record.id, values: [undefined, 4, undefined] });
  });

  it('is asked for only when a threshold names it, and thresholds are judged at all', () => {
    const thresholds = [threshold('http_reqs', 'count>=baseline')];
    expect(needsBaseline(plan({ thresholds }), [])).toBe(true);
    expect(needsBaseline(plan({ thresholds, noThresholds: true }), [])).toBe(false);
    expect(needsBaseline(plan({ thresholds: [threshold('http_reqs', 'count>5')] }), [])).toBe(false);
  });
});

function shareOf({ hits, total }: { hits: number; total: number }): number {
  return hits / total;
}

describe('a baseline without what a threshold needs', () => {
  it('is refused with one line for each threshold', () => {
    const thresholds = [
      threshold('flow_duration{flow:pul}', 'p(95)<=baseline'),
      threshold('http_reqs', 'count>1'),
      threshold('group_duration', 'avg<baseline'),
    ];
    const error = caught(() => resolve(busyRecord(1), thresholds));
    expect(error).toBeInstanceOf(InvalidConfigError);
    expect((error as InvalidConfigError).message.split('\n')).toEqual([
      `thresholds["flow_duration{flow:pul}"]: 'p(95)<=baseline' has no value in the baseline base.json: there, the metric never got a sample: no series has flow 'pul' (did you mean 'pull'?) (a record in which it has samples, or a fixed limit)`,
      `thresholds["group_duration"]: 'avg<baseline' has no value in the baseline base.json: there, the metric never got a sample (a record in which it has samples, or a fixed limit)`,
    ]);
  });

  it('counts 0 where a counter has no such series, and says so', () => {
    const { values, warnings } = resolve(busyRecord(1), [threshold('http_reqs{status:500}', 'count<=baseline')]);
    expect(values).toEqual([0]);
    expect(warnings).toContainEqual(expect.stringMatching(/has no series http_reqs\{status:500\}: there it counts as 0$/));
  });
});

describe('a baseline that may not be fair', () => {
  const environment = readEnvironment(undefined);
  const warningsOf = (record: RunRecord, fields: Parameters<typeof plan>[0] = {}) => resolve(record, [], fields).warnings;

  it('is taken without a word when workload and environment are the same', () => {
    expect(warningsOf(smallRecord({ environment }))).toEqual([]);
  });

  it.each<[string, RunRecord, Parameters<typeof plan>[0], RegExp]>([
    ['another workload', smallRecord({ environment }), { seed: 2 }, /base\.json \(run \S+\) is of another workload/],
    ['another environment', smallRecord(), {}, /was made in another environment \(Example CPU @ 2\.40GHz, 2 cores\)/],
    ['another label', smallRecord({ environment }), { envLabel: 'ci' }, /was made in another environment/],
    [
      'a run that did not finish',
      { ...smallRecord({ environment }), outcome: { state: 'aborted', cause: 'signal', reason: 'interrupted by SIGINT' } },
      {},
      /did not go well: interrupted by SIGINT/,
    ],
    [
      'a suspect generator',
      { ...smallRecord({ environment }), generator: { verdict: 'suspect', reasons: ['late'] } },
      {},
      /has a suspect generator/,
    ],
  ])('warns of %s', (_, record, fields, warning) => {
    expect(warningsOf(record, fields)).toEqual([expect.stringMatching(warning)]);
  });
});

function caught(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}
