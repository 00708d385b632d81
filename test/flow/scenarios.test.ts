import { beforeAll, describe, expect, it, vi } from 'vitest';
import { InvalidConfigError } from '../../src/base/index.ts';
import type { CachePolicy, VU } from '../../src/flow/index.ts';
import { startRegistry } from '../../src/serve/index.ts';
import { atEnd } from '../support/at-end.ts';
import { testVu } from './support/vu.ts';

vi.mock('loadreg', () => import('../../src/index.ts'));

/** A ready scenario, typed as this test sees it. */
interface Scenario {
  readonly options: { readonly cache?: CachePolicy; readonly thresholds: object };
  setup?(vu: VU): Promise<unknown>;
  default(vu: VU, data: unknown): Promise<void>;
}

let url = '';
beforeAll(async () => {
  const registry = await startRegistry();
  atEnd(() => registry.close());
  url = registry.url;
});

/** The same VU in its iteration `i`. */
function inIteration(vu: VU, i: number): VU {
  const exec = { ...vu.exec, vu: { ...vu.exec.vu, iterationInInstance: i, iterationInScenario: i } };
  return Object.assign(Object.create(vu) as VU, { exec });
}

const small = { REPOSITORIES: '2', LAYERS: '512B,8KiB', BASE: '16KiB', FRESH_LAYER: '2KiB' };

describe('ready scenarios', () => {
  it.each([
    ['smoke', {}, ['listTags', 'probe', 'pull', 'push']],
    ['smoke', { COUNT: '1', LAYERS: '1KiB', MIX: '0,0,0,1,0' }, ['probe']],
    ['pull-heavy', { ...small, PULLS: '0.5' }, ['pull', 'push']],
    ['pull-heavy', { ...small, PULLS: '1', BASE: '0', TAGS: '1' }, ['pull']],
    ['push-heavy', small, ['push']],
    ['push-heavy', { ...small, MODE: 'chunked', MIX: '1,1,1' }, ['push']],
    ['warm-hosts', small, ['pull']],
    ['warm-hosts', { ...small, LAYERS: 'hub-2024', CAP: '4KiB', ZIPF: '0' }, ['pull']],
    ['rolling-update', { LAYERS: '8KiB,4KiB,1KiB', PERIOD: '0', STEP: '0', VERSIONS: '60' }, ['pull']],
    ['herd', { LAYERS: '8KiB,1KiB', PERIOD: '0' }, ['pull']],
    ['herd', { LAYERS: '8KiB,1KiB', PERIOD: '0', CHANGED: '1', ROUNDS: '60' }, ['pull']],
    ['artifacts', { LAYERS: '1KiB', SBOM: '2KiB', SIGNATURES: '2' }, ['pull', 'push']],
  ])('%s with %o does what it says without a failure', async (name, env, flows) => {
    const scenario = (await import(`../../scenarios/${name}.ts`)) as Scenario;
    const runId = `scenario-${Math.random().toString(36).slice(2)}`;
    const { vu, seen } = testVu(url, { env, settings: { runId, cache: scenario.options.cache ?? 'none' } });
    const data = JSON.parse(JSON.stringify((await scenario.setup?.(vu)) ?? {})) as unknown;
    for (let i = 0; i < 60; i += 1) await scenario.default(inIteration(vu, i), data);
    expect([...new Set(seen.flows.map(({ flow }) => flow))].toSorted()).toEqual(flows);
    expect(seen.flows.filter(({ code }) => code !== '')).toEqual([]);
    expect(seen.exchanges.filter(({ expected }) => !expected)).toEqual([]);
    expect(seen.checks.filter(({ ok }) => !ok)).toEqual([]);
  });

  it.each([
    ['artifacts', 'SIGNATURES', ['x', '-1', '1.5', '1e9']],
    ['artifacts', 'SBOMS', ['0', '-1', 'x', '1e9']],
    ['artifacts', 'SIGNATURE', ['x', '1']],
    ['artifacts', 'SBOM', ['x', '']],
    ['artifacts', 'LAYERS', ['x', '']],
    ['herd', 'ROUNDS', ['0', 'x', '1e9', '']],
    ['herd', 'CHANGED', ['0', 'x']],
    ['herd', 'PERIOD', ['abc', '-1', 'Infinity', '']],
    ['herd', 'LAYERS', ['x', '-1']],
    ['pull-heavy', 'REPOSITORIES', ['0', 'x', '1e9']],
    ['pull-heavy', 'TAGS', ['0', 'x', '1e9']],
    ['pull-heavy', 'BASES', ['0', 'x']],
    ['pull-heavy', 'BASE', ['x']],
    ['pull-heavy', 'PULLS', ['x', '2', '-1']],
    ['pull-heavy', 'ZIPF', ['x', '-1']],
    ['pull-heavy', 'HOT_TAG', ['x', '2']],
    ['push-heavy', 'REPOSITORIES', ['0', 'x']],
    ['push-heavy', 'FRESH_LAYER', ['x', '1']],
    ['push-heavy', 'MIX', ['x', '1,2', '0,0,0', '1,2,-3', '1,,2']],
    ['push-heavy', 'MODE', ['fast', 'toString']],
    ['push-heavy', 'BASE', ['x']],
    ['rolling-update', 'VERSIONS', ['0', 'x', '1e9']],
    ['rolling-update', 'CHANGED', ['0', 'x']],
    ['rolling-update', 'PERIOD', ['abc', '-1']],
    ['rolling-update', 'STEP', ['abc', '-1']],
    ['smoke', 'COUNT', ['0', 'x', '1e9']],
    ['smoke', 'MIX', ['x', '1,2,3', '0,0,0,0,0']],
    ['warm-hosts', 'REPOSITORIES', ['0', 'x', '1e9']],
    ['warm-hosts', 'BASES', ['0', 'x']],
    ['warm-hosts', 'CAP', ['x', '1']],
    ['warm-hosts', 'ZIPF', ['x', '-1', 'NaN']],
  ])('%s refuses a %s that cannot be meant in setup, in one line', async (name, knob, values) => {
    const scenario = (await import(`../../scenarios/${name}.ts`)) as Scenario;
    for (const value of values) {
      const { vu, seen } = testVu(url, { env: { LAYERS: '1KiB', [knob]: value } });
      const error: unknown = await scenario.setup?.(vu).then(
        () => `${knob}=${value} was taken`,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(InvalidConfigError);
      expect((error as InvalidConfigError).message).toMatch(/^[^\n]*: [^\n]*\([^\n]+\)$/);
      expect(seen.exchanges).toEqual([]);
    }
  });

  it.each([
    ['PULLS=1 in pull-heavy', 'pull-heavy', { ...small, PULLS: '1' }],
    ['a second run of it', 'pull-heavy', { ...small, PULLS: '1' }],
  ])('%s writes nothing of this run alone', async (_, name, env) => {
    const scenario = (await import(`../../scenarios/${name}.ts`)) as Scenario;
    const { vu, seen } = testVu(url, { env });
    const data = (await scenario.setup?.(vu)) as { own: unknown[] };
    expect(data.own).toEqual([]);
    expect(seen.pushed.every(({ repository }) => !repository.includes('run-1'))).toBe(true);
  });

  it('rolling-update fetches what changed and nothing else', async () => {
    const scenario = (await import('../../scenarios/rolling-update.ts')) as unknown as Scenario;
    const env = { LAYERS: '8KiB,4KiB,1KiB', CHANGED: '1', PERIOD: '0', VERSIONS: '3' };
    const { vu, operations } = testVu(url, { env, settings: { runId: 'rolling', cache: scenario.options.cache ?? 'none' } });
    const data = await scenario.setup?.(vu);
    const before = operations().length;
    for (let i = 0; i < 3; i += 1) await scenario.default(inIteration(vu, i), data);
    const blobs = operations()
      .slice(before)
      .filter((operation) => operation === 'blob_get');
    expect(blobs).toHaveLength(4 + 2 + 2); // config and three layers, then config and one
  });

  it.each([
    ['none', 0],
    ['per-vu', 1],
    ['shared', 1],
  ] as const)('warm-hosts with --cache %s gets warm or does not', async (cache, expected) => {
    const scenario = (await import('../../scenarios/warm-hosts.ts')) as unknown as Scenario;
    const { vu, seen } = testVu(url, { env: { ...small, REPOSITORIES: '1' }, settings: { cache } });
    const data = await scenario.setup?.(vu);
    for (let i = 0; i < 3; i += 1) await scenario.default(vu, data);
    const last = seen.custom.filter(({ name }) => name === 'warm_blobs').slice(-4);
    expect(last.map(({ value }) => value)).toEqual([expected, expected, expected, expected]);
  });

  it('artifacts works on a registry without the referrers API', async () => {
    const scenario = (await import('../../scenarios/artifacts.ts')) as unknown as Scenario;
    const { vu, seen } = testVu(url, {
      env: { LAYERS: '1KiB', SBOM: '2KiB', SBOMS: '2' },
      settings: { runId: 'no-referrers' },
      wrap: (send) => async (request) => {
        const without = request.operation === 'referrers_list' ? { ...request, path: '/v2/none/referrers' } : request;
        const response = await send(without);
        return { ...response, headers: { ...response.headers, 'oci-subject': undefined } };
      },
    });
    await scenario.default(vu, {});
    expect(seen.checks.map(({ ok }) => ok)).toEqual([true, true]);
    expect(seen.flows.map(({ flow, code }) => `${flow} ${code}`)).toEqual(['push ', 'push ', 'push ', 'push ', 'pull ']);
  });

  it('pull-heavy seeds twenty repositories of three tags by default, about 370 MiB with bases', async () => {
    const { planSeed, buildImage } = await import('../../src/image/index.ts');
    const options = { repositories: 20, tags: 3, layers: ['512B', '8KiB', '256KiB', '1MiB', '4MiB'], base: { size: '10MiB', count: 5 } };
    const plan = [...planSeed(options, { seed: 1, runId: 'x', repoPrefix: '' })];
    expect(plan).toHaveLength(60);
    const first = await buildImage(plan[0]?.spec ?? { id: '', layers: [] });
    expect(first.layers.map(({ size }) => size)).toEqual([10_485_760, 512, 8192, 262_144, 1_048_576, 4_194_304]);
    expect(first.config.size).toBe(4096);
  });
});
