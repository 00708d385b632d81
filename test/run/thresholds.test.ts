import { describe, expect, it } from 'vitest';
import { Collector, createRecorder, type Recorder } from '../../src/measure/index.ts';
import type { RunPlan, ThresholdPlan } from '../../src/plan/index.ts';
import type { ThresholdResult } from '../../src/record/index.ts';
import type { Baseline } from '../../src/run/baseline.ts';
import { ThresholdJudge } from '../../src/run/thresholds.ts';
import { exchange, plan, scope } from '../support/records.ts';

/** A run of whole seconds on no clock at all: intervals go through collector and judge as in a run. */
class Rehearsal {
  readonly collector: Collector;
  readonly judge: ThresholdJudge;
  readonly #recorder = createRecorder();
  readonly #plan: RunPlan;
  #seconds = 0;

  constructor(fields: Partial<RunPlan>, baseline?: Baseline) {
    this.#plan = plan(fields);
    this.collector = new Collector({ slices: 1, warmupIntervals: this.#plan.warmupMs / 1000, cores: 2 });
    this.judge = new ThresholdJudge({ plan: this.#plan, custom: [], baseline, intervalMs: 1000 });
    this.collector.onInterval((_, snapshot) => this.judge.add(snapshot));
  }

  second(act: (recorder: Recorder) => void): this {
    act(this.#recorder);
    this.collector.add(this.#recorder.cut(this.#seconds, { slice: 0, vus: 1, vusMax: 1 }));
    this.#seconds += 1;
    return this;
  }

  seconds(count: number, act: (recorder: Recorder) => void): this {
    for (let i = 0; i < count; i += 1) this.second(act);
    return this;
  }

  /** The expression that is to end the run now. */
  get toAbort(): string | undefined {
    return this.judge.toAbort(this.collector, this.#seconds * 1000)?.expression;
  }

  results(): ThresholdResult[] {
    this.collector.sliceEnded(0);
    const end = this.#seconds * 1000;
    const load = { startedAt: 0, warmupEnd: Math.min(this.#plan.warmupMs, end), loadEnd: end, end };
    return this.judge.results(this.collector, this.collector.finish(), load);
  }
}

const get = (recorder: Recorder) => recorder.exchange(scope({ flow: 'pull' }), exchange('blob_get'));
const failing = (recorder: Recorder) =>
  recorder.exchange(scope({ flow: 'pull' }), exchange('blob_get', { status: 503, expected: false, errorCode: 'HTTP_503' }));
const nothing = () => {};

function threshold(metric: string, expression: string, fields: Partial<ThresholdPlan> = {}): ThresholdPlan {
  return { metric, expression, abortOnFail: false, delayAbortEvalMs: 0, windowMs: undefined, ...fields };
}

describe('thresholds that may end the run', () => {
  const abortOnFail = true;

  it('do so as soon as they fail, and only those that were asked to', () => {
    const thresholds = [threshold('http_req_failed', 'rate<0.1'), threshold('http_req_failed', 'rate<0.5', { abortOnFail })];
    const run = new Rehearsal({ thresholds }).second(get);
    expect(run.toAbort).toBeUndefined();
    expect(run.second(failing).second(failing).toAbort).toBe('rate<0.5');
  });

  it('wait for their delay, from the start of the load', () => {
    const thresholds = [threshold('http_req_failed', 'rate<0.1', { abortOnFail, delayAbortEvalMs: 3000 })];
    const run = new Rehearsal({ thresholds }).seconds(2, failing);
    expect(run.toAbort).toBeUndefined();
    expect(run.second(failing).toAbort).toBe('rate<0.1');
  });

  it('wait for a sample, and for the end of the warm-up', () => {
    const thresholds = [threshold('checks', 'rate>0.9', { abortOnFail }), threshold('http_req_failed', 'rate<0.1', { abortOnFail })];
    const run = new Rehearsal({ thresholds, warmupMs: 2000 }).seconds(2, failing);
    expect(run.toAbort).toBeUndefined();
    expect(run.seconds(2, get).toAbort).toBeUndefined();
    expect(run.second(failing).toAbort).toBe('rate<0.1');
  });

  it('may have windows: one that failed is enough, though the run as a whole holds', () => {
    const thresholds = [threshold('http_req_failed', 'rate<0.5', { abortOnFail, windowMs: 2000 })];
    const run = new Rehearsal({ thresholds }).seconds(8, get).second(failing);
    expect(run.toAbort).toBeUndefined();
    expect(run.second(failing).second(get).toAbort).toBe('rate<0.5');
    expect(run.results()[0]).toMatchObject({ outcome: { ok: false, value: 1 }, reason: '3 of 10 windows failed' });
  });

  it('are known beforehand', () => {
    expect(new Rehearsal({ thresholds: [threshold('vus', 'value<9')] }).judge.mayAbort).toBe(false);
    expect(new Rehearsal({ thresholds: [threshold('vus', 'value<9', { abortOnFail })] }).judge.mayAbort).toBe(true);
    expect(new Rehearsal({ thresholds: [threshold('vus', 'value<9', { abortOnFail })], noThresholds: true }).judge.mayAbort).toBe(false);
  });
});

describe('results', () => {
  it('are held against what the baseline made of the limit', () => {
    const baseline: Baseline = { file: 'base.json', runId: 'r1', values: [undefined, 10], warnings: [] };
    const thresholds = [threshold('http_reqs', 'count>1'), threshold('http_reqs', 'count>=baseline*0.5')];
    const [plain, relative] = new Rehearsal({ thresholds }, baseline).seconds(4, get).results();
    expect(plain).toMatchObject({ outcome: { ok: true, value: 4 }, baseline: undefined });
    expect(relative).toMatchObject({
      parsed: { limit: 5 },
      outcome: { ok: false, value: 4 },
      baseline: { value: 10, file: 'base.json', runId: 'r1' },
    });
  });

  it.each<[string, ThresholdPlan, string]>([
    ['a rate that never got a sample', threshold('checks', 'rate>0.9'), 'never got a sample'],
    [
      'a misspelt tag',
      threshold('http_req_duration{operation:blob_gte}', 'avg<1s'),
      "never got a sample: no series has operation 'blob_gte' (did you mean 'blob_get'?)",
    ],
    ['windows without a sample', threshold('flow_duration', 'avg<1s', { windowMs: 1000 }), 'never got a sample'],
    [
      'a window that never was',
      threshold('http_reqs', 'rate>0', { windowMs: 10_000 }),
      'no whole window of 10s was measured: the load was measured for 4s, in intervals of 1s',
    ],
  ])('fail and say why for %s', (_, given, reason) => {
    const [result] = new Rehearsal({ thresholds: [given] }).seconds(4, get).results();
    expect(result).toMatchObject({ outcome: { ok: false, value: undefined }, reason });
  });

  it('leave the warm-up out, with a window or without', () => {
    const thresholds = [threshold('http_req_failed', 'rate==0'), threshold('http_req_failed', 'rate==0', { windowMs: 2000 })];
    const run = new Rehearsal({ thresholds, warmupMs: 2000 }).seconds(2, failing).seconds(4, get);
    expect(run.results().slice(0, 2)).toMatchObject([{ outcome: { ok: true } }, { outcome: { ok: true, windows: { judged: 3 } } }]);
  });

  it('leave out windows that reach past the moment when the run was told to stop', () => {
    const run = new Rehearsal({ thresholds: [threshold('http_reqs', 'count>=1', { windowMs: 1000 })] }).seconds(3, get);
    run.judge.endsAt(3100);
    expect(run.seconds(3, nothing).results()[0]).toMatchObject({ outcome: { ok: true, windows: { judged: 3, failed: 0 } } });
  });

  it('have the built-in one at their end, unless its metric is named', () => {
    const metricsOf = (fields: Partial<RunPlan>) =>
      new Rehearsal(fields)
        .second(get)
        .results()
        .map(({ metric, builtIn }) => [metric, builtIn]);
    expect(metricsOf({})).toEqual([['digest_mismatches', true]]);
    expect(metricsOf({ disabledThresholds: ['digest_mismatches'] })).toEqual([]);
    expect(metricsOf({ thresholds: [threshold('digest_mismatches', 'count<3')] })).toEqual([['digest_mismatches', false]]);
    expect(metricsOf({ noThresholds: true })).toEqual([]);
  });
});
