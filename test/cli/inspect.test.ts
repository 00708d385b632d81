import { describe, expect, it } from 'vitest';
import { inspectView } from '../../src/cli/inspect-view.ts';
import { type ConsolidateInput, consolidate, OPTION_ROWS } from '../../src/scenario/index.ts';

const iteration = () => {};

/** What `inspect` shows for a scenario with these options, and what is given beside it. */
function view(options: unknown, rest: Partial<ConsolidateInput> = {}) {
  const module = { options, default: iteration, mix: iteration } as unknown as ConsolidateInput['module'];
  const consolidated = consolidate({ module, path: '/home/me/pull.ts', customMetrics: [], env: {}, flags: {}, version: '1.2.3', ...rest });
  return inspectView({ ...consolidated, configPath: rest.config?.path });
}

const LOAD = {
  scenarios: {
    warm: { executor: 'constant-vus', vus: 3, duration: '1m', exec: 'mix', tags: { team: 'a' } },
    ramp: { executor: 'ramping-vus', startVUs: 2, stages: [{ duration: '30s', target: 8 }], startTime: '20s' },
    late: { executor: 'constant-arrival-rate', rate: 5, duration: '10s', preAllocatedVUs: 4, maxVUs: 9, startTime: '10m' },
  },
};

describe('inspect', () => {
  it('says where each value comes from', () => {
    const config = { path: 'loadreg.config.ts', value: { repoPrefix: 'perf', labels: { team: 'a' }, env: { A: '1' } } };
    const { options, origins } = view(
      { vus: 2, seed: 7, tags: { a: '1' } },
      { config, env: { LOADREG_VERIFY: 'size' }, flags: { duration: '30s', tag: ['b=2'], env: ['B=2'] } },
    );
    expect(options).toMatchObject({ repoPrefix: 'perf', seed: 7, verify: 'size', tags: { a: '1', b: '2' }, client: 'plain' });
    expect(origins).toMatchObject({
      repoPrefix: 'config file loadreg.config.ts',
      labels: 'config file loadreg.config.ts',
      seed: 'scenario',
      verify: 'environment LOADREG_VERIFY',
      tags: 'scenario, flag --tag',
      env: 'config file loadreg.config.ts, flag --env',
      client: 'default',
      'scenarios.default.executor': 'flag --duration',
      'scenarios.default.duration': 'flag --duration',
      'scenarios.default.vus': 'scenario',
      'scenarios.default.gracefulStop': 'default',
    });
  });

  it('says so for a scenario whose load a flag changes', () => {
    const { options, origins } = view({ scenarios: { warm: LOAD.scenarios.warm } }, { flags: { iterations: '30' } });
    expect(options['scenarios']).toMatchObject({ warm: { executor: 'shared-iterations', vus: 3, iterations: 30, exec: 'mix' } });
    expect(origins).toMatchObject({
      'scenarios.warm.executor': 'flag --iterations',
      'scenarios.warm.iterations': 'flag --iterations',
      'scenarios.warm.vus': 'scenario',
      'scenarios.warm.exec': 'scenario',
    });
  });

  it('has an origin for every value, and a value for every origin', () => {
    const { options, origins } = view(LOAD);
    const scenarios = Object.entries(options['scenarios'] as Record<string, object>);
    const paths = scenarios.flatMap(([name, own]) => Object.keys(own).map((key) => `scenarios.${name}.${key}`));
    const names = Object.keys(options).filter((name) => name !== 'scenarios');
    expect(Object.keys(origins).toSorted()).toEqual([...names, ...paths].toSorted());
  });

  it('counts the most VUs at once and the longest time, graceful stops included', () => {
    const { maxVUs, maxDuration, scenarios } = view(LOAD);
    expect(scenarios).toMatchObject([
      { name: 'warm', executor: 'constant-vus', description: '3 looping VUs for 1m0s (gracefulStop: 30s)', startTime: '0s', maxVUs: 3 },
      { name: 'ramp', startTime: '20s', maxVUs: 8 },
      { name: 'late', startTime: '10m0s', maxVUs: 9, maxDuration: '40s' },
    ]);
    expect([maxVUs, maxDuration]).toEqual([11, '10m40s']);
  });

  it('shows no secret, and names what there is', () => {
    const secrets = { header: ['X-Key: topsecret1'], env: ['TOKEN=topsecret2'], registry: 'http://me:topsecret3@host' };
    const shown = view(
      { scenarios: { a: { executor: 'per-vu-iterations', env: { KEY: 'topsecret4' } } } },
      { flags: secrets, env: { LOADREG_PASSWORD: 'topsecret5' } },
    );
    expect(JSON.stringify(shown)).not.toContain('topsecret');
    expect(shown.options).toMatchObject({ headers: { 'X-Key': '***' }, env: { TOKEN: '***' }, registry: 'http://host' });
  });

  it.each([
    ['shortcuts', { vus: 4, duration: '90s', client: 'docker', tags: { a: '1' } }, { warmup: '5s', retries: '4', 'push-mode': 'chunked' }],
    ['scenarios', LOAD, { 'max-write': '5MiB', 'no-teardown': true, strict: true, quiet: true, out: ['csv=a.csv'] }],
  ])('prints options that make the same plan when they are a config file: %s', (_case, load, flags) => {
    const thresholds = { http_reqs: ['count>1', { threshold: 'rate>0', abortOnFail: true, delayAbortEval: '10s' }], digest_mismatches: [] };
    const first = view({ ...load, thresholds }, { flags });
    const again = view(undefined, { config: { path: 'c.json', value: JSON.parse(JSON.stringify(first.options)) as unknown } });
    expect(again.options).toEqual(first.options);
    expect(again.scenarios).toEqual(first.scenarios);
  });

  it('shows every option that has a default', () => {
    const { options } = view({});
    const shortcuts = 'vus duration iterations stages rate maxVus'; // shown as the scenario that they make
    const aboutOptions = 'config noConfig scenario once password passwordStdin'; // or secret
    const without = 'registry username caFile cert key mountFrom baseline envLabel labels report summaryExport out maxRetryAfter httpDebug';
    expect(
      OPTION_ROWS.map(([name]) => name as string)
        .filter((name) => !(name in options))
        .toSorted(),
    ).toEqual(`${shortcuts} ${aboutOptions} ${without}`.split(' ').toSorted());
  });
});
