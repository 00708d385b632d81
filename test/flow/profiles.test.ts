import { beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_NAMES, type ClientName, CLIENTS, images, pull, push } from '../../src/flow/index.ts';
import { MEDIA_TYPES } from '../../src/registry/index.ts';
import { type Gate, type Recorded, recordingRegistry, type RecordingRegistry } from './support/recording-registry.ts';
import { testVu } from './support/vu.ts';

/** More than any client transfers at once. */
const L = 8;

/** One kind of request: how often it comes, and what it says. Each line of a repeated field counts; undefined: the field is not there. */
interface Row {
  /** Method and thing, as the registry names them; `status` where it is not a 2xx. */
  readonly what: string;
  readonly status?: number;
  readonly times?: number;
  readonly headers?: Readonly<Record<string, readonly (string | RegExp)[] | undefined>>;
}

/** Rows that come one after another. Within a set of rows, as far as each has what comes before it: `k` times a row, `k` times the one before. */
type Part = Row | { readonly chains: readonly Row[]; readonly beside?: readonly Row[]; readonly atOnce: number; readonly of: string };

/** Sections 3.2 and 3.3 of the fact sheet. */
interface Sheet {
  readonly pull: readonly Part[];
  readonly pullCount: number;
  readonly push: readonly Part[];
  readonly pushCount: number;
}

const { dockerManifest, dockerManifestList, ociManifest, ociIndex, dockerSchema1, dockerSchema1Signed } = MEDIA_TYPES;
const LAYER = MEDIA_TYPES.ociLayer;
const CONFIG = MEDIA_TYPES.ociConfig;
const NO_AUTH = { authorization: undefined };
const PING: Row = { what: 'GET /v2/', status: 401, headers: { ...NO_AUTH } };
const TOKEN: Row = { what: 'GET token' };
const GO_GET = { 'accept-encoding': ['gzip'] };
const STREAMED = { 'content-type': ['application/octet-stream'], 'content-range': undefined };
const EMPTY = { 'content-length': ['0'] };

const DOCKER_ACCEPT = [dockerManifest, dockerManifestList, ociManifest, ociIndex];
const CONTAINERD_ACCEPT = [`${DOCKER_ACCEPT.join(', ')}, */*`];
const CONTAINERD_ENCODING = { 'accept-encoding': ['zstd;q=1.0, gzip;q=0.8, deflate;q=0.5'] };
const CRANE_ACCEPT = [[dockerSchema1, dockerSchema1Signed, dockerManifest, ociManifest, dockerManifestList, ociIndex].join(', ')];
const SKOPEO_ACCEPT = [ociManifest, dockerManifest, dockerSchema1Signed, dockerSchema1, dockerManifestList, ociIndex];
const SKOPEO_FIELD = { 'docker-distribution-api-version': ['registry/2.0'] };

const containerd = (up: number): Sheet => ({
  pull: [
    { what: 'HEAD manifest', status: 401, headers: { ...NO_AUTH, accept: CONTAINERD_ACCEPT } },
    TOKEN,
    { what: 'HEAD manifest', headers: { accept: CONTAINERD_ACCEPT, 'accept-encoding': undefined } },
    { what: 'GET manifest', headers: { accept: [`${ociIndex}, */*`], ...CONTAINERD_ENCODING } },
    { what: 'GET manifest', headers: { accept: [`${ociManifest}, */*`] } },
    { what: 'GET config', headers: { accept: [`${CONFIG}, */*`] } },
    {
      chains: [{ what: 'GET layer', times: L, headers: { accept: [`${LAYER}, */*`], ...CONTAINERD_ENCODING } }],
      atOnce: 3,
      of: 'GET layer',
    },
  ],
  pullCount: 6 + L,
  push: [
    {
      // Whoever starts together is challenged together.
      beside: [{ what: 'HEAD layer', status: 401, times: up, headers: NO_AUTH }, TOKEN],
      chains: [
        { what: 'HEAD blob', status: 404, times: L + 1 },
        { what: 'POST upload', times: L + 1 },
        { what: 'PUT upload', times: L + 1, headers: { ...STREAMED, 'content-length': [/^[1-9]\d*$/] } },
      ],
      atOnce: up,
      of: 'PUT upload',
    },
    { what: 'HEAD manifest', status: 404, headers: { accept: CONTAINERD_ACCEPT } },
    { what: 'PUT manifest', headers: { 'content-type': [ociManifest] } },
  ],
  pushCount: 3 * (L + 1) + 2 + up + 1,
});

const SHEETS: Readonly<Record<ClientName, Sheet>> = {
  plain: {
    pull: [
      { what: 'HEAD manifest', status: 401 },
      TOKEN,
      { what: 'HEAD manifest', headers: { accept: [DOCKER_ACCEPT.join(', ')] } },
      { what: 'GET manifest', times: 2, headers: { accept: [DOCKER_ACCEPT.join(', ')], 'accept-encoding': ['identity'] } },
      { what: 'GET config', headers: { accept: ['*/*'], 'accept-encoding': ['identity'] } },
      { chains: [{ what: 'GET layer', times: L }], atOnce: 3, of: 'GET layer' },
    ],
    pullCount: 6 + L,
    push: [
      {
        // It takes each token when it needs it: one to read, one to write.
        beside: [
          { what: 'HEAD layer', status: 401, times: 3 },
          { ...TOKEN, times: 2 },
        ],
        chains: [
          { what: 'HEAD layer', status: 404, times: L },
          { what: 'POST upload', times: L },
          { what: 'PUT upload', times: L, headers: STREAMED },
        ],
        atOnce: 3,
        of: 'PUT upload',
      },
      { what: 'HEAD config', status: 404 },
      { what: 'POST upload' },
      { what: 'PUT upload' },
      { what: 'PUT manifest' },
    ],
    pushCount: 3 + 2 + 3 * (L + 1) + 1,
  },
  docker: {
    pull: [
      PING,
      TOKEN,
      { what: 'HEAD manifest', headers: { accept: DOCKER_ACCEPT, 'accept-encoding': undefined } },
      { what: 'GET manifest', times: 2, headers: { accept: DOCKER_ACCEPT, ...GO_GET } },
      {
        beside: [{ what: 'GET config' }],
        chains: [{ what: 'GET layer', times: L, headers: { accept: undefined, ...GO_GET } }],
        atOnce: 3,
        of: 'GET layer',
      },
    ],
    pullCount: 6 + L,
    push: [
      PING,
      TOKEN,
      {
        chains: [
          { what: 'POST upload', times: L },
          { what: 'PATCH upload', times: L, headers: { ...STREAMED, 'transfer-encoding': ['chunked'], 'content-length': undefined } },
          { what: 'PUT upload', times: L, headers: EMPTY },
          { what: 'HEAD layer', times: L },
        ],
        atOnce: 5,
        of: 'PATCH upload',
      },
      { what: 'HEAD config', status: 404 },
      { what: 'POST upload' },
      { what: 'PATCH upload', headers: { 'transfer-encoding': ['chunked'] } },
      { what: 'PUT upload', headers: EMPTY },
      { what: 'HEAD config' },
      { what: 'PUT manifest' },
    ],
    pushCount: 2 + 4 * L + 5 + 1,
  },
  'docker-containerd': containerd(5),
  containerd: containerd(3),
  crane: {
    pull: [
      PING,
      TOKEN,
      { what: 'GET manifest', headers: { accept: CRANE_ACCEPT, ...GO_GET } },
      { what: 'GET manifest', headers: { accept: [ociManifest] } },
      { what: 'GET config' },
      { chains: [{ what: 'GET layer', times: L, headers: { accept: undefined } }], atOnce: 1, of: 'GET layer' },
    ],
    pullCount: 5 + L,
    push: [
      PING,
      TOKEN,
      { what: 'HEAD manifest', status: 404, headers: { accept: CRANE_ACCEPT } },
      {
        chains: [
          { what: 'HEAD blob', status: 404, times: L + 1 },
          { what: 'POST upload', times: L + 1, headers: { 'content-type': ['application/json'], ...EMPTY } },
          {
            what: 'PATCH upload',
            times: L + 1,
            headers: { ...STREAMED, 'content-length': [/^[1-9]\d*$/], 'transfer-encoding': undefined },
          },
          { what: 'PUT upload', times: L + 1, headers: EMPTY },
        ],
        atOnce: 4,
        of: 'PATCH upload',
      },
      { what: 'PUT manifest' },
    ],
    pushCount: 2 + 1 + 4 * (L + 1) + 1,
  },
  skopeo: {
    pull: [
      { ...PING, headers: { ...PING.headers, ...SKOPEO_FIELD } },
      TOKEN,
      { what: 'GET manifest', times: 2, headers: { accept: SKOPEO_ACCEPT, ...SKOPEO_FIELD, ...GO_GET } },
      { what: 'GET config' },
      { chains: [{ what: 'GET layer', times: L, headers: SKOPEO_FIELD }], atOnce: 6, of: 'GET layer' },
    ],
    pullCount: 5 + L,
    push: [
      PING,
      TOKEN,
      {
        chains: [
          { what: 'HEAD layer', status: 404, times: L },
          { what: 'POST upload', times: L },
          { what: 'PATCH upload', times: L, headers: { ...STREAMED, 'content-length': [/^[1-9]\d*$/] } },
          { what: 'PUT upload', times: L, headers: EMPTY },
        ],
        atOnce: 6,
        of: 'PATCH upload',
      },
      { what: 'HEAD config', status: 404 },
      { what: 'POST upload' },
      { what: 'PATCH upload' },
      { what: 'PUT upload', headers: EMPTY },
      { what: 'PUT manifest' },
    ],
    pushCount: 2 + 4 * (L + 1) + 1,
  },
};

const CREDENTIALS = { username: 'ann', password: 'not-a-secret' };
const SIZES = Array.from({ length: L }, () => '2KiB');
let registry: RecordingRegistry;

beforeAll(async () => {
  registry = await recordingRegistry();
});

/** Pushes an image, or an index, in plain ways and without a record. */
async function stored(tag: string) {
  const { vu } = testVu(registry.url, { settings: { runId: tag } });
  const image = await images.fresh(vu, { layers: SIZES, repository: `sheet/${tag}`, tag, platforms: ['linux/amd64', 'linux/arm64'] });
  for (const child of image.children ?? []) registry.configs.add(child.config.digest);
  expect(await push(vu, image)).toMatchObject({ ok: true });
  return `sheet/${tag}:${tag}`;
}

describe.each(CLIENT_NAMES)('%s', (client) => {
  const sheet = SHEETS[client];

  it('pulls with the requests of the sheet', async () => {
    const ref = await stored(`pull-${client}`);
    const { vu } = testVu(registry.url, { client });
    registry.start(gateOf(sheet.pull));
    const pulled = await pull(vu, ref);
    expect(pulled).toMatchObject({ ok: true });
    expect(pulled.layers).toHaveLength(L);
    compare(registry.requests, sheet.pull);
    expect(registry.requests).toHaveLength(sheet.pullCount);
    const agents = new Set(registry.requests.flatMap(({ headers }) => headers.get('user-agent')));
    expect([...agents]).toEqual([CLIENTS[client].userAgent ?? 'loadreg-test']);
  });

  it('pushes with the requests of the sheet', async () => {
    const { vu } = testVu(registry.url, { client, settings: { runId: `push-${client}` } });
    const image = await images.fresh(vu, { layers: SIZES, repository: `sheet/push-${client}` });
    registry.configs.add(image.config.digest);
    registry.start(gateOf(sheet.push));
    expect(await push(vu, image)).toMatchObject({ ok: true, uploaded: L + 1 });
    compare(registry.requests, sheet.push);
    expect(registry.requests).toHaveLength(sheet.pushCount);
  });

  it('begins every operation as its real counterpart does', async () => {
    const ref = await stored(`twice-${client}`);
    const { vu } = testVu(registry.url, { client });
    registry.start();
    await pull(vu, ref);
    const first = [...registry.requests];
    registry.start();
    await pull(vu, ref);
    const again = [...registry.requests];
    const connections = new Set(first.map(({ connection }) => connection));
    const fresh = CLIENTS[client].freshConnectionsPerOperation;
    const kept = again.filter(({ connection }) => connections.has(connection));
    expect(kept).toHaveLength(fresh ? 0 : again.length);
    const challenge = ['GET token', 'GET /v2/'].filter((what) => first.some((request) => request.what === what));
    expect(challenge.filter((what) => again.some((request) => request.what === what))).toEqual(fresh ? challenge : []);
  });
});

describe('a token', () => {
  it.each<[ClientName, 'GET' | 'POST', Record<string, string>]>([
    ['plain', 'GET', { service: 'test' }],
    ['docker', 'GET', { account: 'ann' }],
    ['containerd', 'POST', { grant_type: 'password', username: 'ann', password: 'not-a-secret', client_id: 'containerd-client' }],
    ['docker-containerd', 'POST', { grant_type: 'password', client_id: 'containerd-client' }],
    ['crane', 'GET', { service: 'test' }],
    ['skopeo', 'GET', { account: 'ann' }],
  ])('is asked for by %s with %s', async (client, method, fields) => {
    const ref = await stored(`token-${client}`);
    const { vu } = testVu(registry.url, { client, credentials: CREDENTIALS });
    registry.start();
    expect(await pull(vu, ref, { only: 'manifest' })).toMatchObject({ ok: true });
    expect(registry.requests.filter(({ what }) => what.endsWith('token')).map(({ what }) => what)).toEqual([`${method} token`]);
    expect(Object.fromEntries(registry.tokenRequests[0] ?? [])).toMatchObject({
      scope: `repository:sheet/token-${client}:pull`,
      ...fields,
    });
  });

  it.each<[ClientName, readonly string[]]>([
    ['plain', ['pull', 'pull,push']],
    ['docker', ['push,pull']],
    ['containerd', ['pull,push']],
    ['crane', ['push,pull']],
    ['skopeo', ['pull,push']],
  ])('of a push by %s allows what the sheet says', async (client, actions) => {
    const { vu } = testVu(registry.url, { client, settings: { runId: `scope-${client}` } });
    registry.start();
    await push(vu, await images.fresh(vu, { layers: ['2KiB'], repository: `sheet/scope-${client}` }));
    expect(registry.tokenRequests.flatMap((asked) => asked.getAll('scope'))).toEqual(
      actions.map((action) => `repository:sheet/scope-${client}:${action}`),
    );
  });
});

/** Holds the requests that carry blobs until as many are there as are to be at once: fewer would wait for ever, more are seen. */
function gateOf(parts: readonly Part[]): Gate | undefined {
  const part = parts.find((each) => 'chains' in each);
  if (part === undefined || !('chains' in part)) return undefined;
  return { what: part.of, count: part.atOnce, total: Math.max(...part.chains.map(({ times = 1 }) => times)) };
}

/** Throws where the requests are not those of the sheet. */
function compare(requests: readonly Recorded[], parts: readonly Part[]): void {
  let at = 0;
  for (const part of parts) {
    const rows = 'chains' in part ? [...(part.beside ?? []), ...part.chains] : [part];
    const count = rows.reduce((sum, { times = 1 }) => sum + times, 0);
    const came = requests.slice(at, at + count);
    at += count;
    const counts = new Map<Row, number>();
    for (const request of came) {
      const row = rows.find((each) => fits(each, request) && (counts.get(each) ?? 0) < (each.times ?? 1));
      if (row === undefined) throw new Error(`${describeOf(request)} is none of ${rows.map(({ what }) => what).join(', ')}`);
      counts.set(row, (counts.get(row) ?? 0) + 1);
      checkHeaders(row, request);
      if ('chains' in part) checkOrder(part.chains, counts);
    }
    expect(rows.map((row) => `${counts.get(row) ?? 0} x ${row.what}`)).toEqual(rows.map(({ what, times = 1 }) => `${times} x ${what}`));
    const limited = 'chains' in part ? part : { of: '', atOnce: 0 };
    expect(Math.max(0, ...came.filter(({ what }) => what === limited.of).map(({ atOnce }) => atOnce))).toBe(limited.atOnce);
  }
  expect(requests.slice(at).map(describeOf)).toEqual([]);
}

function fits({ what, status }: Row, request: Recorded): boolean {
  const same = request.what === what || (what.endsWith(' blob') && /^(\w+) (layer|config)$/.exec(request.what)?.[1] === what.split(' ')[0]);
  return same && (status === undefined ? request.status < 300 : request.status === status);
}

function checkOrder(chains: readonly Row[], counts: ReadonlyMap<Row, number>): void {
  const came = chains.map((row) => counts.get(row) ?? 0);
  expect(came, `of ${chains.map(({ what }) => what).join(', ')} none before the one before it`).toEqual(came.toSorted((a, b) => b - a));
}

function checkHeaders(row: Row, request: Recorded): void {
  const wanted = Object.entries(row.headers ?? {});
  const came = Object.fromEntries(wanted.map(([name]) => [name, request.headers.get(name)]));
  const patterns = wanted.map(([name, values]) => [
    name,
    values?.map((value): unknown => (value instanceof RegExp ? expect.stringMatching(value) : value)),
  ]);
  expect(came, describeOf(request)).toEqual(Object.fromEntries(patterns));
}

function describeOf({ what, reference, status }: Recorded): string {
  return `${what} ${reference} (${status})`;
}
