import { describe, expect, it } from 'vitest';
import { InvalidConfigError, type Problem } from '../../src/base/index.ts';
import { type ConsolidateInput, consolidate } from '../../src/scenario/index.ts';

const iteration = () => {};

function input(options: unknown, rest: Partial<ConsolidateInput> = {}): ConsolidateInput {
  const module = { options, default: iteration, mix: iteration } as ConsolidateInput['module'];
  return { module, path: '/work/pull.ts', customMetrics: [], env: {}, flags: {}, version: '1.2.3', ...rest };
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

  it('is refused for several scenarios', () => {
    expect(problemsOf({ scenarios: { mix, once } }, { flags: { vus: '7' } })).toEqual([
      { where: '--vus', what: 'the file has 2 scenarios, and a load can be given for one', fix: 'choose one with --scenario (mix, once)' },
    ]);
  });

  it('is for the scenario that --scenario selects', () => {
    const { plan } = planOf({ scenarios: { mix, once } }, { vus: '7', scenario: 'once' });
    expect(plan.scenarios.map(({ name, executor }) => [name, executor.vus])).toEqual([['once', 7]]);
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
      ['options.thresholds["http_reqs"][1]', "write '<statistic> <operator> <number>', as in 'p(95)<500'"],
      [
        'options.thresholds["http_reqs"][2]',
        "a text like 'p(95)<500', or { threshold: 'p(95)<500', abortOnFail: true, delayAbortEval: '10s' }",
      ],
    ]);
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
      'options.stages',
      'options.strict',
      'options.duration',
      'options.registry',
      'LOADREG_VERIFY',
      '--seed',
      'options.thresholds["nope"]',
      'options.tags',
    ]);
  });

  it.each([
    ['an unknown option', { vuss: 3 }, { where: 'options.vuss', what: 'unknown option', fix: "did you mean 'vus'?" }],
    ['an option of k6 alone', { rps: 3 }, { where: 'options.rps', what: 'is an option of k6 that loadreg does not have' }],
    ['an option of the command line', { strict: true }, { where: 'options.strict', what: 'is not set in this file', fix: 'use --strict' }],
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
  });

  it('name the file without a default export', () => {
    const module = { mix: iteration } as unknown as ConsolidateInput['module'];
    expect(problemsOf({}, { module })).toMatchObject([{ where: '/work/pull.ts', what: 'no default export' }]);
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
    scenarioPath: '/work/pull.ts',
    seed: 1,
    verify: 'full',
    repoPrefix: 'loadreg',
    client: 'plain',
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
