import { beforeAll, describe, expect, it } from 'vitest';
import { catalog, images, listTags, probe, remove } from '../../src/flow/index.ts';
import type { SeededImage } from '../../src/image/index.ts';
import { startRegistry } from '../../src/serve/index.ts';
import { atEnd } from '../support/at-end.ts';
import { testVu } from './support/vu.ts';

let url = '';
let refs: SeededImage[] = [];
beforeAll(async () => {
  const registry = await startRegistry();
  atEnd(() => registry.close());
  url = registry.url;
  refs = await images.seed(testVu(url).vu, { repositories: 3, tags: 3, layers: [512] });
});

function named(index: number): SeededImage {
  const ref = refs[index];
  if (ref === undefined) throw new Error(`no image ${index}`);
  return ref;
}

describe('probe', () => {
  it('pings, or asks for the digest of an image', async () => {
    const { vu, operations, seen } = testVu(url);
    expect(await probe(vu)).toMatchObject({ ok: true, digest: undefined });
    expect(await probe(vu, named(0))).toMatchObject({ ok: true, digest: named(0).digest });
    expect(await probe(vu, 'no/such:image')).toMatchObject({ ok: false, digest: undefined });
    expect(operations()).toEqual(['ping', 'manifest_head', 'manifest_head']);
    expect(seen.flows.map(({ flow }) => flow)).toEqual(['probe', 'probe', 'probe']);
  });
});

describe('listTags and catalog', () => {
  it('read page by page to the end', async () => {
    const { vu, operations } = testVu(url);
    expect(await listTags(vu, named(0).repository, { n: 2 })).toMatchObject({ ok: true, tags: ['v1', 'v2', 'v3'] });
    expect(operations()).toEqual(['tags_list', 'tags_list']);
    const { repositories, ok } = await catalog(vu, { n: 1 });
    expect(ok).toBe(true);
    expect(repositories).toEqual([...new Set(refs.map(({ repository }) => repository))]);
  });

  it('stop at the limit', async () => {
    const { vu, operations } = testVu(url);
    expect((await listTags(vu, named(0).repository, { n: 2, limit: 2 })).tags).toEqual(['v1', 'v2']);
    expect((await catalog(vu, { n: 1, limit: 1 })).repositories).toHaveLength(1);
    expect(operations()).toEqual(['tags_list', 'catalog_list']);
    expect((await catalog(vu, { limit: 0 })).repositories).toEqual([]);
  });

  it('fail as data', async () => {
    const { vu } = testVu(url);
    expect(await listTags(vu, 'no/such')).toMatchObject({ ok: false, code: 'NAME_UNKNOWN', tags: [] });
    expect(await catalog(testVu('http://127.0.0.1:1').vu)).toMatchObject({ ok: false, code: 'ECONNREFUSED', repositories: [] });
  });
});

describe('remove', () => {
  it.each([
    ['a manifest by its tag', 'manifest', ['manifest_head', 'manifest_delete']],
    ['a tag', 'tag', ['manifest_delete']],
  ] as const)('deletes %s', async (_, by, expected) => {
    const { vu, operations } = testVu(url);
    const ref = named(by === 'tag' ? 3 : 4);
    expect(await remove(vu, ref, { by })).toMatchObject({ ok: true, reference: `${ref.repository}:${ref.tag}` });
    expect(operations()).toEqual(expected);
    expect(await probe(vu, ref)).toMatchObject({ ok: false });
    expect((await probe(vu, `${ref.repository}@${ref.digest}`)).ok).toBe(by === 'tag');
  });

  it('fails as data', async () => {
    expect(await remove(testVu(url).vu, 'no/such:image')).toMatchObject({ ok: false, reference: 'no/such:image' });
  });
});
