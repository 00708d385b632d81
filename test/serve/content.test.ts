import { beforeAll, describe, expect, it } from 'vitest';
import { startRegistry } from '../../src/serve/index.ts';
import { atEnd } from '../support/at-end.ts';
import { call, digestOf, fresh, INDEX, MANIFEST, manifestOf, pushBlob, pushImage } from './client.ts';

let url: string;

beforeAll(async () => {
  const registry = await startRegistry();
  atEnd(registry.close);
  url = registry.url;
});

const get = (path: string, headers: Record<string, string> = {}) => call(url, 'GET', path, { headers });
const json = async (path: string) => JSON.parse((await get(path)).body.toString()) as Record<string, unknown>;
const putManifest = (path: string, body: Buffer | string, type = MANIFEST) =>
  call(url, 'PUT', path, { headers: { 'content-type': type }, body });
const padded = (size: number) => {
  const empty = JSON.stringify({ schemaVersion: 2, note: '' });
  return JSON.stringify({ schemaVersion: 2, note: 'x'.repeat(size - empty.length) });
};
const referrersOf = (digest: string) => `/v2/team/signed/referrers/${digest}`;
const NO_DIGEST = `sha256:${'0'.repeat(64)}`;

describe('requests that are refused', () => {
  it.each([
    ['GET', '/', 404, 'UNSUPPORTED'],
    ['GET', '/v1/_ping', 404, 'UNSUPPORTED'],
    ['GET', '/v2/app', 404, 'UNSUPPORTED'],
    ['GET', '/v2/App/tags/list', 400, 'NAME_INVALID'],
    ['GET', '/v2/a//b/tags/list', 400, 'NAME_INVALID'],
    ['GET', `/v2/${'a/'.repeat(128)}a/tags/list`, 400, 'NAME_INVALID'],
    ['GET', '/v2/%ff/tags/list', 400, 'NAME_INVALID'],
    ['GET', '/v2/nobody/tags/list', 404, 'NAME_UNKNOWN'],
    ['GET', '/v2/nobody/manifests/1.0', 404, 'MANIFEST_UNKNOWN'],
    ['GET', '/v2/nobody/manifests/.not-a-tag', 404, 'MANIFEST_UNKNOWN'],
    ['GET', `/v2/nobody/manifests/${NO_DIGEST}`, 404, 'MANIFEST_UNKNOWN'],
    ['DELETE', '/v2/nobody/manifests/1.0', 404, 'MANIFEST_UNKNOWN'],
    ['GET', `/v2/nobody/blobs/${NO_DIGEST}`, 404, 'BLOB_UNKNOWN'],
    ['DELETE', `/v2/nobody/blobs/${NO_DIGEST}`, 404, 'BLOB_UNKNOWN'],
    ['GET', '/v2/nobody/blobs/sha256:abc', 400, 'DIGEST_INVALID'],
    ['DELETE', '/v2/nobody/blobs/sha256:abc', 400, 'DIGEST_INVALID'],
    ['GET', '/v2/nobody/referrers/sha256:abc', 400, 'DIGEST_INVALID'],
    ['POST', '/v2/nobody/blobs/uploads/?mount=x&from=y', 400, 'DIGEST_INVALID'],
    ['POST', `/v2/nobody/blobs/uploads/?mount=${NO_DIGEST}&from=../y`, 400, 'NAME_INVALID'],
    ['PATCH', '/v2/nobody/blobs/uploads/1', 404, 'BLOB_UPLOAD_UNKNOWN'],
    ['PUT', '/v2/nobody/manifests/.not-a-tag', 400, 'TAG_INVALID'],
    ['POST', '/v2/', 405, 'UNSUPPORTED'],
    ['PUT', `/v2/nobody/blobs/${NO_DIGEST}`, 405, 'UNSUPPORTED'],
    ['GET', '/v2/nobody/blobs/uploads/', 404, 'BLOB_UPLOAD_UNKNOWN'],
    ['GET', '/v2/_catalog?n=-1', 400, 'PAGINATION_NUMBER_INVALID'],
    ['GET', '/v2/_catalog?n=many', 400, 'PAGINATION_NUMBER_INVALID'],
  ])('%s %s: %i %s', async (method, path, status, code) => {
    expect(await call(url, method, path)).toMatchObject({ status, code });
  });

  it('have no body when they were HEAD', async () => {
    const answer = await call(url, 'HEAD', `/v2/nobody/blobs/${NO_DIGEST}`);
    expect(answer.status).toBe(404);
    expect(answer.body.length).toBe(0);
  });
});

it('says what API it speaks', async () => {
  const answer = await get('/v2/');
  expect(answer.status).toBe(200);
  expect(answer.headers['docker-distribution-api-version']).toBe('registry/2.0');
});

describe.each([
  ['kept in memory', 1000],
  ['sent from its file', 1_000_000],
])('a blob %s', (_, size) => {
  const blob = fresh(size);
  const path = `/v2/team/app/blobs/${digestOf(blob)}`;
  beforeAll(() => pushBlob(url, 'team/app', blob));

  it('is described by HEAD and sent by GET', async () => {
    const fields = {
      'content-length': String(size),
      'docker-content-digest': digestOf(blob),
      etag: `"${digestOf(blob)}"`,
      'accept-ranges': 'bytes',
    };
    const head = await call(url, 'HEAD', path);
    expect(head).toMatchObject({ status: 200, headers: fields });
    const whole = await get(path.replace('sha256:', 'sha256%3A'));
    expect(whole).toMatchObject({ status: 200, headers: fields });
    expect(whole.body.equals(blob)).toBe(true);
  });

  it.each([
    ['bytes=500-699', 500, 700],
    ['bytes=500-', 500, size],
    ['bytes=-100', size - 100, size],
    ['bytes=0-0', 0, 1],
    ['bytes=900-99999999', 900, size],
    ['bytes=-99999999', 0, size],
  ])('Range: %s is served', async (range, start, end) => {
    const answer = await get(path, { range });
    expect(answer.status).toBe(206);
    expect(answer.headers).toMatchObject({ 'content-range': `bytes ${start}-${end - 1}/${size}`, 'content-length': String(end - start) });
    expect(answer.body.equals(blob.subarray(start, end))).toBe(true);
  });

  it.each(['bytes=9-5', 'bytes=0-1,5-6', 'lines=1-2', 'bytes=-'])('Range: %s is ignored', async (range) => {
    expect((await get(path, { range })).body.equals(blob)).toBe(true);
  });

  it.each([`bytes=${size}-`, 'bytes=-0'])('Range: %s cannot be served', async (range) => {
    const answer = await get(path, { range });
    expect(answer).toMatchObject({ status: 416, code: 'RANGE_INVALID' });
    expect(answer.headers['content-range']).toBe(`bytes */${size}`);
  });

  it('is not sent again to a client that has it, and whole to one whose If-Range names another', async () => {
    expect((await get(path, { 'if-none-match': `"${digestOf(blob)}"` })).status).toBe(304);
    expect((await get(path, { range: 'bytes=0-9', 'if-range': '"other"' })).status).toBe(200);
    expect((await get(path, { range: 'bytes=0-9', 'if-range': `"${digestOf(blob)}"` })).status).toBe(206);
  });
});

describe('manifests', () => {
  it('come back by tag and by digest, byte for byte', async () => {
    const { digest, manifest, answer } = await pushImage(url, 'team/image', '1.0');
    expect(answer.headers).toMatchObject({ location: `/v2/team/image/manifests/${digest}`, 'docker-content-digest': digest });
    for (const reference of ['1.0', digest]) {
      const fields = { 'content-type': MANIFEST, 'content-length': String(manifest.length), 'docker-content-digest': digest };
      expect(await call(url, 'HEAD', `/v2/team/image/manifests/${reference}`)).toMatchObject({ status: 200, headers: fields });
      const got = await get(`/v2/team/image/manifests/${reference}`);
      expect(got).toMatchObject({ status: 200, headers: fields });
      expect(got.body.equals(manifest)).toBe(true);
    }
    expect((await get('/v2/team/image/manifests/1.0', { 'if-none-match': `"${digest}"` })).status).toBe(304);
    expect((await get(`/v2/team/image/blobs/${digest}`)).code).toBe('BLOB_UNKNOWN');
  });

  it('a tag moves to the newest', async () => {
    await pushImage(url, 'team/moving', 'latest');
    const { digest } = await pushImage(url, 'team/moving', 'latest');
    expect((await get('/v2/team/moving/manifests/latest')).headers['docker-content-digest']).toBe(digest);
  });

  it.each([
    ['not JSON', '{', MANIFEST, 'MANIFEST_INVALID'],
    ['no object', '[]', MANIFEST, 'MANIFEST_INVALID'],
    ['of another type than Content-Type', `{"mediaType":"${INDEX}"}`, MANIFEST, 'MANIFEST_INVALID'],
    ['with a layer that has no digest', '{"layers":[{"size":1}]}', MANIFEST, 'MANIFEST_INVALID'],
    ['with a negative size', `{"layers":[{"digest":"${NO_DIGEST}","size":-1}]}`, MANIFEST, 'MANIFEST_INVALID'],
    ['with null for a config', '{"config":null}', MANIFEST, 'MANIFEST_INVALID'],
    ['with a layer that is not there', `{"layers":[{"digest":"${NO_DIGEST}","size":1}]}`, MANIFEST, 'MANIFEST_BLOB_UNKNOWN'],
    ['with a child that is not there', `{"manifests":[{"digest":"${NO_DIGEST}","size":1}]}`, INDEX, 'MANIFEST_BLOB_UNKNOWN'],
    [
      'of schema 1 with a layer that is not there',
      `{"fsLayers":[{"blobSum":"${NO_DIGEST}"}]}`,
      'application/vnd.docker.distribution.manifest.v1+json',
      'MANIFEST_BLOB_UNKNOWN',
    ],
  ])('%s are refused', async (_, body, type, code) => {
    expect(await putManifest('/v2/team/bad/manifests/x', body, type)).toMatchObject({ status: 400, code });
  });

  it('whose digest is another are refused', async () => {
    expect(await putManifest(`/v2/team/bad/manifests/${NO_DIGEST}`, '{}')).toMatchObject({ status: 400, code: 'DIGEST_INVALID' });
  });

  it('of 4 MiB are taken, and larger ones refused', async () => {
    const limit = 4 * 1024 * 1024;
    expect((await putManifest('/v2/team/large/manifests/ok', padded(limit))).status).toBe(201);
    expect(await putManifest('/v2/team/large/manifests/no', padded(limit + 1))).toMatchObject({ status: 413, code: 'SIZE_INVALID' });
    const chunked = { 'content-type': MANIFEST, 'transfer-encoding': 'chunked' };
    expect((await call(url, 'PUT', '/v2/team/large/manifests/no', { headers: chunked, body: padded(limit + 1) })).status).toBe(413);
  });

  it('need not have layers that are never pushed', async () => {
    const config = fresh(20);
    await pushBlob(url, 'team/foreign', config);
    const mediaType = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
    const layers = [{ mediaType, digest: NO_DIGEST, size: 1, urls: ['http://127.0.0.1:1/layer'] }];
    expect((await putManifest('/v2/team/foreign/manifests/x', manifestOf(config, [], { layers }))).status).toBe(201);
  });

  it('of an index are taken once its children are there', async () => {
    const { digest, manifest } = await pushImage(url, 'team/multi', 'child');
    const child = { mediaType: MANIFEST, digest, size: manifest.length, platform: { os: 'linux', architecture: 'amd64' } };
    const index = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [child] });
    expect((await putManifest('/v2/team/multi/manifests/all', index, `${INDEX}; charset=utf-8`)).status).toBe(201);
    expect((await get('/v2/team/multi/manifests/all')).headers['content-type']).toBe(INDEX);
  });

  it('go with their tags when deleted by digest, and stay when a tag is', async () => {
    const { digest } = await pushImage(url, 'team/gone', '1');
    const { body } = await get('/v2/team/gone/manifests/1');
    await putManifest('/v2/team/gone/manifests/2', body);
    expect((await call(url, 'DELETE', '/v2/team/gone/manifests/1')).status).toBe(202);
    expect(await json('/v2/team/gone/tags/list')).toEqual({ name: 'team/gone', tags: ['2'] });
    expect((await call(url, 'DELETE', `/v2/team/gone/manifests/${digest}`)).status).toBe(202);
    expect((await get('/v2/team/gone/manifests/2')).code).toBe('MANIFEST_UNKNOWN');
    expect(await json('/v2/team/gone/tags/list')).toEqual({ name: 'team/gone', tags: [] });
  });
});

describe('lists', () => {
  const tags = ['1', '10', '2', 'A', 'b', 'latest'];

  it('of tags come in order and in pages that Link leads through', async () => {
    const { manifest } = await pushImage(url, 'team/tags', 'latest');
    for (const tag of tags.toReversed()) await putManifest(`/v2/team/tags/manifests/${tag}`, manifest);
    expect(await json('/v2/team/tags/tags/list')).toEqual({ name: 'team/tags', tags });

    const pages: unknown[] = [];
    for (let next: string | undefined = '/v2/team/tags/tags/list?n=4'; next !== undefined; ) {
      const page = await get(next);
      pages.push((JSON.parse(page.body.toString()) as { tags: string[] }).tags);
      next = /^<(.+)>; rel="next"$/.exec(String(page.headers['link']))?.[1];
    }
    expect(pages).toEqual([tags.slice(0, 4), tags.slice(4)]);
  });

  it.each([
    ['n=6', tags, false],
    ['n=100', tags, false],
    ['n=0', [], false],
    ['n=2&last=10', ['2', 'A'], true],
    ['last=3', ['A', 'b', 'latest'], false],
    ['last=zzz', [], false],
  ])('of tags with %s', async (query, expected, more) => {
    const page = await get(`/v2/team/tags/tags/list?${query}`);
    expect(JSON.parse(page.body.toString())).toEqual({ name: 'team/tags', tags: expected });
    expect(page.headers['link'] !== undefined).toBe(more);
  });

  it('of repositories hold those with a manifest, in pages', async () => {
    for (const name of ['cat/a', 'cat/b', 'cat/c']) await pushImage(url, name, 'x', { layers: [] });
    await pushBlob(url, 'cat/blob-only', fresh(3));
    const page = await get('/v2/_catalog?n=2&last=cat/');
    expect(JSON.parse(page.body.toString())).toEqual({ repositories: ['cat/a', 'cat/b'] });
    expect(page.headers['link']).toBe('</v2/_catalog?last=cat%2Fb&n=2>; rel="next"');
  });
});

it('lists what refers to a manifest, filtered by artifact type, until it is deleted', async () => {
  const empty = { schemaVersion: 2, mediaType: INDEX, manifests: [] };
  const { digest, manifest } = await pushImage(url, 'team/signed', '1.0', { layers: [] });
  expect(await json(referrersOf(digest))).toEqual(empty);
  expect(await json(referrersOf(NO_DIGEST).replace('signed', 'nobody'))).toEqual(empty);

  const subject = { mediaType: MANIFEST, digest, size: manifest.length };
  const annotations = { note: 'a signature' };
  const more = { subject, artifactType: 'application/vnd.test.signature', annotations };
  const signature = await pushImage(url, 'team/signed', 'sig', { layers: [], more });
  expect(signature.answer.headers['oci-subject']).toBe(digest);
  const bom = await pushImage(url, 'team/signed', 'bom', { layers: [], more: { subject } });

  const describeSignature = {
    mediaType: MANIFEST,
    digest: signature.digest,
    size: signature.manifest.length,
    artifactType: more.artifactType,
    annotations,
  };
  const describeBom = {
    mediaType: MANIFEST,
    digest: bom.digest,
    size: bom.manifest.length,
    artifactType: 'application/vnd.oci.image.config.v1+json',
  };
  expect(await json(referrersOf(digest))).toEqual({ ...empty, manifests: [describeSignature, describeBom] });
  const filtered = await get(`${referrersOf(digest)}?artifactType=application/vnd.test.signature`);
  expect(filtered.headers).toMatchObject({ 'oci-filters-applied': 'artifactType', 'content-type': INDEX });
  expect(JSON.parse(filtered.body.toString())).toEqual({ ...empty, manifests: [describeSignature] });

  for (const referrer of [signature, bom]) await call(url, 'DELETE', `/v2/team/signed/manifests/${referrer.digest}`);
  expect(await json(referrersOf(digest))).toEqual(empty);
});
