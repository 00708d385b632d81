import { beforeAll, expect, it, vi } from 'vitest';
import { createExecutor, EXECUTOR_NAMES } from '../../src/executor/index.ts';
import { runLoad } from '../../src/run/index.ts';
import { consolidate, type LoadedScenario, type ScenarioModule } from '../../src/scenario/index.ts';
import { type DockerRegistry, startDockerRegistry } from '../support/docker-registry.ts';
import { describeWith } from '../support/real-parts.ts';
import { silentHooks } from './support/vu.ts';

vi.mock('loadreg', () => import('../../src/index.ts'));

const example = async (name: string) => (await import(`../../scenarios/executors/${name}.ts`)) as ScenarioModule;
const mixed = async () => (await import('../../scenarios/mixed.ts')) as unknown as ScenarioModule;

/** Runs a scenario under a small load, in this process, and gives its plan and record. */
async function runModule(module: ScenarioModule, flags: Record<string, unknown>) {
  const path = '/somewhere/example.ts';
  const { plan } = consolidate({ module, path, customMetrics: [], version: '1.2.3', env: {}, flags });
  const loaded: LoadedScenario = {
    module,
    path,
    text: '',
    warnings: [],
    customMetrics: [],
    userFrame: () => undefined,
    userStack: () => [],
  };
  return { plan, ...(await runLoad(plan, loaded, silentHooks())) };
}

describeWith('docker-registry', 'the example of an executor on a real docker-registry', () => {
  const cases: [name: string, flags: Record<string, unknown>, iterations: [least: number, most: number]][] = [
    ['constant-vus', { vus: '3', duration: '1s' }, [3, 10_000]],
    ['ramping-vus', { stage: ['500ms:4', '500ms:0'] }, [4, 10_000]],
    ['per-vu-iterations', { vus: '3', iterations: '4' }, [12, 12]],
    ['shared-iterations', { vus: '3', iterations: '20' }, [20, 20]],
    ['constant-arrival-rate', { rate: '25', duration: '1s' }, [8, 50]], // Poisson: 25 ± 5 standard deviations
    ['ramping-arrival-rate', { stage: ['1s:40'] }, [20, 20]],
  ];

  // One for all: what the first of them seeds is there for the others.
  let registry: DockerRegistry;
  beforeAll(async () => {
    registry = await startDockerRegistry();
  });

  it('is there for each executor', () => {
    expect(cases.map(([name]) => name).toSorted()).toEqual([...EXECUTOR_NAMES].toSorted());
  });

  it.each(cases)('%s does what its picture says', async (name, flags, [least, most]) => {
    const { plan, record, exit } = await runModule(await example(name), { ...flags, registry: registry.url });
    expect(plan.scenarios).toMatchObject([{ executor: { executor: name } }]);
    expect([exit, record.outcome.state, record.errors]).toEqual(['ok', 'finished', []]);
    expect(record.iterations).toMatchObject({ failed: 0, interrupted: 0, dropped: 0 });
    expect(record.iterations.complete).toBeGreaterThanOrEqual(least);
    expect(record.iterations.complete).toBeLessThanOrEqual(most);
  });

  it('mixed, made small, goes through without a failure', async () => {
    const small = ['LAYERS=512B,8KiB', 'BASE=64KiB', 'REPOSITORIES=3', 'FRESH_LAYER=4KiB'];
    const { plan, record, exit } = await runModule(await mixed(), {
      rate: '40',
      duration: '2s',
      warmup: '1s',
      env: small,
      registry: registry.url,
    });
    expect(plan).toMatchObject({ cache: 'per-vu', warmupMs: 1_000 });
    expect([exit, record.errors]).toEqual(['ok', []]);
    // 40 a second for two seconds. What began in the warm-up and ended after it counts: on a busy machine that may be all of its 40.
    expect(record.iterations.complete).toBeGreaterThanOrEqual(78);
    expect(record.iterations.complete).toBeLessThanOrEqual(120);
    const flows = new Set(record.rows.map((row) => row.tags.flow));
    expect([flows.has('pull'), flows.has('push')]).toEqual([true, true]);
    const lag = record.rows.find((row) => row.metric === 'iteration_lag');
    expect(lag?.type).toBe('trend');
  });
});

it('mixed is the load that its text says', async () => {
  const { plan } = consolidate({
    module: await mixed(),
    path: '/somewhere/mixed.ts',
    customMetrics: [],
    version: '1.2.3',
    env: {},
    flags: {},
  });
  expect(plan.scenarios.map(({ executor }) => createExecutor(executor).description)).toEqual([
    '20.00 iterations/s for 5m0s (maxVUs: 30-1000, warmup: 1m0s, gracefulStop: 30s)',
  ]);
});
