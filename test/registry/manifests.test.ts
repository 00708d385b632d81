import { describe, expect, it } from 'vitest';
import { digestOf, MANIFEST_ACCEPT, MEDIA_TYPES } from '../../src/registry/index.ts';
import { registryError, testClient } from './support/client.ts';
import { scriptedServer, specError } from './support/scripted-server.ts';

const MANIFEST = Buffer.from('{"schemaVersion":2}');
const DIGEST = digestOf(MANIFEST);

describe('manifests', () => {
  it('get asks by tag with an Accept of every modern type and takes the bytes as they are', async () => {
    const server = await scriptedServer([
      {
        status: 200,
        headers: { 'content-type': `${MEDIA_TYPES.ociManifest}; charset=utf-8`, 'docker-content-digest': DIGEST },
        body: MANIFEST,
      },
    ]);
    const { client, story } = testClient(server.origin);
    const got = await client.manifests.get('team/app', '1.0');
    expect(server.lines).toEqual(['GET /v2/team/app/manifests/1.0']);
    expect(server.requests[0]?.headers).toMatchObject({
      accept: MANIFEST_ACCEPT,
      'user-agent': 'loadreg/test',
      'accept-encoding': 'identity',
    });
    expect(got).toMatchObject({ mediaType: MEDIA_TYPES.ociManifest, digest: DIGEST, headerDigest: DIGEST, mismatch: undefined });
    expect(got.bytes.equals(MANIFEST)).toBe(true);
    expect(story).toEqual(['manifest_get GET registry 200']);
  });

  it('sends an Accept of several lines as several lines', async () => {
    const server = await scriptedServer([{ status: 200, body: MANIFEST }]);
    await testClient(server.origin).client.manifests.get('app', 'a', { accept: ['x/one', 'x/two'] });
    const raw = server.requests[0]?.rawHeaders ?? [];
    expect(raw.filter((_, i) => raw[i - 1]?.toLowerCase() === 'accept')).toEqual(['x/one', 'x/two']);
  });

  it.each([
    ['bytes that are not those of the digest asked for', `sha256:${'0'.repeat(64)}`, {}, MEDIA_TYPES.ociManifest, 'DIGEST_MISMATCH'],
    [
      'a header that confirms wrong bytes',
      `sha256:${'0'.repeat(64)}`,
      { 'docker-content-digest': `sha256:${'0'.repeat(64)}` },
      MEDIA_TYPES.ociManifest,
      'DIGEST_MISMATCH',
    ],
    [
      'bytes by tag that are not those of the header',
      'latest',
      { 'docker-content-digest': `sha256:${'0'.repeat(64)}` },
      MEDIA_TYPES.ociManifest,
      'DIGEST_MISMATCH',
    ],
    [
      'a header that lies about right bytes',
      DIGEST,
      { 'docker-content-digest': `sha256:${'0'.repeat(64)}` },
      MEDIA_TYPES.ociManifest,
      undefined,
    ],
    ['a header that is no digest', 'latest', { 'docker-content-digest': 'nonsense' }, MEDIA_TYPES.ociManifest, undefined],
    [
      'a signed schema 1 manifest, whose digest is of its payload',
      'latest',
      { 'docker-content-digest': `sha256:${'0'.repeat(64)}` },
      MEDIA_TYPES.dockerSchema1Signed,
      undefined,
    ],
  ])('tells by mismatch about %s', async (_, reference, headers, mediaType, code) => {
    const server = await scriptedServer([{ status: 200, headers: { 'content-type': mediaType, ...headers }, body: MANIFEST }]);
    const { client, exchanges } = testClient(server.origin);
    const got = await client.manifests.get('app', reference);
    expect(got.mismatch?.code).toBe(code);
    expect(exchanges[0]).toMatchObject({ expected: code === undefined, errorCode: code ?? '' });
  });

  it('checks a sha512 digest by sha512', async () => {
    const server = await scriptedServer([{ status: 200, body: MANIFEST }]);
    const digest = digestOf(MANIFEST, 'sha512');
    expect(await testClient(server.origin).client.manifests.get('app', digest)).toMatchObject({ digest, mismatch: undefined });
  });

  it('refuses a manifest of more than 4 MiB', async () => {
    const server = await scriptedServer([{ status: 200, body: Buffer.alloc(4_194_305) }]);
    const error = await registryError(testClient(server.origin).client.manifests.get('app', 'big'));
    expect(error.code).toBe('MANIFEST_TOO_LARGE');
  });

  it('head reads type, digest and size; what is missing stays out', async () => {
    const server = await scriptedServer([
      { status: 200, headers: { 'content-type': MEDIA_TYPES.ociIndex, 'docker-content-digest': DIGEST, 'content-length': '19' } },
      { status: 200 },
    ]);
    const { client } = testClient(server.origin);
    expect(await client.manifests.head('app', '1')).toEqual({ mediaType: MEDIA_TYPES.ociIndex, digest: DIGEST, size: 19 });
    expect(await client.manifests.head('app', '1')).toMatchObject({ mediaType: '' });
    expect(server.lines).toEqual(['HEAD /v2/app/manifests/1', 'HEAD /v2/app/manifests/1']);
  });

  it('exists takes 404 for an answer, head does not', async () => {
    const server = await scriptedServer([{ status: 404 }, { status: 404 }]);
    const { client, story } = testClient(server.origin);
    expect(await client.manifests.exists('app', 'gone')).toBeUndefined();
    const error = await registryError(client.manifests.head('app', 'gone'));
    expect(error.message).toBe(`manifest_head failed with 404 (HEAD ${server.origin}/v2/app/manifests/gone)`);
    expect(story).toEqual(['manifest_head HEAD registry 404', 'manifest_head HEAD registry 404!']);
  });

  it('put sends exactly the bytes under their media type and reads what the registry says', async () => {
    const server = await scriptedServer([
      { status: 201, headers: { location: `/v2/app/manifests/${DIGEST}`, 'docker-content-digest': DIGEST, 'oci-subject': DIGEST } },
    ]);
    const { client } = testClient(server.origin);
    const pushed = await client.manifests.put('app', '1.0', MANIFEST, MEDIA_TYPES.ociManifest);
    expect(server.requests[0]).toMatchObject({ line: 'PUT /v2/app/manifests/1.0', body: MANIFEST.toString() });
    expect(server.requests[0]?.headers).toMatchObject({ 'content-type': MEDIA_TYPES.ociManifest, 'content-length': '19' });
    expect(pushed).toEqual({ digest: DIGEST, location: `${server.origin}/v2/app/manifests/${DIGEST}`, subject: DIGEST });
  });

  it('delete expects 202, and 404 only where that is fine', async () => {
    const server = await scriptedServer([{ status: 202 }, { status: 404 }, { status: 405, body: specError('UNSUPPORTED') }]);
    const { client } = testClient(server.origin);
    await client.manifests.delete('app', DIGEST);
    await client.manifests.delete('app', DIGEST, { missingOk: true });
    expect(await registryError(client.manifests.delete('app', DIGEST))).toMatchObject({ status: 405, code: 'UNSUPPORTED' });
    expect(server.lines[0]).toBe(`DELETE /v2/app/manifests/${DIGEST}`);
  });
});
