import { randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pullBlob } from '../../src/cli/pull-blob.ts';
import { openSession, type Session } from '../../src/cli/session.ts';
import { readTransferAccess } from '../../src/cli/transfer-access.ts';
import { atEnd } from '../support/at-end.ts';
import { listen } from '../support/listen.ts';
import { tmpFolder } from '../support/tmp.ts';
import { digestOf } from './pull-support.ts';

const NO_LOG = { debug() {}, info() {}, warn() {}, error() {} };

/** A session with a registry that this listener is; its time-outs are short. */
async function sessionWith(listener: RequestListener): Promise<Session> {
  const { url } = await listen(listener);
  const access = await readTransferAccess('team/app:1', { registry: url }, { DOCKER_CONFIG: tmpFolder() }, process.stdin);
  const session = openSession({ access, signal: new AbortController().signal, log: NO_LOG, timeouts: { stall: 300 } });
  atEnd(() => session.close());
  return session;
}

/** Downloads a blob from that registry; the requests' ranges, what is in the file, and the bytes that the progress was told of. */
async function download(bytes: Buffer, listener: RequestListener, digest = digestOf(bytes)) {
  const ranges: (string | undefined)[] = [];
  const session = await sessionWith((request, response) => {
    ranges.push(request.headers.range);
    listener(request, response);
  });
  const file = join(tmpFolder(), 'blob');
  let shown = 0;
  const blob = { mediaType: 'application/octet-stream', digest, size: bytes.length };
  const error: unknown = await pullBlob(session, 'team/app', blob, file, (more) => (shown += more)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { error, ranges, shown, session, content: readFileSync(file) };
}

/** Answers a range as it should, the first `most` bytes of it, and then nothing more on an open connection. */
function stalling(bytes: Buffer, most: number): RequestListener {
  return (request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const rest = bytes.subarray(start);
    const range = start > 0 ? { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {};
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': rest.length, ...range });
    if (rest.length <= most) response.end(rest);
    else response.write(rest.subarray(0, most));
  };
}

describe('the download of a blob', () => {
  const bytes = randomBytes(10_000);

  it('goes on after a body that stood still', async () => {
    const { error, content, ranges, shown, session } = await download(bytes, stalling(bytes, 6_000));
    expect([error, ranges, shown, session.retries]).toEqual([undefined, [undefined, 'bytes=6000-'], 10_000, 1]);
    expect(content.equals(bytes)).toBe(true);
  });

  it('is of no bytes, if that is what the blob has', async () => {
    const { error, content } = await download(Buffer.alloc(0), (_request, response) =>
      response.writeHead(200, { 'content-length': 0 }).end(),
    );
    expect([error, content.length]).toEqual([undefined, 0]);
  });

  it('ends at the first byte too many', async () => {
    let sent = 0;
    const { error, ranges, content } = await download(bytes, (_request, response) => {
      response.writeHead(200);
      const more = () => {
        if (response.destroyed) return;
        sent += 8_000;
        response.write(Buffer.alloc(8_000));
        setImmediate(more);
      };
      more();
    });
    expect(error).toMatchObject({ code: 'SIZE_MISMATCH' });
    expect([ranges.length, content.length <= 10_000]).toEqual([1, true]);
    expect(sent).toBeLessThan(100_000_000);
  });

  it('takes no other part than it asked for', async () => {
    const wrong: RequestListener = (request, response) => {
      if (request.headers.range === undefined && ranges.length < 2) {
        ranges.push('cut');
        response.writeHead(200, { 'content-length': bytes.length });
        response.write(bytes.subarray(0, 4_000), () => response.socket?.resetAndDestroy());
      } else if (request.headers.range === undefined) response.end(bytes);
      else {
        const part = bytes.subarray(3_000);
        response.writeHead(206, { 'content-range': `bytes 3000-9999/10000`, 'content-length': part.length }).end(part);
      }
    };
    const ranges: string[] = [];
    const { error, content, shown } = await download(bytes, (request, response) => {
      ranges.push(request.headers.range ?? 'whole');
      wrong(request, response);
    });
    expect(error).toBeUndefined();
    expect(content.equals(bytes)).toBe(true);
    expect(shown).toBe(10_000);
    expect(ranges.filter((range) => range !== 'cut')).toEqual(['whole', 'bytes=4000-', 'whole']);
  });

  it('starts over when the registry says that there is nothing from there on', async () => {
    let requests = 0;
    const { error, content } = await download(bytes, (request, response) => {
      requests += 1;
      if (request.headers.range !== undefined) response.writeHead(416, { 'content-length': 0 }).end();
      else if (requests === 1) {
        response.writeHead(200, { 'content-length': bytes.length });
        response.write(bytes.subarray(0, 4_000), () => response.socket?.resetAndDestroy());
      } else response.end(bytes);
    });
    expect([error, content.equals(bytes), requests]).toEqual([undefined, true, 3]);
  });

  it('is given up in the end, however little arrives each time', async () => {
    const { error, ranges } = await download(bytes, (request, response) => {
      const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.writeHead(start > 0 ? 206 : 200, { 'content-range': `bytes ${start}-9999/10000`, 'content-length': bytes.length - start });
      response.write(bytes.subarray(start, start + 1), () => response.socket?.resetAndDestroy());
    });
    expect(error).toMatchObject({ name: 'ExchangeError' });
    expect(ranges.length).toBeLessThanOrEqual(100);
  });

  it('checks digests of SHA-512 too', async () => {
    const digest = `sha512:${'a'.repeat(128)}`;
    const { error } = await download(bytes, (_request, response) => response.end(bytes), digest);
    expect(error).toMatchObject({ code: 'DIGEST_MISMATCH', message: expect.stringContaining('the digest sha512:') });
  });
});
