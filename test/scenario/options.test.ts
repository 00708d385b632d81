import { describe, expect, it } from 'vitest';
import { InvalidConfigError, type Problem } from '../../src/base/index.ts';
import { CLIENTS } from '../../src/flow/index.ts';
import { DEFAULT_TIMEOUTS } from '../../src/http/index.ts';
import { type ConsolidateInput, consolidate } from '../../src/scenario/index.ts';

const iteration = () => {};

function input(options: unknown, rest: Partial<ConsolidateInput> = {}): ConsolidateInput {
  const module = { options, default: iteration, mix: iteration } as ConsolidateInput['module'];
  return { module, path: '/home/me/pull.ts', customMetrics: [], env: {}, flags: {}, version: '1.2.3', ...rest };
}

function planOf(options: unknown, flags: Record<string, unknown> = {}, env: Record<string, string> = {}) {
  return consolidate(input(options, { flags, env }));
}

function problemsOf(options: unknown, rest: Partial<ConsolidateInput> = {}): readonly Problem[] {
  try {
    consolidate(input(options, rest));
  } catch (error) {
    if (error instanceof InvalidConfigError) return error.problems;
    throw error;
  }
  return [];
}

const executorOf = (...args: Parameters<typeof planOf>) => planOf(...args).plan.scenarios[0]?.executor;

describe('without scenarios', () => {
  it.each([
    ['nothing: one VU, one iteration', undefined, {}, { executor: 'per-vu-iterations', vus: 1, iterations: 1 }],
    ['vus and duration', { vus: 5, duration: '10s' }, {}, { executor: 'constant-vus', vus: 5, durationMs: 10_000 }],
    ['vus and iterations', { vus: 5, iterations: 50 }, {}, { executor: 'shared-iterations', vus: 5, iterations: 50 }],
    ['bare vus: an iteration each', { vus: 5 }, {}, { executor: 'shared-iterations', vus: 5, iterations: 5 }],
    [
      'iterations within a duration',
      { iterations: 9, duration: '1m' },
      {},
      { executor: 'shared-iterations', iterations: 9, maxDurationMs: 60_000 },
    ],
    ['the flag --vus over the file', { vus: 5, duration: '10s' }, { vus: '9' }, { executor: 'constant-vus', vus: 9, durationMs: 10_000 }],
    [
      '--iterations in place of a duration',
      { vus: 5, duration: '10s' },
      { iterations: '50' },
      { executor: 'shared-iterations', vus: 5, iterations: 50 },
    ],
    [
      '--duration in place of iterations',
      { vus: 5, iterations: 50 },
      { duration: '2m' },
      { executor: 'constant-vus', vus: 5, durationMs: 120_000 },
    ],
    [
      'stages, which begin with vus',
      { vus: 5, stages: [{ duration: '1m', target: 20 }] },
      {},
      { executor: 'ramping-vus', startVUs: 5, stages: [{ durationMs: 60_000, target: 20 }], gracefulRampDownMs: 30_000 },
    ],
    ['stages alone, which begin with one VU', { stages: [{ duration: '1m', target: 20 }] }, {}, { executor: 'ramping-vus', startVUs: 1 }],
    [
      '--stage in place of a duration',
      { vus: 5, duration: '10s' },
      { stage: ['30s:100', '1m:0'] },
      {
        executor: 'ramping-vus',
        startVUs: 5,
        stages: [
          { durationMs: 30_000, target: 100 },
          { durationMs: 60_000, target: 0 },
        ],
      },
    ],
    [
      '--duration in place of stages',
      { stages: [{ duration: '1m', target: 20 }] },
      { duration: '2m' },
      { executor: 'constant-vus', vus: 1 },
    ],
    [
      '--rate for the duration of the file',
      { vus: 5, duration: '10s' },
      { rate: '20' },
      { executor: 'constant-arrival-rate', rate: 20, timeUnitMs: 1_000, durationMs: 10_000, preAllocatedVUs: 5, maxVUs: 1_000 },
    ],
    [
      '--rate without a number of VUs: enough for iterations of a second',
      {},
      { rate: '20', duration: '1m', 'max-vus': '50' },
      { executor: 'constant-arrival-rate', rate: 20, preAllocatedVUs: 20, maxVUs: 50 },
    ],
    ['--iterations in place of a rate', {}, { iterations: '20' }, { executor: 'shared-iterations', iterations: 20 }],
  ])('%s', (_case, options, flags, executor) => {
    expect(executorOf(options, flags)).toMatchObject(executor);
  });

  it('says that --chunk-size has no effect without chunks', () => {
    expect(planOf({}, { 'chunk-size': '1MiB' }).notes).toEqual([
      '--chunk-size counts only where blobs go up in chunks: by --push-mode chunked, or as a push of the scenario says',
    ]);
    expect(planOf({}, { 'chunk-size': '1MiB', 'push-mode': 'chunked' }).notes).toEqual([]);
    expect(planOf({ chunkSize: '1MiB' }).notes).toEqual([]); // its pushes may say how they go
  });

  it('says which option of the file was left out', () => {
    expect(planOf({ duration: '10s' }, { iterations: '5' }).notes).toEqual(['--iterations: options.duration is left out']);
  });
});

describe('shortcuts that are two loads in one', () => {
  const stages = [{ duration: '1m', target: 20 }];
  it.each([
    ['a duration and stages', { duration: '1m', stages }, {}, 'options.stages', 'stands beside options.duration'],
    ['iterations and stages', { iterations: 9, stages }, {}, 'options.stages', 'stands beside options.iterations'],
    ['iterations and a rate', {}, { iterations: '9', rate: '9' }, '--rate', 'stands beside --iterations'],
    ['stages and a rate', {}, { stage: ['1m:9'], rate: '9' }, '--rate', 'stands beside --stage'],
    ['a most of VUs without a rate', { duration: '1m' }, { 'max-vus': '9' }, '--max-vus', 'constant-vus has all of its VUs from the start'],
  ])('%s are refused', (_case, options, flags, where, what) => {
    expect(problemsOf(options, { flags })).toMatchObject([{ where, what }]);
  });

  it('of which the environment gave one are the other', () => {
    expect(executorOf({}, { stage: ['1m:9'] }, { LOADREG_DURATION: '5s' })).toMatchObject({ executor: 'ramping-vus' });
    expect(executorOf({}, { duration: '5s' }, { LOADREG_STAGES: '30s:9,1m:0' })).toMatchObject({ executor: 'constant-vus' });
    expect(executorOf({}, { duration: '5s' }, { LOADREG_RATE: '9' })).toMatchObject({
      executor: 'constant-arrival-rate',
      durationMs: 5_000,
    });
  });
});

describe('the order of the layers', () => {
  const layers = (count: number) => {
    const config = { path: 'c.json', value: { seed: 2 } };
    const module = { options: count > 1 ? { seed: 3 } : {}, default: iteration } as ConsolidateInput['module'];
    const env: Record<string, string> = count > 2 ? { LOADREG_SEED: '4' } : {};
    const flags: Record<string, string> = count > 3 ? { seed: '5' } : {};
    return consolidate(input({}, { module, flags, env, ...(count > 0 ? { config } : {}) })).plan.seed;
  };
  it('is default < config file < scenario < environment < flags', () => {
    expect([0, 1, 2, 3, 4].map(layers)).toEqual([1, 2, 3, 4, 5]);
  });

  it('joins tags by name, the later layer first', () => {
    const { plan } = planOf({ tags: { team: 'a', site: 'x' } }, { tag: ['team=b'] });
    expect(plan.tags).toEqual({ team: 'b', site: 'x' });
  });

  it('lets the load of the scenario replace that of the config file', () => {
    const config = { path: 'c.json', value: { iterations: 10, vus: 2 } };
    expect(consolidate(input({ duration: '5s' }, { config })).plan.scenarios[0]?.executor).toMatchObject({
      executor: 'constant-vus',
      vus: 2,
    });
  });

  it('lets the duration of a flag replace the iterations of the environment', () => {
    expect(executorOf({}, { duration: '5s' }, { LOADREG_ITERATIONS: '4' })).toMatchObject({ executor: 'constant-vus' });
  });

  it('joins what -e and a config file say', () => {
    const config = { path: 'c.json', value: { env: { A: '1', B: '1' } } };
    expect(consolidate(input({}, { config, env: { LOADREG_ENV: 'B=2\nC=2' }, flags: { env: ['C=3'] } })).plan.env).toEqual({
      A: '1',
      B: '2',
      C: '3',
    });
  });

  it('tells of a variable of k6 that has one here', () => {
    expect(planOf({}, {}, { K6_VUS: '3', K6_CLOUD_TOKEN: 'x' }).notes).toEqual([
      'K6_VUS in the environment means nothing (set LOADREG_VUS)',
    ]);
  });

  it('tells of a variable that was probably meant for it', () => {
    expect(planOf({}, {}, { LOADREG_SEEED: '1' }).notes).toEqual([
      "LOADREG_SEEED in the environment means nothing (did you mean 'LOADREG_SEED'?)",
    ]);
  });
});

describe('a client', () => {
  it('brings its numbers, its way to upload and its name', () => {
    const { plan } = planOf({ client: 'docker' });
    expect(plan).toMatchObject({ client: 'docker', layerConcurrency: 3, push: { layerConcurrency: 5, mode: 'stream' } });
    expect(plan.target.userAgent).toMatch(/^docker\//);
  });

  it('gives way to what is said beside it', () => {
    const flags = { 'push-mode': 'chunked', 'chunk-size': '1MiB', 'mount-from': 'team/base', cache: 'shared', 'user-agent': 'mine' };
    const { plan } = planOf({ client: 'docker', layerConcurrency: 2 }, flags, { LOADREG_CLIENT: 'crane' });
    expect(plan).toMatchObject({
      client: 'crane',
      layerConcurrency: 2,
      cache: 'shared',
      push: { layerConcurrency: 2, mode: 'chunked', chunkSize: 1024 ** 2, mountFrom: 'team/base' },
    });
    expect(plan.target.userAgent).toBe('mine');
  });

  it('of another name is refused, and those there are are named', () => {
    expect(problemsOf({}, { flags: { client: 'podman' } })).toMatchObject([{ where: '--client', fix: expect.stringContaining('skopeo') }]);
  });

  it('that takes HTTP/2 where it can says that this is not so here', () => {
    expect(planOf({ client: 'crane', registry: 'https://r.example' }).notes).toEqual([
      'crane takes HTTP/2 where TLS offers it; loadreg speaks HTTP/1.1 only',
    ]);
    expect(planOf({ client: 'crane', registry: 'http://r.example' }).notes).toEqual([]);
  });
});

describe('what is tried again, and how long it may take', () => {
  it.each<[string, Record<string, unknown>, Record<string, string>, object]>([
    ['is the client and the defaults', {}, {}, { retries: { policy: 'none' }, timeouts: DEFAULT_TIMEOUTS, minIterationMs: 0 }],
    ['comes with the client', { client: 'crane' }, {}, { retries: { policy: 'crane' } }],
    ['may be that of another', { client: 'crane' }, { retries: 'none' }, { retries: { policy: 'none' } }],
    ['may be a number in a flag', {}, { retries: '2' }, { retries: { policy: 'own', request: { attempts: 3 } } }],
    [
      'looks at Retry-After when asked',
      { retries: { attempts: 2, backoff: '10ms' } },
      { 'honor-retry-after': 'true', 'max-retry-after': '5s' },
      { retries: { upload: { attempts: 2, delaysMs: [10], retryAfterMaxMs: 5_000 } } },
    ],
    [
      'takes every time-out',
      { stallTimeout: '1s', connectTimeout: 2_000, headersTimeout: '3s' },
      { 'request-timeout': '4s' },
      { timeouts: { stall: 1_000, connect: 2_000, headers: 3_000, uploadHeaders: 3_000, total: 4_000 } },
    ],
    ['takes the least duration of an iteration', {}, { 'min-iteration-duration': '2s' }, { minIterationMs: 2_000 }],
  ])('%s', (_case, options, flags, expected) => {
    expect(planOf(options, flags).plan).toMatchObject(expected);
  });

  it.each([
    ['retries', { retries: 'often' }, 'options.retries'],
    ['a policy with another key', { retries: { tries: 3 } }, 'options.retries'],
    ['a time-out of nothing', { stallTimeout: 0 }, 'options.stallTimeout'],
    ['a time-out that no timer can take', { requestTimeout: '30d' }, 'options.requestTimeout'],
  ])('refuses %s', (_case, options, where) => {
    expect(problemsOf(options).map((problem) => problem.where)).toEqual([where]);
  });

  it('says that Retry-After changes nothing where nothing is tried again', () => {
    expect(planOf({ honorRetryAfter: true }).notes).toEqual([expect.stringContaining('options.honorRetryAfter changes nothing')]);
    expect(planOf({ honorRetryAfter: true, client: 'docker' }).notes).toEqual([]);
  });
});

describe('--once', () => {
  const scenarios = {
    mix: { executor: 'constant-vus', vus: 3, duration: '1m', startTime: '5s', exec: 'mix', env: { A: '1' }, tags: { kind: 'mix' } },
    other: { executor: 'constant-vus', vus: 3, duration: '1m' },
  };
  const once = { executor: 'per-vu-iterations', vus: 1, iterations: 1 };

  it('runs one iteration of the scenario, whatever its load, and judges no threshold', () => {
    const { plan, notes } = planOf({ vus: 9, duration: '1h', warmup: '10s', thresholds: { checks: 'rate>0.9' } }, { once: 'true' });
    expect(plan.scenarios.map(({ executor }) => executor)).toMatchObject([once]);
    expect(plan).toMatchObject({ warmupMs: 0, noThresholds: true });
    expect(notes).toEqual([]);
  });

  it('keeps what the selected scenario runs', () => {
    const { plan } = planOf({ scenarios }, { once: 'true', scenario: 'mix' }, { LOADREG_VUS: '7' });
    expect(plan.scenarios).toMatchObject([
      { name: 'mix', exec: 'mix', env: { A: '1' }, tags: { kind: 'mix' }, startTimeMs: 0, executor: once },
    ]);
  });

  it('needs one scenario, and no load beside it', () => {
    expect(problemsOf({ scenarios }, { flags: { once: 'true' } })).toMatchObject([
      { where: '--once', fix: 'choose it with --scenario (mix, other)' },
    ]);
    expect(problemsOf({}, { flags: { once: 'true', vus: '3' } })).toMatchObject([{ where: '--vus' }]);
  });
});

describe('a load for scenarios', () => {
  const mix = { executor: 'constant-vus', vus: 3, duration: '1m', exec: 'mix', env: { A: '1' }, tags: { kind: 'mix' }, gracefulStop: '5s' };
  const once = { executor: 'per-vu-iterations', vus: 2, iterations: 4 };

  it('changes the options of the one scenario and keeps the rest', () => {
    expect(planOf({ scenarios: { mix } }, { vus: '7', duration: '2m' }).plan.scenarios).toEqual([
      {
        name: 'mix',
        exec: 'mix',
        env: { A: '1' },
        tags: { kind: 'mix' },
        startTimeMs: 0,
        executor: { executor: 'constant-vus', vus: 7, durationMs: 120_000, warmupMs: 0, gracefulStopMs: 5_000 },
      },
    ]);
  });

  it('replaces the executor only where it has no such option, and says so', () => {
    const { plan, notes } = planOf({ scenarios: { mix } }, { iterations: '30' });
    expect(plan.scenarios[0]).toMatchObject({
      exec: 'mix',
      tags: { kind: 'mix' },
      executor: { executor: 'shared-iterations', vus: 3, iterations: 30 },
    });
    expect(notes).toEqual(['scenario mix: --iterations replaces its executor constant-vus by shared-iterations']);
  });

  it('keeps an executor that has the option', () => {
    expect(executorOf({ scenarios: { once } }, { iterations: '9' })).toMatchObject({
      executor: 'per-vu-iterations',
      vus: 2,
      iterations: 9,
    });
  });

  it('gives a duration to an executor of iterations by replacing it', () => {
    expect(executorOf({ scenarios: { once } }, { duration: '30s' })).toMatchObject({
      executor: 'constant-vus',
      vus: 2,
      durationMs: 30_000,
    });
  });

  it('takes a duration beside iterations as the most that they may take', () => {
    expect(executorOf({ scenarios: { once } }, { iterations: '9', duration: '30s' })).toMatchObject({
      iterations: 9,
      maxDurationMs: 30_000,
    });
  });

  const ramp = { executor: 'ramping-vus', startVUs: 2, stages: [{ duration: '1m', target: 40 }], gracefulRampDown: '1s', exec: 'mix' };
  const rate = {
    executor: 'constant-arrival-rate',
    rate: 20,
    timeUnit: '2s',
    duration: '1m',
    preAllocatedVUs: 50,
    maxVUs: 90,
    exec: 'mix',
  };
  const rates = {
    executor: 'ramping-arrival-rate',
    startRate: 5,
    stages: [{ duration: '1m', target: 30 }],
    preAllocatedVUs: 50,
    exec: 'mix',
  };
  const said = (flag: string, from: string, to: string) => `scenario one: ${flag} replaces its executor ${from} by ${to}`;
  it.each<[string, object, Record<string, unknown>, object, string[]]>([
    ['stages on a ramp of VUs', ramp, { stage: ['10s:7'] }, { ...ramp, stages: [{ durationMs: 10_000, target: 7 }] }, []],
    ['stages on a ramp of rates', rates, { stage: ['10s:7'] }, { ...rates, stages: [{ durationMs: 10_000, target: 7 }] }, []],
    [
      'stages on VUs',
      mix,
      { stage: ['10s:7'] },
      { executor: 'ramping-vus', startVUs: 3, gracefulStopMs: 5_000, gracefulRampDownMs: 30_000 },
      [said('--stage', 'constant-vus', 'ramping-vus')],
    ],
    [
      'stages on a rate, which stays open',
      rate,
      { stage: ['10s:7'] },
      { executor: 'ramping-arrival-rate', startRate: 20, timeUnitMs: 2_000, preAllocatedVUs: 50, maxVUs: 90 },
      [said('--stage', 'constant-arrival-rate', 'ramping-arrival-rate')],
    ],
    [
      'a duration on a ramp of VUs: its highest level',
      ramp,
      { duration: '10s' },
      { executor: 'constant-vus', vus: 40, durationMs: 10_000 },
      [said('--duration', 'ramping-vus', 'constant-vus')],
    ],
    [
      'a duration on a ramp of rates: its highest level',
      rates,
      { duration: '10s' },
      { executor: 'constant-arrival-rate', rate: 30, durationMs: 10_000, preAllocatedVUs: 50, maxVUs: 1_000 },
      [said('--duration', 'ramping-arrival-rate', 'constant-arrival-rate')],
    ],
    ['a duration and a rate on a rate', rate, { duration: '10s', rate: '7' }, { ...rate, rate: 7, durationMs: 10_000 }, []],
    [
      'a rate on VUs, which become those it has at the start',
      mix,
      { rate: '7' },
      { executor: 'constant-arrival-rate', rate: 7, durationMs: 60_000, preAllocatedVUs: 3, maxVUs: 1_000 },
      [said('--rate', 'constant-vus', 'constant-arrival-rate')],
    ],
    [
      'iterations on a rate',
      rate,
      { iterations: '7' },
      { executor: 'shared-iterations', vus: 1, iterations: 7 },
      [said('--iterations', 'constant-arrival-rate', 'shared-iterations')],
    ],
    ['vus on a ramp', ramp, { vus: '7' }, { ...ramp, startVUs: 7 }, ['scenario one: --vus is the startVUs of ramping-vus']],
    [
      'vus on a rate',
      rate,
      { vus: '7' },
      { ...rate, preAllocatedVUs: 7 },
      ['scenario one: --vus is the preAllocatedVUs of constant-arrival-rate'],
    ],
    ['a most of VUs on a rate', rate, { 'max-vus': '70' }, { ...rate, maxVUs: 70 }, []],
  ])('%s', (_case, one, flags, executor, notes) => {
    const planned = planOf({ scenarios: { one } }, flags);
    // Those that are kept as they were written are looked at by their names in the plan.
    const {
      duration: _duration,
      timeUnit: _unit,
      gracefulRampDown: _grace,
      exec: _exec,
      stages,
      ...kept
    } = executor as Record<string, unknown>;
    const expected = Array.isArray(stages) && 'durationMs' in (stages[0] as object) ? { ...kept, stages } : kept;
    expect(planned.plan.scenarios[0]).toMatchObject({ exec: 'mix', executor: expected });
    expect(planned.notes).toEqual(notes);
  });

  it('refuses a most of VUs where all are there from the start', () => {
    expect(problemsOf({ scenarios: { mix } }, { flags: { 'max-vus': '7' } })).toMatchObject([{ where: '--max-vus' }]);
  });

  it('is refused for several scenarios', () => {
    expect(problemsOf({ scenarios: { mix, once } }, { flags: { vus: '7' } })).toEqual([
      { where: '--vus', what: 'the file has 2 scenarios, and a load can be given for one', fix: 'choose one with --scenario (mix, once)' },
    ]);
  });

  it('is for the scenario that --scenario selects', () => {
    const { plan } = planOf({ scenarios: { mix, once } }, { vus: '7', scenario: 'once' });
    expect(plan.scenarios).toMatchObject([{ name: 'once', executor: { vus: 7 } }]);
  });

  it('knows the nearest name of a scenario', () => {
    expect(problemsOf({ scenarios: { mix, once } }, { flags: { scenario: 'onse' } })).toEqual([
      { where: '--scenario', what: 'no scenario "onse"', fix: "did you mean 'once'?" },
    ]);
  });

  it('may not stand beside scenarios in one file', () => {
    expect(problemsOf({ scenarios: { mix }, vus: 3 })).toMatchObject([{ where: 'options.vus', what: 'stands beside scenarios' }]);
  });
});

describe('warm-up', () => {
  it('goes to executors that run for a duration', () => {
    const { plan } = planOf({ duration: '10s', warmup: '3s' });
    expect([plan.warmupMs, plan.scenarios[0]?.executor]).toMatchObject([3_000, { warmupMs: 3_000, durationMs: 10_000 }]);
  });

  it('is none of a scenario that starts later', () => {
    const late = { executor: 'constant-vus', duration: '10s', startTime: '5s' };
    const now = { executor: 'constant-vus', duration: '10s' };
    const { plan } = planOf({ warmup: '3s', scenarios: { now, late } });
    expect(plan.scenarios.map(({ startTimeMs, executor }) => [startTimeMs, 'warmupMs' in executor && executor.warmupMs])).toEqual([
      [0, 3_000],
      [5_000, 0],
    ]);
  });

  it('of a file is left out, and said so, when iterations are asked for', () => {
    const { plan, notes } = planOf({ duration: '10s', warmup: '3s' }, { iterations: '5' });
    expect(plan.warmupMs).toBe(0);
    expect(notes).toContain('the warm-up of the file is left out: it belongs to a duration, and iterations were asked for');
  });

  it('that was asked for is refused beside iterations', () => {
    expect(problemsOf({}, { flags: { iterations: '5', warmup: '3s' } })).toMatchObject([{ where: '--warmup' }]);
  });
});

describe('thresholds', () => {
  it('become a plan each', () => {
    const given = {
      http_reqs: 'count>10',
      'flow_duration{flow:pull}': ['p(95)<2000', { threshold: 'max<9000', abortOnFail: true, delayAbortEval: '10s' }],
    };
    expect(planOf({ thresholds: given }).plan.thresholds).toEqual([
      { metric: 'http_reqs', expression: 'count>10', abortOnFail: false, delayAbortEvalMs: 0 },
      { metric: 'flow_duration{flow:pull}', expression: 'p(95)<2000', abortOnFail: false, delayAbortEvalMs: 0 },
      { metric: 'flow_duration{flow:pull}', expression: 'max<9000', abortOnFail: true, delayAbortEvalMs: 10_000 },
    ]);
  });

  it('may have windows of whole seconds', () => {
    const thresholds = { http_reqs: [{ threshold: 'rate>5', window: '10s' }] };
    expect(planOf({ thresholds }).plan.thresholds).toMatchObject([{ expression: 'rate>5', windowMs: 10_000 }]);
  });

  it.each([
    ['half a second', '500ms'],
    ['a second and a half', '1.5s'],
    ['no time', 0],
    ['no duration', 'soon'],
    ['a switch', true],
  ])('refuse a window of %s', (_, window) => {
    expect(problemsOf({ thresholds: { http_reqs: [{ threshold: 'rate>5', window }] } })).toEqual([
      {
        where: 'options.thresholds["http_reqs"][0].window',
        what: `${JSON.stringify(window)} is no window`,
        fix: "whole seconds, at least one, like '10s'",
      },
    ]);
  });

  it('may name a baseline when there is one', () => {
    const options = { thresholds: { flow_duration: ['p(99)<=baseline*1.05'] } };
    expect(problemsOf(options)).toEqual([
      {
        where: 'options.thresholds["flow_duration"][0]',
        what: "'p(99)<=baseline*1.05' needs a baseline, and none was given",
        fix: '--baseline FILE, the record of an earlier run',
      },
    ]);
    expect(problemsOf(options, { flags: { baseline: 'base.json' } })).toEqual([]);
    expect(problemsOf(options, { flags: { 'no-thresholds': true } })).toEqual([]);
  });

  it('cannot hold the count of a window against the count of a run', () => {
    const options = { thresholds: { http_reqs: [{ threshold: 'count>=baseline', window: '5s' }] }, baseline: 'base.json' };
    expect(problemsOf(options)).toMatchObject([{ fix: 'compare rate, as rate<=baseline*1.05' }]);
  });

  it('refuse an empty list for a metric that is none', () => {
    expect(problemsOf({ thresholds: { digest_mismatch: [] } })).toMatchObject([
      { where: 'options.thresholds["digest_mismatch"]', fix: "did you mean 'digest_mismatches'?" },
    ]);
  });

  it('switch a built-in one off by an empty list', () => {
    expect(planOf({ thresholds: { digest_mismatches: [] } }).plan.disabledThresholds).toEqual(['digest_mismatches']);
  });

  it('may name a metric that the scenario made', () => {
    const customMetrics = [{ name: 'scans', type: 'counter', contains: 'default' }] as const;
    expect(problemsOf({ thresholds: { scans: 'count>0' } }, { customMetrics })).toEqual([]);
    expect(problemsOf({ thresholds: { scans: 'count>0' } })).toHaveLength(1);
  });

  it('that are wrong are told with their place', () => {
    const thresholds = { http_req_duratoin: 'p(95)<1', http_reqs: ['p(95)<1', 'soon', { treshold: 'count>1' }] };
    expect(problemsOf({ thresholds }).map(({ where, fix }) => [where, fix])).toEqual([
      ['options.thresholds["http_req_duratoin"]', "did you mean 'http_req_duration'?"],
      ['options.thresholds["http_reqs"][0]', 'one of count, rate'],
      ['options.thresholds["http_reqs"][1]', "write '<statistic> <operator> <limit>', as in 'p(95)<500' or 'p(95)<1.5s'"],
      [
        'options.thresholds["http_reqs"][2]',
        "a text like 'p(95)<500', or { threshold: 'p(95)<500', abortOnFail: true, delayAbortEval: '10s' }",
      ],
    ]);
  });
});

describe('a baseline', () => {
  it('of a scenario starts at the folder of the scenario, one of a flag or the environment where the command is run', () => {
    const options = { baseline: 'records/base.json' };
    expect(planOf(options).plan.baseline).toBe('/home/me/records/base.json');
    expect(planOf({ baseline: '/srv/base.json' }).plan.baseline).toBe('/srv/base.json');
    expect(planOf(options, { baseline: 'other.json.gz' }).plan.baseline).toBe('other.json.gz');
    expect(planOf(options, {}, { LOADREG_BASELINE: 'other.json' }).plan.baseline).toBe('other.json');
    expect(planOf({}).plan.baseline).toBeUndefined();
  });
});

describe('problems', () => {
  it('are told all at once, each with its place', () => {
    const options = {
      vuss: 3,
      stages: [],
      strict: true,
      duration: '5 minutes',
      tags: { status: 'x' },
      registry: 'localhost:5000',
      thresholds: { nope: 'count>1' },
    };
    expect(problemsOf(options, { flags: { seed: 'x' }, env: { LOADREG_VERIFY: 'half' } }).map(({ where }) => where)).toEqual([
      'options.vuss',
      'options.strict',
      'options.duration',
      'options.registry',
      'LOADREG_VERIFY',
      '--seed',
      'options.stages',
      'options.thresholds["nope"]',
      'options.tags',
    ]);
  });

  it.each([
    ['an unknown option', { vuss: 3 }, { where: 'options.vuss', what: 'unknown option', fix: "did you mean 'vus'?" }],
    ['an option of k6 alone', { rps: 3 }, { where: 'options.rps', what: 'not taken here', fix: expect.stringContaining('--rate') }],
    ['an option of the command line', { strict: true }, { where: 'options.strict', what: 'is not set in this file', fix: 'use --strict' }],
    [
      'fresh connections of VUs that share them',
      { noVUConnectionReuse: true, connections: { shared: 4 } },
      { where: 'options.noVUConnectionReuse', what: 'the connections are shared: no iteration has any of its own' },
    ],
    ['options that are no object', 'fast', { where: 'options', what: '"fast" is no object', fix: 'an object with options' }],
    ['an unknown executor', { scenarios: { a: { executor: 'constant-vu' } } }, { where: 'options.scenarios.a.executor' }],
    ['a scenario that is no object', { scenarios: { a: 5 } }, { where: 'options.scenarios.a', what: '5 is no scenario' }],
    ['a name that is no name', { scenarios: { 'a b': { executor: 'per-vu-iterations' } } }, { where: 'options.scenarios["a b"]' }],
    ['no scenario at all', { scenarios: {} }, { where: 'options.scenarios', what: 'no scenario' }],
    [
      'an option of another executor',
      { scenarios: { a: { executor: 'per-vu-iterations', duration: '1m' } } },
      { where: 'options.scenarios.a.duration' },
    ],
    [
      'a wrong stage',
      {
        stages: [
          { duration: '1m', target: 5 },
          { duration: '1m', target: -5 },
        ],
      },
      { where: 'options.stages[1].target', what: '-5 is no valid target', fix: 'a whole number of VUs, at least 0' },
    ],
    ['an empty list of stages', { stages: [] }, { where: 'options.stages', what: 'there is no stage' }],
    ['stages that are no list', { stages: 5 }, { where: 'options.stages', what: '5 is not valid' }],
    [
      'a wrong stage of a scenario',
      { scenarios: { a: { executor: 'ramping-vus', stages: [{ duration: 'x', target: 5 }] } } },
      { where: 'options.scenarios.a.stages[0].duration', what: '"x" is no valid duration' },
    ],
    [
      'a rate of 0',
      { scenarios: { a: { executor: 'constant-arrival-rate', rate: 0, duration: '1m', preAllocatedVUs: 5 } } },
      { where: 'options.scenarios.a.rate', what: '0 is no valid rate' },
    ],
    [
      'a missing duration',
      { scenarios: { a: { executor: 'constant-vus' } } },
      { where: 'options.scenarios.a.duration', what: 'duration is required' },
    ],
    [
      'an exec that is not there',
      { scenarios: { a: { executor: 'per-vu-iterations', exec: 'mixx' } } },
      { where: 'options.scenarios.a.exec', fix: "did you mean 'mix'?" },
    ],
    [
      'a wrong startTime',
      { scenarios: { a: { executor: 'per-vu-iterations', startTime: 'later' } } },
      { where: 'options.scenarios.a.startTime' },
    ],
    ['a tag of loadreg itself', { tags: { flow: 'x' } }, { where: 'options.tags', what: "the tag 'flow' is set by loadreg itself" }],
  ])('%s', (_case, options, problem) => {
    expect(problemsOf(options)).toMatchObject([problem]);
  });

  it('name the flag that caused them', () => {
    expect(problemsOf({ vus: 50, duration: '1m' }, { flags: { iterations: '5' } })).toMatchObject([
      { where: '--iterations', what: '5 iterations cannot be shared among 50 VUs' },
    ]);
    expect(problemsOf({}, { flags: { duration: '30' } })).toMatchObject([{ where: '--duration' }]);
    expect(problemsOf({}, { flags: { stage: ['30s:10', '10:x'] } })).toMatchObject([
      { where: '--stage', fix: expect.stringContaining("'30s:10,1m:0'") },
    ]);
    expect(problemsOf({}, { flags: { rate: '0' } })).toMatchObject([{ where: '--rate', fix: 'a whole number of at least 1' }]);
    expect(problemsOf({}, { flags: { rate: '5' } })).toMatchObject([{ where: 'options.duration', what: 'duration is required' }]);
  });

  it('name the file without a default export', () => {
    const module = { mix: iteration } as unknown as ConsolidateInput['module'];
    expect(problemsOf({}, { module })).toMatchObject([{ where: '/home/me/pull.ts', what: 'no default export' }]);
  });

  it('know a CommonJS module', () => {
    const module = { default: { options: {}, default: iteration } } as unknown as ConsolidateInput['module'];
    expect(problemsOf({}, { module })).toMatchObject([{ where: '/home/me/pull.ts', what: 'it is a CommonJS module (module.exports)' }]);
  });

  it('name exports that are no functions', () => {
    const module = { default: iteration, setup: 5 } as unknown as ConsolidateInput['module'];
    expect(problemsOf({}, { module })).toMatchObject([{ what: "the export 'setup' is no function" }]);
  });

  it('never show the value of a header', () => {
    expect(JSON.stringify(problemsOf({}, { flags: { header: ['Authorization Bearer abcdef'] } }))).not.toContain('abcdef');
  });

  it('say that a certificate needs its key', () => {
    expect(problemsOf({}, { flags: { cert: 'c.pem' } })).toMatchObject([{ where: '--cert', what: '--cert was given without --key' }]);
  });
});

it('fills in every default', () => {
  expect(planOf({}).plan).toEqual({
    name: 'pull',
    scenarioPath: '/home/me/pull.ts',
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
      registry: undefined,
      insecureSkipTlsVerify: false,
      caFile: undefined,
      certFile: undefined,
      keyFile: undefined,
      headers: {},
      userAgent: 'loadreg/1.2.3',
      restoreBasePath: false,
      connections: 'per-vu',
      noConnectionReuse: false,
      noVUConnectionReuse: false,
    },
    scenarios: [
      {
        name: 'default',
        exec: 'default',
        executor: { executor: 'per-vu-iterations', vus: 1, iterations: 1, maxDurationMs: 600_000, gracefulStopMs: 30_000 },
        startTimeMs: 0,
        env: {},
        tags: {},
      },
    ],
    thresholds: [],
    disabledThresholds: [],
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
    summaryTrendStats: ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)', 'p(99)'],
    strict: false,
    noTrialPush: false,
    publicRegistryIsMine: false,
  });
});

it('keeps the credentials of a URL out of the plan', () => {
  const { plan, values } = planOf({}, { registry: 'http://me:secret@host:5000/base/' });
  expect(plan.target.registry).toBe('http://host:5000/base');
  expect(JSON.stringify(plan)).not.toContain('secret');
  expect(values.registry?.userinfo).toEqual({ username: 'me', password: 'secret' });
});
