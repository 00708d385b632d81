import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { VU } from '../../src/flow/index.ts';
import { startRegistry } from '../../src/serve/index.ts';
import { atEnd } from '../support/at-end.ts';
import { testVu } from './support/vu.ts';

vi.mock('loadreg', () => import('../../src/index.ts'));

/** A ready scenario, typed as this test sees it. */
interface Scenario {
  readonly options: { readonly vus: number; readonly thresholds: object };
  setup(vu: VU): Promise<unknown>;
  default(vu: VU, data: unknown): Promise<void>;
}

let url = '';
beforeAll(async () => {
  const registry = await startRegistry();
  atEnd(() => registry.close());
  url = registry.url;
});

const small = { REPOSITORIES: '2', LAYERS: '512B,8KiB', BASE: '16KiB', FRESH_LAYER: '2KiB' };

describe('ready scenarios', () => {
  it.each([
    ['smoke', {}, ['listTags', 'probe', 'pull', 'push']],
    ['smoke', { COUNT: '1', LAYERS: '1KiB', MIX: '0,0,0,1,0' }, ['probe']],
    ['pull-heavy', { ...small, PULLS: '0.5' }, ['pull', 'push']],
    ['pull-heavy', { ...small, PULLS: '1', BASE: '0', TAGS: '1' }, ['pull']],
    ['push-heavy', small, ['push']],
    ['push-heavy', { ...small, MODE: 'chunked', MIX: '1,1,1' }, ['push']],
  ])('%s with %o does what it says without a failure', async (name, env, flows) => {
    const scenario = (await import(`../../scenarios/${name}.ts`)) as Scenario;
    const { vu, seen } = testVu(url, { env, settings: { runId: `scenario-${Math.random().toString(36).slice(2)}` } });
    const data = JSON.parse(JSON.stringify(await scenario.setup(vu))) as unknown;
    for (let i = 0; i < 60; i += 1) await scenario.default(vu, data);
    expect([...new Set(seen.flows.map(({ flow }) => flow))].toSorted()).toEqual(flows);
    expect(seen.flows.filter(({ code }) => code !== '')).toEqual([]);
    expect(seen.exchanges.filter(({ expected }) => !expected)).toEqual([]);
    expect(seen.checks.filter(({ ok }) => !ok)).toEqual([]);
  });

  it.each([
    ['PULLS=1 in pull-heavy', 'pull-heavy', { ...small, PULLS: '1' }],
    ['a second run of it', 'pull-heavy', { ...small, PULLS: '1' }],
  ])('%s writes nothing of this run alone', async (_, name, env) => {
    const scenario = (await import(`../../scenarios/${name}.ts`)) as Scenario;
    const { vu, seen } = testVu(url, { env });
    const data = (await scenario.setup(vu)) as { own: unknown[] };
    expect(data.own).toEqual([]);
    expect(seen.pushed.every(({ repository }) => !repository.includes('run-1'))).toBe(true);
  });

  it('pull-heavy seeds twenty repositories of three tags by default, about 370 MiB with bases', async () => {
    const { planSeed, buildImage } = await import('../../src/image/index.ts');
    const options = { repositories: 20, tags: 3, layers: ['512B', '8KiB', '256KiB', '1MiB', '4MiB'], base: { size: '10MiB', count: 5 } };
    const plan = planSeed(options, { seed: 1, runId: 'x', repoPrefix: '' });
    expect(plan).toHaveLength(60);
    const first = await buildImage(plan[0]?.spec ?? { id: '', layers: [] });
    expect(first.layers.map(({ size }) => size)).toEqual([10_485_760, 512, 8192, 262_144, 1_048_576, 4_194_304]);
    expect(first.config.size).toBe(4096);
  });
});
