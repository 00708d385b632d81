import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { type ClientName, CLIENTS, retryPolicy } from '../../src/flow/index.ts';
import { pushBlob } from '../../src/flow/upload.ts';
import type { UploadOptions } from '../../src/flow/upload-options.ts';
import type { BodySource } from '../../src/http/index.ts';
import type { ImageBlob } from '../../src/image/index.ts';
import { listen } from '../support/listen.ts';
import { type Row, startScriptedServer } from '../support/scripted-server.ts';
import { testVu, type TestVuOptions } from './support/vu.ts';

const TEXT = '0123456789';
const UPLOADS = '/v2/app/blobs/uploads/';

/** A blob of this content, handed out in pieces that no chunk ends with. */
function blobOf(content: string | Buffer = TEXT): ImageBlob {
  const bytes = Buffer.from(content);
  const body: BodySource = {
    length: bytes.length,
    *open() {
      const piece = bytes.length < 100 ? 3 : 100_000;
      for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
    },
  };
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { digest, size: bytes.length, mediaType: 'application/octet-stream', body, fresh: false };
}

type Reply = Row['reply'];
const opened = (location: string, headers: Record<string, string> = {}): Reply => ({ status: 202, headers: { location, ...headers } });
const refused = (status: number, code: string, headers: Record<string, string> = {}): Reply => ({
  status,
  headers,
  body: JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] }),
});
const closed: Reply = { raw: '' };

const missing: Row = { expect: { method: 'HEAD', url: /^\/v2\/app\/blobs\/sha256:/ }, reply: { status: 404 } };
const there: Row = { ...missing, reply: { status: 200 } };
const start = (location = '/u/1', headers: Record<string, string> = {}): Row => ({
  expect: { method: 'POST', url: UPLOADS, headers: { 'content-length': '0' } },
  reply: opened(location, headers),
});
const put = (location: string, reply: Reply = { status: 201 }, body: string = TEXT): Row => ({
  expect: { method: 'PUT', url: new RegExp(`^${location}\\?digest=`), headers: { 'content-length': String(body.length) }, body },
  reply,
});
const patch = (location: string, reply: Reply): Row => ({
  expect: { method: 'PATCH', url: location, headers: { 'content-range': undefined, 'content-length': '10' }, body: TEXT },
  reply,
});
const chunk = (location: string, from: number, to: number, reply: Reply): Row => ({
  expect: {
    method: 'PATCH',
    url: location,
    headers: { 'content-range': `${from}-${to}`, 'content-length': String(to - from + 1) },
    body: TEXT.slice(from, to + 1),
  },
  reply,
});
const status = (location: string, reply: Reply): Row => ({ expect: { method: 'GET', url: location }, reply });
const at = (location: string, range: string): Reply => ({ status: 204, headers: { location, range } });
const cancel = (location: string, reply: Reply = { status: 204 }): Row => ({ expect: { method: 'DELETE', url: location }, reply });
const finish = (location: string, reply?: Reply): Row => put(location, reply, '');

/** Uploads a blob against a script, which must be followed to its end. Gives what came of it, and the retries that were counted. */
async function upload(rows: readonly Row[], options: UploadOptions, blob = blobOf(), vuOptions: TestVuOptions = {}) {
  const server = await startScriptedServer(rows);
  const { vu, seen } = testVu(server.url, vuOptions);
  const outcome = await pushBlob(vu, 'app', blob, options).catch((error: unknown) => error as Error & { code: string });
  server.assertDone();
  await server.stop();
  const failed = seen.exchanges.filter(({ expected }) => !expected).map(({ operation, errorCode }) => `${operation} ${errorCode}`);
  const [retries, waits] = [seen.counts['retries'] ?? 0, seen.retryWaits];
  return { outcome: outcome instanceof Error ? outcome.code : outcome, retries, waits, failed };
}

const four: UploadOptions = { mode: 'chunked', chunkSize: 4 };

describe('an upload, where the protocol has a way on', () => {
  const rows: [string, UploadOptions, Row[], { retries: number; failed: string[]; outcome?: string }][] = [
    [
      'goes on with a PUT after a single POST answered by 202',
      { mode: 'single-post' },
      [missing, { expect: { method: 'POST', url: /uploads\/\?digest=sha256/, body: TEXT }, reply: opened('/u/1') }, put('/u/1')],
      { retries: 1, failed: [] },
    ],
    [
      'does not try the single POST again when that PUT has to start over',
      { mode: 'single-post' },
      [
        missing,
        { expect: { method: 'POST', url: /uploads\/\?digest=sha256/, body: TEXT }, reply: opened('/u/1') },
        put('/u/1', refused(404, 'BLOB_UPLOAD_UNKNOWN')),
        start('/u/2'),
        put('/u/2'),
      ],
      { retries: 2, failed: ['upload_put BLOB_UPLOAD_UNKNOWN'] },
    ],
    [
      'raises chunks to the least that the registry asks for',
      { mode: 'chunked', chunkSize: 1 },
      [
        missing,
        start('/u/1', { 'oci-chunk-min-length': '6' }),
        chunk('/u/1', 0, 5, opened('/u/2')),
        chunk('/u/2', 6, 9, opened('/u/3')),
        finish('/u/3'),
      ],
      { retries: 0, failed: [] },
    ],
    [
      'takes a least chunk of more than 1 GiB for a mistake, and still holds no chunk',
      { mode: 'chunked', chunkSize: 1 },
      [missing, start('/u/1', { 'oci-chunk-min-length': '99999999999999' }), chunk('/u/1', 0, 9, opened('/u/2')), finish('/u/2')],
      { retries: 0, failed: [] },
    ],
    [
      'resumes a chunked upload at the offset of the registry after 416',
      four,
      [
        missing,
        start(),
        chunk('/u/1', 0, 3, opened('/u/2')),
        chunk('/u/2', 4, 7, refused(416, 'RANGE_INVALID', { range: '0-1' })),
        status('/u/2', at('/u/3', '0-1')),
        chunk('/u/3', 2, 5, opened('/u/4')),
        chunk('/u/4', 6, 9, opened('/u/5')),
        finish('/u/5'),
      ],
      { retries: 1, failed: ['upload_chunk RANGE_INVALID'] },
    ],
    [
      'goes on after a 416 that came although everything was stored',
      four,
      [
        missing,
        start(),
        chunk('/u/1', 0, 3, opened('/u/2')),
        chunk('/u/2', 4, 7, refused(416, 'RANGE_INVALID')),
        status('/u/2', at('/u/3', 'bytes=0-7')),
        chunk('/u/3', 8, 9, opened('/u/4')),
        finish('/u/4'),
      ],
      { retries: 1, failed: ['upload_chunk RANGE_INVALID'] },
    ],
    [
      'starts over when the registry refuses the very offset that it names, once',
      four,
      [
        missing,
        start(),
        chunk('/u/1', 0, 3, refused(416, 'RANGE_INVALID')),
        status('/u/1', at('/u/1', '0-0')),
        cancel('/u/1'),
        start('/v/1'),
        chunk('/v/1', 0, 3, refused(416, 'RANGE_INVALID')),
        status('/v/1', at('/v/1', '0-0')),
      ],
      { retries: 1, failed: ['upload_chunk RANGE_INVALID', 'upload_chunk RANGE_INVALID'], outcome: 'RANGE_INVALID' },
    ],
    [
      'starts over when a session that refused a chunk has no status',
      four,
      [
        missing,
        start(),
        chunk('/u/1', 0, 3, refused(416, 'RANGE_INVALID')),
        status('/u/1', refused(404, 'BLOB_UPLOAD_UNKNOWN')),
        start('/v/1'),
        chunk('/v/1', 0, 3, opened('/v/2')),
        chunk('/v/2', 4, 7, opened('/v/3')),
        chunk('/v/3', 8, 9, opened('/v/4')),
        finish('/v/4'),
      ],
      { retries: 1, failed: ['upload_chunk RANGE_INVALID', 'upload_status BLOB_UPLOAD_UNKNOWN'] },
    ],
    [
      'asks no more than three sessions in a row that get nowhere',
      four,
      [
        missing,
        start(),
        chunk('/u/1', 0, 3, opened('/u/1')),
        chunk('/u/1', 4, 7, refused(416, 'RANGE_INVALID')),
        status('/u/1', at('/u/1', '0-1')),
        chunk('/u/1', 2, 5, refused(416, 'RANGE_INVALID')),
        status('/u/1', at('/u/1', '0-2')),
        chunk('/u/1', 3, 6, refused(416, 'RANGE_INVALID')),
        status('/u/1', at('/u/1', '0-1')),
        chunk('/u/1', 2, 5, refused(416, 'RANGE_INVALID')),
        cancel('/u/1'),
        start('/v/1'),
        chunk('/v/1', 0, 3, refused(413, 'SIZE_INVALID')),
      ],
      {
        retries: 4,
        failed: [...Array.from({ length: 4 }, () => 'upload_chunk RANGE_INVALID'), 'upload_chunk SIZE_INVALID'],
        outcome: 'SIZE_INVALID',
      },
    ],
    [
      'starts over once when the digest did not fit',
      {},
      [missing, start(), put('/u/1', refused(400, 'DIGEST_INVALID')), start('/v/1'), put('/v/1')],
      { retries: 1, failed: ['upload_put DIGEST_INVALID'] },
    ],
    [
      'fails when the digest does not fit twice',
      { mode: 'stream' },
      [
        missing,
        start(),
        patch('/u/1', opened('/u/2')),
        finish('/u/2', refused(400, 'DIGEST_INVALID')),
        start('/v/1'),
        patch('/v/1', opened('/v/2')),
        finish('/v/2', refused(400, 'DIGEST_INVALID')),
      ],
      { retries: 1, failed: ['upload_finish DIGEST_INVALID', 'upload_finish DIGEST_INVALID'], outcome: 'DIGEST_INVALID' },
    ],
    [
      'starts over when Distribution 2.8 cancelled the session (404 BLOB_UPLOAD_INVALID)',
      four,
      [
        missing,
        start(),
        chunk('/u/1', 0, 3, refused(404, 'BLOB_UPLOAD_INVALID')),
        start('/v/1'),
        chunk('/v/1', 0, 3, opened('/v/1')),
        chunk('/v/1', 4, 7, opened('/v/1')),
        chunk('/v/1', 8, 9, opened('/v/1')),
        finish('/v/1'),
      ],
      { retries: 1, failed: ['upload_chunk BLOB_UPLOAD_INVALID'] },
    ],
    [
      'starts over when the session is gone, whatever the body of the 404 says',
      { mode: 'stream' },
      [
        missing,
        start(),
        patch('/u/1', { status: 404, body: '<html>not here</html>' }),
        start('/v/1'),
        patch('/v/1', opened('/v/2')),
        finish('/v/2'),
      ],
      { retries: 1, failed: ['upload_patch HTTP_404'] },
    ],
    [
      'does not start over when the repository is unknown',
      {},
      [missing, start(), put('/u/1', refused(404, 'NAME_UNKNOWN'))],
      { retries: 0, failed: ['upload_put NAME_UNKNOWN'], outcome: 'NAME_UNKNOWN' },
    ],
    [
      'goes on with an ordinary upload where a mount is refused by an error',
      { mountFrom: 'base' },
      [missing, { expect: { method: 'POST', url: /mount=.*&from=base$/ }, reply: refused(404, 'NAME_UNKNOWN') }, start(), put('/u/1')],
      { retries: 1, failed: ['upload_mount NAME_UNKNOWN'] },
    ],
    [
      'uploads to the session that a mount left open, and keeps to its least chunk',
      { ...four, mountFrom: 'base' },
      [
        missing,
        { expect: { method: 'POST', url: /mount=.*&from=base$/ }, reply: opened('/m/1', { 'oci-chunk-min-length': '10' }) },
        chunk('/m/1', 0, 9, opened('/m/2')),
        finish('/m/2'),
      ],
      { retries: 0, failed: [] },
    ],
  ];
  it.each(rows)('%s', async (_, options, script, { outcome = 'uploaded', ...expected }) => {
    expect(await upload(script, options)).toMatchObject({ outcome, ...expected });
  });
});

describe('an upload whose connection breaks or whose registry fails', () => {
  const CLOSED = /^(ECONNRESET|CONNECTION_CLOSED)$/;
  const modes: [NonNullable<UploadOptions['mode']>, Row[]][] = [
    ['monolithic', [missing, start(), put('/u/1', closed)]],
    ['stream', [missing, start(), patch('/u/1', closed)]],
    ['chunked', [missing, start(), chunk('/u/1', 0, 3, closed)]],
    ['single-post', [missing, { expect: { method: 'POST', url: /digest=/, body: TEXT }, reply: closed }]],
  ];
  it.each(modes)('fails at once unless it may retry (%s)', async (mode, script) => {
    const { outcome, retries, failed } = await upload(script, { ...four, mode });
    expect(outcome).toMatch(CLOSED);
    expect(retries).toBe(0);
    expect(failed).toHaveLength(1);
  });

  const rows: [string, UploadOptions, Row[], { retries: number; outcome?: unknown }][] = [
    [
      'never sends the body of a PATCH into the same session again',
      { mode: 'stream', retries: 1 },
      [missing, start(), patch('/u/1', closed), cancel('/u/1'), start('/v/1'), patch('/v/1', opened('/v/2')), finish('/v/2')],
      { retries: 1 },
    ],
    [
      'looks first whether a PUT without an answer was a commit, and is done',
      { retries: 1 },
      [missing, start(), put('/u/1', closed), there],
      { retries: 1 },
    ],
    [
      'uploads anew when it was none',
      { retries: 1 },
      [missing, start(), put('/u/1', closed), missing, cancel('/u/1'), start('/v/1'), put('/v/1')],
      { retries: 1 },
    ],
    [
      'looks likewise after the last, empty PUT',
      { mode: 'stream', retries: 1 },
      [missing, start(), patch('/u/1', opened('/u/2')), finish('/u/2', closed), there],
      { retries: 1 },
    ],
    [
      'resumes a chunk at the offset of the registry, within a chunk',
      { ...four, retries: 1 },
      [
        missing,
        start(),
        chunk('/u/1', 0, 3, opened('/u/2')),
        chunk('/u/2', 4, 7, closed),
        status('/u/2', at('/u/3', '0-5')),
        chunk('/u/3', 6, 9, opened('/u/4')),
        finish('/u/4'),
      ],
      { retries: 1 },
    ],
    [
      'gives its retries back to a chunked upload that gets further',
      { ...four, retries: 1 },
      [
        missing,
        start(),
        chunk('/u/1', 0, 3, closed),
        status('/u/1', at('/u/1', '0-2')),
        chunk('/u/1', 3, 6, closed),
        status('/u/1', at('/u/1', '0-6')),
        chunk('/u/1', 7, 9, closed),
        status('/u/1', at('/u/1', '0-9')),
        finish('/u/1'),
      ],
      { retries: 3 },
    ],
    [
      'gives up after so many retries without progress',
      { ...four, retries: 2 },
      [
        missing,
        start(),
        chunk('/u/1', 0, 3, closed),
        status('/u/1', at('/u/1', '0--1')),
        chunk('/u/1', 0, 3, closed),
        status('/u/1', at('/u/1', '0--1')),
        chunk('/u/1', 0, 3, closed),
      ],
      { retries: 2, outcome: expect.stringMatching(CLOSED) },
    ],
    [
      'starts over when the session does not outlive the broken connection',
      { ...four, retries: 1 },
      [
        missing,
        start(),
        chunk('/u/1', 0, 3, closed),
        status('/u/1', refused(404, 'BLOB_UPLOAD_UNKNOWN')),
        start('/v/1'),
        chunk('/v/1', 0, 3, opened('/v/1')),
        chunk('/v/1', 4, 7, opened('/v/1')),
        chunk('/v/1', 8, 9, opened('/v/1')),
        finish('/v/1'),
      ],
      { retries: 1 },
    ],
    [
      'takes 0-0 for an empty session first, and for one of one byte when that is refused',
      { mode: 'chunked', chunkSize: 1, retries: 1 },
      [
        missing,
        start(),
        chunk('/u/1', 0, 0, closed),
        status('/u/1', at('/u/1', '0-0')),
        chunk('/u/1', 0, 0, refused(416, 'RANGE_INVALID')),
        status('/u/1', at('/u/1', '0-0')),
        ...Array.from({ length: 9 }, (_, i) => chunk('/u/1', i + 1, i + 1, opened('/u/1'))),
        finish('/u/1'),
      ],
      { retries: 2 },
    ],
    [
      'takes no more for stored than it sent (Quay says one byte too many)',
      { ...four, retries: 1 },
      [
        missing,
        start(),
        chunk('/u/1', 0, 3, closed),
        status('/u/1', at('/u/1', 'bytes=0-4')),
        chunk('/u/1', 4, 7, opened('/u/1')),
        chunk('/u/1', 8, 9, opened('/u/1')),
        finish('/u/1'),
      ],
      { retries: 1 },
    ],
    [
      'asks the session after 503 too, as often as it may',
      { ...four, retries: 1 },
      [
        missing,
        start(),
        chunk('/u/1', 0, 3, refused(503, 'UNAVAILABLE')),
        status('/u/1', at('/u/1', '0--1')),
        chunk('/u/1', 0, 3, refused(503, 'UNAVAILABLE')),
      ],
      { retries: 1, outcome: 'UNAVAILABLE' },
    ],
    [
      'tries a start that failed again',
      { retries: 2 },
      [
        missing,
        { ...start(), reply: refused(503, 'UNAVAILABLE') },
        { ...start(), reply: refused(429, 'TOOMANYREQUESTS') },
        start('/v/1'),
        put('/v/1'),
      ],
      { retries: 2 },
    ],
    [
      'never tries again what was refused for good',
      { retries: 5 },
      [missing, start(), put('/u/1', refused(403, 'DENIED'))],
      { retries: 0, outcome: 'DENIED' },
    ],
  ];
  it.each(rows)('%s', async (_, options, script, { outcome = 'uploaded', retries }) => {
    expect(await upload(script, options)).toMatchObject({ outcome, retries });
  });

  it('waits before a retry as long as it is told', async () => {
    const began = performance.now();
    const failing = (session: string) => [start(session), put(session, refused(500, 'UNKNOWN')), cancel(session)];
    const script = [missing, ...failing('/u/1'), ...failing('/v/1'), start('/w/1'), put('/w/1')];
    const { retries, waits } = await upload(script, { retries: 2, retryDelays: [0.02, 0.04] });
    expect(retries).toBe(2);
    expect(waits.map((us) => Math.floor(us / 19_000))).toEqual([1, 2]);
    expect(performance.now() - began).toBeGreaterThan(55);
  });
});

describe('a session that is given up', () => {
  const once = { retries: 1 };
  const failed = (reply: Reply) => [missing, start(), put('/u/1', reply)];
  const again = [start('/v/1'), put('/v/1')];

  it.each<[string, Row[], ClientName]>([
    ['is cancelled', [...failed(refused(503, 'UNAVAILABLE')), cancel('/u/1'), ...again], 'plain'],
    ['may refuse to be', [...failed(refused(503, 'UNAVAILABLE')), cancel('/u/1', refused(405, 'UNSUPPORTED')), ...again], 'plain'],
    ['may be gone by then', [...failed(refused(503, 'UNAVAILABLE')), cancel('/u/1', closed), ...again], 'plain'],
    ['is left alone where the registry has ended it', [...failed(refused(400, 'DIGEST_INVALID')), ...again], 'plain'],
    ['is left open by clients that leave it open', [...failed(refused(503, 'UNAVAILABLE')), ...again], 'docker'],
  ])('%s', async (_, script, client) => {
    expect(await upload(script, once, blobOf(), { client })).toMatchObject({ outcome: 'uploaded', retries: 1 });
  });
});

describe('an upload of a client that takes 429 for final', () => {
  it.each<[ClientName, number]>([
    ['docker', 0],
    ['containerd', 1],
  ])('is tried again by %s %i times', async (client, times) => {
    const again = Array.from({ length: times }, () => [start('/v/1'), put('/v/1')]).flat();
    const script = [missing, start(), put('/u/1', refused(429, 'TOOMANYREQUESTS')), ...again];
    const outcome = times === 0 ? 'TOOMANYREQUESTS' : 'uploaded';
    expect(await upload(script, {}, blobOf(), { client })).toMatchObject({ outcome, retries: times });
  });
});

describe('an upload that a registry puts off', () => {
  const later = (reply: Reply & { status: number }, retryAfter: string) => ({ ...reply, headers: { 'retry-after': retryAfter } });
  const policy = (retryAfter: boolean) =>
    retryPolicy({ attempts: 2, backoff: '5ms', retryAfter }, { honor: false, maxMs: 300 }, CLIENTS.plain, CLIENTS);
  const tooMany = refused(429, 'TOOMANYREQUESTS') as Reply & { status: number };

  it.each([
    ['waits as long as it says, within reason', true, '1', 300],
    ['until then, where it names a date', true, new Date(Date.now() + 60_000).toUTCString(), 300],
    ['waits as it would anyway when nobody asked for it', false, '1', 5],
  ])('%s', async (_, retryAfter, said, ms) => {
    const script = [missing, start(), put('/u/1', later(tooMany, said)), cancel('/u/1'), start('/v/1'), put('/v/1')];
    const { outcome, waits } = await upload(script, {}, blobOf(), { settings: { retry: policy(retryAfter) } });
    expect(outcome).toBe('uploaded');
    expect(waits).toHaveLength(1);
    expect(waits[0]).toBeGreaterThan((ms - 2) * 1000);
    expect(Number(waits[0]) > 290_000).toBe(retryAfter);
  });

  it('does not ask where its session stands before the time has come', async () => {
    const script = [
      missing,
      start(),
      chunk('/u/1', 0, 3, later(tooMany, '1')),
      status('/u/1', at('/u/1', '0--1')),
      ...[0, 4].map((from) => chunk('/u/1', from, from + 3, opened('/u/1'))),
      chunk('/u/1', 8, 9, opened('/u/1')),
      finish('/u/1'),
    ];
    const sent: [string, number][] = [];
    const wrap: TestVuOptions['wrap'] = (send) => (request) => {
      sent.push([request.operation, performance.now()]);
      return send(request);
    };
    const { outcome, waits, retries } = await upload(script, four, blobOf(), { wrap, settings: { retry: policy(true) } });
    expect({ outcome, retries, waits: waits.length }).toEqual({ outcome: 'uploaded', retries: 1, waits: 1 });
    const [[, refusedAt], [, askedAt]] = sent.slice(2, 4) as [[string, number], [string, number]];
    expect(sent[3]?.[0]).toBe('upload_status');
    expect(askedAt - refusedAt).toBeGreaterThan(298);
  });
});

describe('an upload of a large blob', () => {
  const bytes = Buffer.alloc(1_500_000, 1);
  const drop: Row[] = [
    missing,
    { expect: { method: 'POST', url: /digest=/ }, reply: opened('/u/1') },
    { expect: { method: 'PUT', url: /^\/u\/1/ }, reply: { status: 201 } },
  ];
  const streamed: Row[] = [
    missing,
    start(),
    {
      expect: { method: 'PATCH', url: '/u/1', headers: { 'transfer-encoding': 'chunked', 'content-length': undefined }, body: bytes },
      reply: opened('/u/2'),
    },
    finish('/u/2'),
  ];
  it.each<[UploadOptions, Row[], string]>([
    [{ mode: 'stream', framing: 'chunked' }, streamed, 'upload_patch'],
    [{ mode: 'single-post' }, drop, 'upload_put'],
  ])('measures the rate of what was taken, whatever its framing (%o)', async (options, script, operation) => {
    const server = await startScriptedServer(script);
    const { vu, seen } = testVu(server.url);
    expect(await pushBlob(vu, 'app', blobOf(bytes), options)).toBe('uploaded');
    server.assertDone();
    expect(seen.throughputs.map((throughput) => throughput.operation)).toEqual([operation]);
    expect(seen.exchanges.find((exchange) => exchange.operation === operation)).toMatchObject({ sizeClass: '<16MiB' });
  });
});

describe('an upload as a client asks for it', () => {
  it.each<[string, UploadOptions, Row[]]>([
    ['without asking before', { headBefore: false }, [start(), put('/u/1')]],
    ['asking afterwards', { headAfter: true }, [missing, start(), put('/u/1'), there]],
  ])('%s', async (_, options, script) => {
    expect(await upload(script, options)).toMatchObject({ outcome: 'uploaded', retries: 0, failed: [] });
  });

  it('always asks for a blob that it has no bytes of', async () => {
    const { outcome } = await upload([missing], { headBefore: false }, { ...blobOf(), body: undefined });
    expect(outcome).toBe('BLOB_MISSING');
  });
});

describe('an upload that is cut in the middle of a body', () => {
  const size = 4_000_000;
  const bytes = Buffer.alloc(size, Buffer.from(TEXT));

  /** A registry that breaks the connection of the first PATCH or PUT once it took 1 MB of it; tells how much it stored. */
  async function cutting() {
    let stored: Buffer[] = [];
    let cut = false;
    const lines: string[] = [];
    const take = async (request: IncomingMessage, response: ServerResponse) => {
      lines.push(`${request.method} ${request.headers['content-range'] ?? ''}`.trim());
      if (request.method === 'HEAD') return response.writeHead(404).end();
      if (request.method === 'POST') stored = [];
      const count = () => stored.reduce((sum, piece) => sum + piece.length, 0);
      for await (const piece of request as AsyncIterable<Buffer>) {
        stored.push(piece);
        if (cut || count() < 1_000_000) continue;
        cut = true;
        return request.socket.resetAndDestroy();
      }
      const headers = { location: '/u', range: `0-${count() - 1}`, 'content-length': 0 };
      return response.writeHead(request.method === 'PUT' ? 201 : request.method === 'GET' ? 204 : 202, headers).end();
    };
    const server = await listen((request, response) => {
      take(request, response).catch(() => response.destroy());
    });
    return { ...server, lines, stored: () => Buffer.concat(stored) };
  }

  it.each([
    ['monolithic', ['HEAD', 'POST', 'PUT', 'HEAD', 'DELETE', 'POST', 'PUT']],
    ['stream', ['HEAD', 'POST', 'PATCH', 'DELETE', 'POST', 'PATCH', 'PUT']],
  ] as const)('begins with a new session (%s)', async (mode, expected) => {
    const server = await cutting();
    const { vu, seen } = testVu(server.url);
    expect(await pushBlob(vu, 'app', blobOf(bytes), { mode, retries: 1 })).toBe('uploaded');
    expect(server.lines).toEqual(expected);
    expect(server.stored().equals(bytes)).toBe(true);
    expect(seen.counts).toEqual({ retries: 1 });
  });

  it('goes on behind the last byte that the registry has (chunked)', async () => {
    const server = await cutting();
    const { vu, seen } = testVu(server.url);
    expect(await pushBlob(vu, 'app', blobOf(bytes), { mode: 'chunked', chunkSize: 3_000_000, retries: 1 })).toBe('uploaded');
    expect(server.lines.slice(0, 4)).toEqual(['HEAD', 'POST', 'PATCH 0-2999999', 'GET']);
    expect(server.lines[4]).toMatch(/^PATCH [1-9]\d{6}-\d+$/);
    expect(server.lines.filter((line) => line.startsWith('PATCH 0-'))).toHaveLength(1);
    expect(server.stored().equals(bytes)).toBe(true);
    expect(seen.counts).toEqual({ retries: 1 });
  });
});

describe('a registry that answers before it has the body', () => {
  const size = 8_000_000;
  const bytes = Buffer.alloc(size, 1);

  /** Answers the first PATCH or PUT at once, reading none of it; the next one whole. */
  async function hasty(reply: (response: ServerResponse) => void) {
    let bodies = 0;
    const lines: string[] = [];
    const take = async (request: IncomingMessage, response: ServerResponse) => {
      lines.push(`${request.method} ${request.url?.replace(/\?.*/, '')}`);
      if (request.method === 'HEAD') return response.writeHead(404).end();
      if (request.method === 'POST') return response.writeHead(202, { location: '/u', 'content-length': 0 }).end();
      bodies += 1;
      if (bodies === 1) return reply(response);
      for await (const _ of request);
      return response.writeHead(request.method === 'PUT' ? 201 : 202, { location: '/u', 'content-length': 0 }).end();
    };
    const server = await listen((request, response) => {
      take(request, response).catch(() => response.destroy());
    });
    return { ...server, lines };
  }

  const tooLarge = (headers: Record<string, string>) => (response: ServerResponse) => {
    response.writeHead(413, headers).end('{"errors":[{"code":"SIZE_INVALID","message":"at most 1 MB"}]}');
  };
  it.each([
    ['monolithic', {}],
    ['monolithic', { connection: 'close' }],
    ['stream', {}],
    ['stream', { connection: 'close' }],
    ['chunked', {}],
  ] as const)('is believed: 413 fails with its code (%s, %o)', async (mode, headers) => {
    const server = await hasty(tooLarge(headers));
    const { vu, seen } = testVu(server.url);
    await expect(pushBlob(vu, 'app', blobOf(bytes), { mode, chunkSize: size, retries: 2 })).rejects.toMatchObject({
      code: 'SIZE_INVALID',
      status: 413,
      message: expect.stringContaining('at most 1 MB'),
    });
    expect(seen.counts).toEqual({});
    expect(seen.exchanges.at(-1)).toMatchObject({ status: 413, waiting: 0 });
    expect(seen.exchanges.at(-1)?.bytesSent).toBeLessThan(size);
  });

  it.each(['monolithic', 'stream', 'chunked'] as const)('is followed: 307 gets the whole body again (%s)', async (mode) => {
    const server = await hasty((response) => void response.writeHead(307, { location: '/elsewhere', 'content-length': 0 }).end());
    const { vu, seen } = testVu(server.url);
    expect(await pushBlob(vu, 'app', blobOf(bytes), { mode, chunkSize: size })).toBe('uploaded');
    expect(server.lines.filter((line) => line.endsWith('/elsewhere'))).toHaveLength(1);
    expect(seen.exchanges.filter(({ expected }) => !expected)).toEqual([]);
  });
});
