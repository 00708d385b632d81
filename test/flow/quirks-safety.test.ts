import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { pull } from '../../src/flow/index.ts';
import { pushBlob } from '../../src/flow/upload.ts';
import type { UploadMode } from '../../src/flow/upload-options.ts';
import { MEDIA_TYPES } from '../../src/registry/index.ts';
import { type Reply, scriptedServer, type Seen } from '../registry/support/scripted-server.ts';
import { testVu } from './support/vu.ts';

const digestOf = (bytes: string | Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const BYTES = Buffer.from('0123456789');
const DIGEST = digestOf(BYTES);
const CONFIG = '{}';
const CREDENTIALS = { username: 'u', password: 'p' };

/** A registry of these manifests by reference and blobs by digest, which asks for credentials where `basic`. */
function registryOf(manifests: Record<string, string | Buffer>, type: string = MEDIA_TYPES.ociManifest, basic = false) {
  const blobs: Record<string, string | Buffer> = { [DIGEST]: BYTES, [digestOf(CONFIG)]: CONFIG };
  return scriptedServer(({ line, headers }: Seen): Reply => {
    if (basic && headers.authorization === undefined) return { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } };
    const [, kind, name = ''] = /\/(manifests|blobs)\/([^/ ]+)$/.exec(line) ?? [];
    const body = (kind === 'manifests' ? manifests : blobs)[name];
    if (body === undefined) return { status: 404 };
    return { status: 200, headers: kind === 'manifests' ? { 'content-type': type } : {}, body };
  });
}

const config = { mediaType: MEDIA_TYPES.ociConfig, digest: digestOf(CONFIG), size: 2 };
const layer = { mediaType: MEDIA_TYPES.ociLayer, digest: DIGEST, size: 10 };
const image = (fields: object) => JSON.stringify({ schemaVersion: 2, config, layers: [layer], ...fields });
const gets = (requests: readonly Seen[]) => requests.filter(({ line }) => line.startsWith('GET')).map(({ line }) => line);

describe('a manifest that cannot be trusted', () => {
  it.each([
    ['of more than 4 MiB', 4_194_305, 'MANIFEST_TOO_LARGE'],
    ['of 4 MiB, which is read (and is no JSON here)', 4_194_304, 'MANIFEST_UNUSABLE'],
  ])('%s', async (_, size, code) => {
    const server = await registryOf({ '1': Buffer.alloc(size) });
    expect(await pull(testVu(server.origin).vu, 'app:1', { head: false })).toMatchObject({ ok: false, code });
    expect(gets(server.requests)).toEqual(['GET /v2/app/manifests/1']);
  });

  it.each([
    ['md5', `md5:${'0'.repeat(32)}`],
    ['sha3', `sha3-256:${'0'.repeat(64)}`],
    ['sha256, but too short', 'sha256:0123'],
    ['sha256 in capitals', `sha256:${'A'.repeat(64)}`],
    ['a path', `sha256:../../${'0'.repeat(58)}`],
    ['nothing', ''],
  ])('names a layer, a config or a child by a digest of %s: nothing of it is asked for', async (_, digest) => {
    const child = { mediaType: MEDIA_TYPES.ociManifest, digest, size: 1, platform: { os: 'linux', architecture: 'amd64' } };
    const bad: [string, string][] = [
      [image({ layers: [{ ...layer, digest }] }), MEDIA_TYPES.ociManifest],
      [image({ config: { ...config, digest } }), MEDIA_TYPES.ociManifest],
      [JSON.stringify({ schemaVersion: 2, manifests: [child] }), MEDIA_TYPES.ociIndex],
      [JSON.stringify({ schemaVersion: 1, fsLayers: [{ blobSum: digest }] }), MEDIA_TYPES.dockerSchema1],
    ];
    for (const [manifest, type] of bad) {
      const server = await registryOf({ '1': manifest }, type);
      expect(await pull(testVu(server.origin).vu, 'app:1', { head: false })).toMatchObject({ ok: false, code: 'MANIFEST_UNUSABLE' });
      expect(gets(server.requests)).toEqual(['GET /v2/app/manifests/1']);
    }
  });

  it('is an index that lists itself: its bytes cannot have the digest that it lists', async () => {
    const self = `sha256:${'1'.repeat(64)}`;
    const child = { mediaType: MEDIA_TYPES.ociIndex, digest: self, size: 1, platform: { os: 'linux', architecture: 'amd64' } };
    const index = JSON.stringify({ schemaVersion: 2, manifests: [child] });
    const server = await registryOf({ '1': index, [self]: index }, MEDIA_TYPES.ociIndex);
    expect(await pull(testVu(server.origin).vu, 'app:1', { head: false })).toMatchObject({ ok: false, code: 'DIGEST_MISMATCH' });
    expect(gets(server.requests)).toHaveLength(2);
  });
});

describe('credentials', () => {
  it('never go where a layer says that it lives, and nor does the pull', async () => {
    const elsewhere = await scriptedServer(() => ({ status: 200, body: BYTES }));
    const urls = [`${elsewhere.origin}/layer`];
    const other = { mediaType: MEDIA_TYPES.dockerForeignLayer, digest: digestOf('foreign'), size: 7, urls };
    const server = await registryOf({ '1': image({ layers: [other, { ...layer, urls }] }) }, MEDIA_TYPES.ociManifest, true);
    const { vu } = testVu(server.origin, { credentials: CREDENTIALS });
    expect(await pull(vu, 'app:1')).toMatchObject({ ok: true });
    expect(elsewhere.requests).toEqual([]);
    expect(gets(server.requests).slice(-2)).toEqual([`GET /v2/app/blobs/${digestOf(CONFIG)}`, `GET /v2/app/blobs/${DIGEST}`]);
  });

  it.each<UploadMode>(['monolithic', 'stream', 'chunked'])(
    'never follow an upload whose Location is on another origin (%s)',
    async (mode) => {
      const storage = await scriptedServer(({ line }) => ({ status: line.startsWith('PUT') ? 201 : 202, headers: { location: '/u2' } }));
      const server = await scriptedServer(({ line, headers }) => {
        if (headers.authorization === undefined) return { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } };
        return line.startsWith('HEAD') ? { status: 404 } : { status: 202, headers: { location: `${storage.origin}/u1` } };
      });
      const { vu, seen } = testVu(server.origin, { credentials: CREDENTIALS });
      const blob = { digest: DIGEST, size: 10, mediaType: 'x/y', body: { length: 10, open: () => [BYTES] }, fresh: false };
      expect(await pushBlob(vu, 'app', blob, { mode, chunkSize: 6 })).toBe('uploaded');
      expect(server.requests.at(-1)?.headers.authorization).toBe('Basic dTpw');
      expect(storage.requests.length).toBeGreaterThan(0);
      expect(storage.requests.filter(({ headers }) => 'authorization' in headers || 'cookie' in headers)).toEqual([]);
      expect(seen.exchanges.filter(({ hostRole }) => hostRole === 'storage')).toHaveLength(storage.requests.length);
    },
  );

  it('never answer a challenge of that other origin', async () => {
    const storage = await scriptedServer(() => ({ status: 401, headers: { 'www-authenticate': 'Basic realm="give me"' } }));
    const server = await scriptedServer([{ status: 404 }, { status: 202, headers: { location: `${storage.origin}/u1` } }]);
    const { vu } = testVu(server.origin, { credentials: CREDENTIALS });
    const blob = { digest: DIGEST, size: 10, mediaType: 'x/y', body: { length: 10, open: () => [BYTES] }, fresh: false };
    await expect(pushBlob(vu, 'app', blob, {})).rejects.toMatchObject({ status: 401, code: 'HTTP_401' });
    expect(storage.requests).toHaveLength(1);
    expect(storage.requests[0]?.headers).not.toHaveProperty('authorization');
  });
});
