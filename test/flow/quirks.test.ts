import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { pull } from '../../src/flow/index.ts';
import { pushBlob } from '../../src/flow/upload.ts';
import type { UploadOptions } from '../../src/flow/upload-options.ts';
import type { VU } from '../../src/flow/vu.ts';
import { MEDIA_TYPES, type RegistryClient } from '../../src/registry/index.ts';
import { type TestClientOptions, testClient } from '../registry/support/client.ts';
import { type Row, startScriptedServer } from '../support/scripted-server.ts';
import { testVu } from './support/vu.ts';

const TEXT = '0123456789';
const BYTES = Buffer.from(TEXT);
const digestOf = (bytes: string | Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const DIGEST = digestOf(TEXT);
const BLOB = { digest: DIGEST, size: 10, mediaType: 'x/y', body: { length: 10, open: () => [BYTES] }, fresh: false };
const CONFIG = '{}';
const MANIFEST = JSON.stringify({
  schemaVersion: 2,
  config: { mediaType: MEDIA_TYPES.ociConfig, digest: digestOf(CONFIG), size: 2 },
  layers: [{ mediaType: MEDIA_TYPES.ociLayer, digest: DIGEST, size: 10 }],
});
const BASIC = { username: 'u', password: 'p' };

/** What a row may do. */
interface Acting {
  readonly client: RegistryClient;
  readonly push: (options?: UploadOptions) => Promise<unknown>;
  readonly pull: (reference: string) => Promise<unknown>;
}

/** One quirk of a registry, and what comes of it. */
interface Quirk {
  /** Whose it is (protocol notes, section 5), and what it does. */
  readonly name: string;
  /** Path of the base URL. */
  readonly base?: string;
  readonly options?: TestClientOptions;
  readonly script: (url: string) => Row[];
  readonly act: (acting: Acting) => Promise<unknown>;
  /** A part of what `act` resolves with, or of the error that it ends with. */
  readonly outcome: unknown;
  /** Exchanges that count as failed; default none. */
  readonly failed?: readonly string[];
}

type Reply = Extract<Row['reply'], { status: number }>;
const row = (method: string, url: string | RegExp, reply: Row['reply'], more: Partial<Row['expect']> = {}): Row => ({
  expect: { method, url, ...more },
  reply,
});
const error = (status: number, code: string, message = code.toLowerCase()): Reply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ errors: [{ code, message }] }),
});
const at = (location: string, headers: Record<string, string> = {}, status = 202): Reply => ({
  status,
  headers: { location, ...headers },
});

const U = '/v2/app/blobs/uploads/';
const missing = row('HEAD', `/v2/app/blobs/${DIGEST}`, { status: 404 });
const start = (reply: Reply = at('/u')) => row('POST', U, reply);
const patch = (reply: Row['reply'], url = '/u') => row('PATCH', url, reply, { body: TEXT });
const finish = (url = '/u') => row('PUT', `${url}?digest=${encodeURIComponent(DIGEST)}`, { status: 201 }, { body: '' });
const chunk = (range: string, reply: Row['reply']) => row('PATCH', '/u', reply, { headers: { 'content-range': range } });
const challenge = (value: string): Reply => ({ status: 401, headers: { 'www-authenticate': value } });
const manifest = (headers: Record<string, string>): Reply => ({ status: 200, headers, body: MANIFEST });
const blobs = [
  row('GET', `/v2/app/blobs/${digestOf(CONFIG)}`, { status: 200, body: CONFIG }),
  row('GET', `/v2/app/blobs/${DIGEST}`, { status: 200, body: TEXT }),
];
const twoChunks: UploadOptions = { mode: 'chunked', chunkSize: 5 };
async function collect(from: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const entry of from) all.push(entry);
  return all;
}
const identity = { identityToken: 'refresh-me' };

const QUIRKS: Quirk[] = [
  {
    name: 'ECR answers a PATCH with 201',
    script: () => [missing, start(), patch(at('/u', {}, 201)), finish()],
    act: ({ push }) => push({ mode: 'stream' }),
    outcome: 'uploaded',
  },
  {
    name: 'old GCR and Pulp answer a PATCH with 204 and no Location',
    script: () => [missing, start(), patch({ status: 204 }), finish()],
    act: ({ push }) => push({ mode: 'stream' }),
    outcome: 'uploaded',
  },
  {
    name: 'others answer a PUT with 204',
    script: () => [missing, start(), row('PUT', /^\/u\?digest=/, { status: 204 }, { body: TEXT })],
    act: ({ push }) => push(),
    outcome: 'uploaded',
  },
  {
    name: 'GCR gives a long Location on another path for each request, which serves once',
    script: () => [
      missing,
      start(at('/artifacts-uploads/a?t=1')),
      patch(at('/artifacts-uploads/b'), '/artifacts-uploads/a?t=1'),
      finish('/artifacts-uploads/b'),
    ],
    act: ({ push }) => push({ mode: 'stream' }),
    outcome: 'uploaded',
  },
  {
    name: 'Distribution with prefix and relative URLs leaves the prefix out of Location: put back when asked for',
    base: '/link/to/docker/registry',
    options: { restoreBasePath: true },
    script: () => [
      row('HEAD', `/link/to/docker/registry/v2/app/blobs/${DIGEST}`, { status: 404 }),
      row('POST', `/link/to/docker/registry${U}`, at(`${U}1?_state=a`)),
      row('PUT', new RegExp(`^/link/to/docker/registry${U}1\\?_state=a&digest=`), { status: 201 }, { body: TEXT }),
    ],
    act: ({ push }) => push(),
    outcome: 'uploaded',
  },
  {
    name: '… and taken as it is when not',
    base: '/link/to/docker/registry',
    script: () => [
      row('HEAD', `/link/to/docker/registry/v2/app/blobs/${DIGEST}`, { status: 404 }),
      row('POST', `/link/to/docker/registry${U}`, at(`${U}1?_state=a`)),
      row('PUT', new RegExp(`^${U}1\\?_state=a&digest=`), { status: 405 }),
    ],
    act: ({ push }) => push(),
    outcome: { code: 'HTTP_405' },
    failed: ['upload_put PUT registry 405!'],
  },
  {
    name: 'a Link without the prefix is put back likewise',
    base: '/base',
    options: { restoreBasePath: true },
    script: () => [
      row('GET', '/base/v2/app/tags/list', {
        status: 200,
        headers: { link: '</v2/app/tags/list?last=a>; rel="next"' },
        body: '{"tags":["a"]}',
      }),
      row('GET', '/base/v2/app/tags/list?last=a', { status: 200, body: '{"tags":["b"]}' }),
    ],
    act: ({ client }) => collect(client.tags.all('app')),
    outcome: ['a', 'b'],
  },
  {
    name: 'Quay says Range: bytes=0--1 for a session that was just opened',
    script: () => [missing, start(at('/u', { range: 'bytes=0--1' })), patch(at('/u', { range: 'bytes=0-9' })), finish()],
    act: ({ push }) => push({ mode: 'stream' }),
    outcome: 'uploaded',
  },
  {
    name: 'Quay gives an upload status without Location, one byte too high',
    script: () => [
      missing,
      start(),
      chunk('0-4', { raw: '' }),
      row('GET', '/u', { status: 204, headers: { range: 'bytes=0-5' } }),
      chunk('5-9', at('/u')),
      finish(),
    ],
    act: ({ push }) => push({ ...twoChunks, retries: 1 }),
    outcome: 'uploaded',
    failed: ['upload_chunk PATCH registry 0!'],
  },
  {
    name: 'zot says Range: 0--1 for an empty session',
    script: () => [row('POST', U, at('/u')), row('GET', '/u', { status: 204, headers: { range: '0--1' } })],
    act: async ({ client }) => client.uploads.status(await client.uploads.start('app')),
    outcome: { offset: 0 },
  },
  {
    name: 'ECR says the same Range after every chunk: our own count goes on',
    script: () => [missing, start(), chunk('0-4', at('/u', { range: '0-4' })), chunk('5-9', at('/u', { range: '0-4' })), finish()],
    act: ({ push }) => push(twoChunks),
    outcome: 'uploaded',
  },
  {
    name: 'Aliyun says Range of the chunk alone',
    script: () => [missing, start(), chunk('0-4', at('/u', { range: '0-4' })), chunk('5-9', at('/u', { range: '5-9' })), finish()],
    act: ({ push }) => push(twoChunks),
    outcome: 'uploaded',
  },
  {
    name: 'ECR Public has no upload status: a new session',
    script: () => [
      missing,
      start(),
      chunk('0-4', error(416, 'RANGE_INVALID')),
      row('GET', '/u', { status: 404 }),
      start(),
      chunk('0-4', at('/u')),
      chunk('5-9', at('/u')),
      finish(),
    ],
    act: ({ push }) => push(twoChunks),
    outcome: 'uploaded',
    failed: ['upload_chunk PATCH registry 416!', 'upload_status GET registry 404!'],
  },
  {
    name: 'ECR does not create repositories',
    script: () => [missing, start(error(404, 'NAME_UNKNOWN', "The repository with name 'app' does not exist"))],
    act: ({ push }) => push(),
    outcome: { code: 'NAME_UNKNOWN', message: expect.stringContaining("The repository with name 'app' does not exist") },
    failed: ['upload_start POST registry 404!'],
  },
  {
    name: 'GHCR refuses a chunk over 4 MiB by 416: fails with its own words, after one new session',
    script: () =>
      [1, 2].flatMap((session) => [
        ...(session === 1 ? [missing] : []),
        start(),
        chunk('0-4', { status: 416, body: 'request body is too large' }),
        row('GET', '/u', { status: 204, headers: { range: '0-0' } }),
        ...(session === 1 ? [row('DELETE', '/u', { status: 204 })] : []),
      ]),
    act: ({ push }) => push(twoChunks),
    outcome: { code: 'HTTP_416', message: expect.stringContaining('request body is too large') },
    failed: ['upload_chunk PATCH registry 416!', 'upload_chunk PATCH registry 416!'],
  },
  {
    name: 'ACR refuses a PUT over 20 MB by 413: fails, and is not tried again',
    script: () => [
      missing,
      start(),
      row('PUT', /^\/u\?/, { status: 413, body: '<html><head><title>413</title></head><body><h1>Too Large</h1></body></html>' }),
    ],
    act: ({ push }) => push({ retries: 3 }),
    outcome: { code: 'HTTP_413', message: expect.stringContaining('Too Large') },
    failed: ['upload_put PUT registry 413!'],
  },
  {
    name: 'Artifactory answers 403 for a tag that is missing: a pull fails with that status, and says so',
    script: () => [row('HEAD', '/v2/app/manifests/gone', { status: 403 })],
    act: ({ pull: act }) => act('app:gone'),
    outcome: { ok: false, code: 'HTTP_403', message: expect.stringMatching(/manifest_head failed with 403/) },
    failed: ['manifest_head HEAD registry 403!'],
  },
  {
    name: 'a proxy in front answers with a page of HTML',
    script: () => [
      row('GET', '/v2/app/manifests/1', {
        status: 502,
        headers: { 'content-type': 'text/html' },
        body: '<html><head><title>x</title><style>b{}</style></head><body><h1>502 Bad\nGateway</h1></body></html>',
      }),
    ],
    act: ({ client }) => client.manifests.get('app', '1'),
    outcome: { code: 'HTTP_502', status: 502, detail: '502 Bad Gateway' },
    failed: ['manifest_get GET registry 502!'],
  },
  {
    name: 'Harbor says 404 with code UNKNOWN: the status counts',
    script: () => [
      row('HEAD', '/v2/app/manifests/1', { status: 404 }),
      row('GET', '/v2/app/manifests/1', error(404, 'UNKNOWN', 'not found')),
    ],
    act: async ({ client }) => {
      expect(await client.manifests.exists('app', '1')).toBeUndefined();
      return client.manifests.get('app', '1');
    },
    outcome: { status: 404, code: 'UNKNOWN' },
    failed: ['manifest_get GET registry 404!'],
  },
  {
    name: 'Harbor sets cookies, and refuses whoever sends them back',
    script: () => [
      row('GET', '/v2/app/manifests/1', { ...manifest({}), headers: { 'set-cookie': ['sid=1; Path=/', '_gorilla_csrf=2'] } }),
      row('GET', '/v2/app/manifests/1', manifest({}), { headers: { cookie: undefined } }),
    ],
    act: async ({ client }) => {
      await client.manifests.get('app', '1');
      return client.manifests.get('app', '1');
    },
    outcome: { digest: digestOf(MANIFEST) },
  },
  ...[400, 401, 404, 405].map(
    (status): Quirk => ({
      name: `the token server refuses a POST by ${status} (ACR, Artifactory, GCR, Gitea): GET`,
      options: { credentials: identity },
      script: (url) => [
        row('GET', '/v2/app/manifests/1', challenge(`Bearer realm="${url}/token",service="s",scope="repository:app:pull"`)),
        row('POST', '/token', { status }),
        row('GET', /^\/token\?service=s&scope=/, { status: 200, body: '{"token":"t1"}' }),
        row('GET', '/v2/app/manifests/1', manifest({}), { headers: { authorization: 'Bearer t1' } }),
      ],
      act: ({ client }) => client.manifests.get('app', '1'),
      outcome: { digest: digestOf(MANIFEST) },
    }),
  ),
  {
    name: 'several challenges in one header: the first that can be answered',
    options: { credentials: BASIC },
    script: () => [
      row('GET', '/v2/app/manifests/1', challenge('Negotiate, Custom a="b, c", Basic realm="r, s"')),
      row('GET', '/v2/app/manifests/1', manifest({}), { headers: { authorization: 'Basic dTpw' } }),
    ],
    act: ({ client }) => client.manifests.get('app', '1'),
    outcome: { digest: digestOf(MANIFEST) },
  },
  {
    name: 'GHCR names a scope of its own at /v2/: the requests ask for what they need',
    script: (url) => [
      row('GET', '/v2/', challenge(`Bearer realm="${url}/token",service="s",scope="repository:user/image:pull"`)),
      row('GET', /^\/token\?/, { status: 200, body: '{"token":"t0"}' }),
      row('GET', '/v2/', { status: 200 }),
      row('GET', /^\/token\?.*scope=repository%3Aapp%3Apull/, { status: 200, body: '{"token":"t1"}' }),
      row('GET', '/v2/app/manifests/1', manifest({}), { headers: { authorization: 'Bearer t1' } }),
    ],
    act: async ({ client }) => {
      await client.ping();
      return client.manifests.get('app', '1');
    },
    outcome: { digest: digestOf(MANIFEST) },
  },
  ...[400, 401, 404].map(
    (status): Quirk => ({
      name: `a mount is answered by ${status} (Quay, Harbor, GitLab): an ordinary upload`,
      script: () => [
        missing,
        row('POST', `${U}?mount=${encodeURIComponent(DIGEST)}&from=base`, { status }),
        start(),
        row('PUT', /^\/u\?digest=/, { status: 201 }, { body: TEXT }),
      ],
      act: ({ push }) => push({ mountFrom: 'base' }),
      outcome: 'uploaded',
      failed: status === 401 ? [] : [`upload_mount POST registry ${status}!`],
    }),
  ),
  {
    name: 'ECR sends a manifest without Docker-Content-Digest: it is computed',
    script: () => [
      row('HEAD', '/v2/app/manifests/1', { status: 200, headers: { 'content-type': MEDIA_TYPES.ociManifest } }),
      row('GET', '/v2/app/manifests/1', manifest({ 'content-type': MEDIA_TYPES.ociManifest })),
      ...blobs,
    ],
    act: ({ pull: act }) => act('app:1'),
    outcome: { ok: true, digest: digestOf(MANIFEST), bytes: MANIFEST.length + 12 },
  },
  {
    name: 'Red Hat sends a manifest as text/plain: its shape tells what it is',
    script: () => [
      row('HEAD', '/v2/app/manifests/1', { status: 200 }),
      row('GET', '/v2/app/manifests/1', manifest({ 'content-type': 'text/plain; charset=utf-8' })),
      ...blobs,
    ],
    act: ({ pull: act }) => act('app:1'),
    outcome: { ok: true, digest: digestOf(MANIFEST) },
  },
  {
    name: '… a schema 1 manifest too',
    script: () => [
      row('HEAD', '/v2/app/manifests/1', { status: 200 }),
      row('GET', '/v2/app/manifests/1', {
        status: 200,
        headers: { 'content-type': 'text/plain' },
        body: JSON.stringify({ schemaVersion: 1, name: 'app', fsLayers: [{ blobSum: DIGEST }, { blobSum: DIGEST }] }),
      }),
      row('GET', `/v2/app/blobs/${DIGEST}`, { status: 200, body: TEXT }),
    ],
    act: ({ pull: act }) => act('app:1'),
    outcome: { ok: true, layers: [{ digest: DIGEST, size: 10 }] },
  },
  {
    name: 'tags: null is an empty list',
    script: () => [row('GET', '/v2/app/tags/list', { status: 200, body: '{"name":"app","tags":null}' })],
    act: ({ client }) => collect(client.tags.all('app')),
    outcome: [],
  },
  {
    name: 'a Link is relative to the page that gave it, and a short page is not the last one',
    script: () => [
      row('GET', '/v2/app/tags/list?n=100', { status: 200, headers: { link: '<?n=100&last=a>; rel="next"' }, body: '{"tags":["a"]}' }),
      row('GET', '/v2/app/tags/list?n=100&last=a', { status: 200, body: '{"tags":["b"]}' }),
    ],
    act: ({ client }) => collect(client.tags.all('app', { n: 100 })),
    outcome: ['a', 'b'],
  },
  {
    name: 'the catalog is closed to us: 401 is an error with a hint',
    options: { credentials: BASIC },
    script: () => [
      row('GET', '/v2/_catalog', challenge('Basic realm="r"')),
      row('GET', '/v2/_catalog', { ...error(401, 'UNAUTHORIZED'), ...challenge('Basic realm="r"') }),
    ],
    act: ({ client }) => collect(client.catalog.all()),
    outcome: { status: 401, hint: expect.stringContaining('refuses these credentials') },
    failed: ['catalog_list GET registry 401!'],
  },
  {
    name: 'deletion is off: 405',
    script: () => [
      row('DELETE', `/v2/app/blobs/${DIGEST}`, error(405, 'UNSUPPORTED')),
      row('DELETE', '/v2/app/manifests/1', { status: 405 }),
    ],
    act: async ({ client }) => {
      await expect(client.blobs.delete('app', DIGEST)).rejects.toMatchObject({ status: 405, code: 'UNSUPPORTED' });
      await client.manifests.delete('app', '1');
    },
    outcome: { status: 405, code: 'HTTP_405' },
    failed: ['blob_delete DELETE registry 405!', 'manifest_delete DELETE registry 405!'],
  },
  {
    name: 'zot refuses media types of Docker by 415',
    script: () => [
      row('PUT', '/v2/app/manifests/1', error(415, 'MANIFEST_INVALID'), { headers: { 'content-type': MEDIA_TYPES.dockerManifest } }),
    ],
    act: ({ client }) => client.manifests.put('app', '1', Buffer.from(MANIFEST), MEDIA_TYPES.dockerManifest),
    outcome: { status: 415, code: 'MANIFEST_INVALID' },
    failed: ['manifest_put PUT registry 415!'],
  },
  {
    name: 'GHCR has no referrers API: the tag is read',
    script: () => [
      row('GET', `/v2/app/referrers/${DIGEST}`, { status: 404 }),
      row('GET', `/v2/app/manifests/${DIGEST.replace(':', '-')}`, error(404, 'MANIFEST_UNKNOWN')),
    ],
    act: ({ client }) => client.referrers.list('app', DIGEST),
    outcome: { manifests: [], source: 'tag' },
  },
  {
    name: 'Docker Hub answers 429 when the quota is used up',
    script: () => [row('GET', '/v2/app/manifests/1', error(429, 'TOOMANYREQUESTS', 'You have reached your pull rate limit'))],
    act: ({ client }) => client.manifests.get('app', '1'),
    outcome: { status: 429, code: 'TOOMANYREQUESTS' },
    failed: ['manifest_get GET registry 429!'],
  },
  ...[302, 303, 307, 308].map(
    (status): Quirk => ({
      name: `a blob is redirected by ${status}, and so is its HEAD (Quay, Harbor)`,
      script: () => [
        row('HEAD', `/v2/app/blobs/${DIGEST}`, { status, headers: { location: '/s?sig=1' } }),
        row('HEAD', '/s?sig=1', { status: 200 }),
        row('GET', `/v2/app/blobs/${DIGEST}`, { status, headers: { location: '/s?sig=2' } }),
        row('GET', '/s?sig=2', { status: 200, body: TEXT }),
      ],
      act: async ({ client }) => {
        const found = await client.blobs.exists('app', DIGEST);
        return [found, await client.blobs.get('app', DIGEST)];
      },
      outcome: [{}, { status: 200, bytes: 10 }],
    }),
  ),
];

describe('quirks of registries', () => {
  it.each(QUIRKS.map((quirk) => [quirk.name, quirk] as const))(
    '%s',
    async (_, { base = '', options, script, act, outcome, failed = [] }) => {
      const server = await startScriptedServer(script);
      const { client, story } = testClient(server.url + base, options);
      // The flows of a VU, with the client of the row.
      const { vu: plain } = testVu(server.url);
      const vu: VU = { ...plain, registry: client, internals: { ...plain.internals, inFlow: () => vu } };
      const acting: Acting = {
        client,
        push: (how = {}) => pushBlob(vu, 'app', BLOB, how),
        pull: (reference) => pull(vu, reference),
      };
      const came = await act(acting).catch((thrown: unknown) => thrown);
      server.assertDone();
      expect({ came }).toMatchObject({ came: outcome });
      expect(story.filter((line) => line.endsWith('!'))).toEqual(failed);
      await server.stop();
    },
  );
});
