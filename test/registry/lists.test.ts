import { describe, expect, it } from 'vitest';
import { digestOf, MEDIA_TYPES } from '../../src/registry/index.ts';
import { referrersTag } from '../../src/registry/referrers.ts';
import { registryError, testClient } from './support/client.ts';
import { scriptedServer } from './support/scripted-server.ts';

async function collect(entries: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const entry of entries) all.push(entry);
  return all;
}

const next = (target: string) => ({ link: `<${target}>; rel="next"` });

describe('tags', () => {
  it('a page asks with n and last and tells the next one', async () => {
    const server = await scriptedServer([
      { status: 200, headers: next('/v2/app/tags/list?last=b&n=2'), body: { name: 'app', tags: ['a', 'b'] } },
    ]);
    const page = await testClient(server.origin).client.tags.page('app', { n: 2, last: 'A/b' });
    expect(server.lines).toEqual(['GET /v2/app/tags/list?n=2&last=A%2Fb']);
    expect(page).toEqual({ tags: ['a', 'b'], next: `${server.origin}/v2/app/tags/list?last=b&n=2` });
  });

  it.each([
    ['absolute', '{origin}/v2/app/tags/list?token=1', '/v2/app/tags/list?token=1'],
    ['absolute path', '/v2/app/tags/list?token=1', '/v2/app/tags/list?token=1'],
    ['relative', 'list?token=1', '/v2/app/tags/list?token=1'],
    ['query alone', '?token=1', '/v2/app/tags/list?token=1'],
  ])('all follows a Link that is %s, however short a page is', async (_, link, asked) => {
    const server = await scriptedServer([
      { status: 200, headers: next(link), body: { tags: ['a'] } },
      { status: 200, body: { tags: ['b', 'c'] } },
    ]);
    const { client } = testClient(server.origin);
    expect(await collect(client.tags.all('app', { n: 100 }))).toEqual(['a', 'b', 'c']);
    expect(server.lines).toEqual(['GET /v2/app/tags/list?n=100', `GET ${asked}`]);
  });

  it('null is an empty list', async () => {
    const server = await scriptedServer([{ status: 200, body: { name: 'app', tags: null } }]);
    expect(await testClient(server.origin).client.tags.page('app')).toEqual({ tags: [] });
  });

  it('pages are read only as they are wanted', async () => {
    const server = await scriptedServer([{ status: 200, headers: next('?p=2'), body: { tags: ['a', 'b'] } }]);
    for await (const tag of testClient(server.origin).client.tags.all('app')) if (tag === 'b') break;
    expect(server.lines).toHaveLength(1);
  });

  it('a loop of links ends', async () => {
    const server = await scriptedServer(() => ({ status: 200, headers: next('?p=1'), body: { tags: ['a'] } }));
    const error = await registryError(collect(testClient(server.origin).client.tags.all('app')));
    expect(error).toMatchObject({ code: 'LINK_LOOP', operation: 'tags_list' });
    expect(server.lines).toHaveLength(2);
  });

  it('a Link to another host gets no credentials', async () => {
    const other = await scriptedServer([{ status: 200, body: { tags: ['b'] } }]);
    const server = await scriptedServer([
      { status: 401, headers: { 'www-authenticate': 'Basic' } },
      { status: 200, headers: next(`${other.origin}/list`), body: { tags: ['a'] } },
    ]);
    const { client } = testClient(server.origin, { credentials: { username: 'u', password: 'p' } });
    expect(await collect(client.tags.all('app'))).toEqual(['a', 'b']);
    expect(other.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  it.each([
    ['no JSON', '<html>login</html>'],
    ['no object', '["a"]'],
    ['tags that are no list', '{"tags":"a"}'],
    ['tags that are no texts', '{"tags":[1]}'],
  ])('an answer with %s is a failure of its own', async (_, body) => {
    const server = await scriptedServer([{ status: 200, body }]);
    expect(await registryError(testClient(server.origin).client.tags.page('app'))).toMatchObject({ code: 'BODY_UNUSABLE' });
  });
});

describe('catalog', () => {
  it('is asked for below the base path and followed to its end', async () => {
    const server = await scriptedServer([
      { status: 200, headers: next('/base/v2/_catalog?last=a&n=1'), body: { repositories: ['a'] } },
      { status: 200, body: { repositories: ['b'] } },
    ]);
    const { client, story } = testClient(`${server.origin}/base`);
    expect(await collect(client.catalog.all({ n: 1 }))).toEqual(['a', 'b']);
    expect(server.lines).toEqual(['GET /base/v2/_catalog?n=1', 'GET /base/v2/_catalog?last=a&n=1']);
    expect(story).toEqual(['catalog_list GET registry 200', 'catalog_list GET registry 200']);
  });
});

const entry = (artifactType: string, n: number) => ({
  mediaType: MEDIA_TYPES.ociManifest,
  digest: `sha256:${String(n).repeat(64)}`,
  size: n,
  artifactType,
});
const index = (...manifests: unknown[]) => ({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests });

describe('referrers', () => {
  const DIGEST = digestOf(Buffer.from('x'));
  it('come from the API, over pages, filtered by us where the registry does not', async () => {
    const server = await scriptedServer([
      { status: 200, headers: next('?p=2'), body: index(entry('a/sbom', 1), entry('a/sig', 2)) },
      { status: 200, headers: { 'oci-filters-applied': 'artifactType' }, body: index(entry('a/sbom', 3)) },
    ]);
    const list = await testClient(server.origin).client.referrers.list('app', DIGEST, { artifactType: 'a/sbom' });
    expect(server.lines).toEqual([`GET /v2/app/referrers/${DIGEST}?artifactType=a%2Fsbom`, `GET /v2/app/referrers/${DIGEST}?p=2`]);
    expect(list.source).toBe('api');
    expect(list.manifests.map(({ size }) => size)).toEqual([1, 3]);
  });

  it('come from the referrers tag where there is no API, and neither 404 is a failure', async () => {
    const server = await scriptedServer([
      { status: 404 },
      { status: 200, body: index(entry('a/sbom', 1), entry('a/sig', 2)) },
      { status: 404 },
      { status: 404 },
    ]);
    const { client, exchanges } = testClient(server.origin);
    expect(await client.referrers.list('app', DIGEST, { artifactType: 'a/sig' })).toEqual({
      manifests: [entry('a/sig', 2)],
      source: 'tag',
    });
    expect(await client.referrers.list('app', DIGEST)).toEqual({ manifests: [], source: 'tag' });
    expect(server.lines[1]).toBe(`GET /v2/app/manifests/${DIGEST.replace(':', '-')}`);
    expect(exchanges.every(({ expected }) => expected)).toBe(true);
  });

  it('the tag of a sha512 digest is cut to 64 hex digits', () => {
    expect(referrersTag(`sha512:${'ab'.repeat(64)}`)).toBe(`sha512-${'ab'.repeat(32)}`);
  });
});
