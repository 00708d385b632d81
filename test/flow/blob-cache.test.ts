import { beforeAll, describe, expect, it } from 'vitest';
import { cacheOf } from '../../src/flow/blob-cache.ts';
import { images, pull } from '../../src/flow/index.ts';
import type { SeededImage } from '../../src/image/index.ts';
import { startRegistry } from '../../src/serve/index.ts';
import { atEnd } from '../support/at-end.ts';
import { testVu } from './support/vu.ts';

let url = '';
let v1: SeededImage;
let v2: SeededImage;
beforeAll(async () => {
  const registry = await startRegistry();
  atEnd(() => registry.close());
  url = registry.url;
  [v1, v2] = (await images.seed(testVu(url).vu, { tags: 2, layers: ['1KiB'], base: { size: '8KiB' } })) as [SeededImage, SeededImage];
});

/** Two VUs of one thread. */
function twoVus() {
  const one = testVu(url, { id: 1 });
  const two = testVu(url, { id: 2 });
  const shared = one.vu.internals.shared;
  const of = (vu: typeof two.vu) => Object.assign(Object.create(vu) as typeof vu, { internals: { ...vu.internals, shared } });
  return { one: one.vu, two: of(two.vu) };
}

describe('cacheOf', () => {
  it('gives nothing, a host for each VU, or one host for all', () => {
    const { one, two } = twoVus();
    expect(cacheOf(one, 'none')).toBeUndefined();
    cacheOf(one, 'per-vu')?.add('a');
    cacheOf(one, 'shared')?.add('b');
    const has = (vu: typeof one, policy: 'per-vu' | 'shared') => ['a', 'b'].filter((digest) => cacheOf(vu, policy)?.has(digest));
    expect([has(one, 'per-vu'), has(two, 'per-vu'), has(one, 'shared'), has(two, 'shared')]).toEqual([['a'], [], ['b'], ['b']]);
  });

  it('keeps what setup pulls from warming the load', () => {
    const { one } = twoVus();
    const scope = { ...one.internals.scope, stage: 'setup' as const };
    const setup = { ...one, internals: { ...one.internals, scope } };
    cacheOf(setup, 'shared')?.add('a');
    expect(cacheOf(one, 'shared')?.has('a')).toBe(false);
  });
});

describe('a pull with a cache', () => {
  it.each([
    ['none', [0, 0, 0]],
    ['per-vu', [0, 3, 1]], // the same image again: config and both layers; the next version: the base
    ['shared', [0, 3, 1]],
  ] as const)('of %s leaves out what the host has', async (cache, expected) => {
    const { vu } = testVu(url);
    const pulls = [await pull(vu, v1, { cache }), await pull(vu, v1, { cache }), await pull(vu, v2, { cache })];
    expect(pulls.map(({ ok }) => ok)).toEqual([true, true, true]);
    expect(pulls.map(({ cached }) => cached)).toEqual(expected);
  });

  it('of the run is the default', async () => {
    const { vu } = testVu(url, { settings: { cache: 'per-vu' } });
    await pull(vu, v1);
    expect(await pull(vu, v1)).toMatchObject({ ok: true, cached: 3 });
    expect(await pull(vu, v1, { cache: 'none' })).toMatchObject({ ok: true, cached: 0 });
  });
});
