import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type Body, DEFAULT_TIMEOUTS, Dispatchers, HttpClient, NO_PROXIES, type Timeouts } from '../../src/http/index.ts';
import { StallWatch } from '../../src/http/stall.ts';
import type { Exchange } from '../../src/measure/index.ts';
import { atEnd } from '../support/at-end.ts';

const MIB = 1024 * 1024;

/** More than the buffers of both sides take on their own. */
const LARGE = 48 * MIB;

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Sends one request to a server that does this, and gives what was recorded of it. */
async function exchangeWith(listener: RequestListener, more: { timeouts: Partial<Timeouts>; body?: Body }): Promise<Exchange> {
  const origin = await serve(listener);
  const timeouts = { ...DEFAULT_TIMEOUTS, ...more.timeouts };
  const tls = { ca: undefined, cert: undefined, key: undefined, insecureSkipVerify: false };
  const dispatchers = new Dispatchers({ connections: 1, tls, timeouts, proxy: NO_PROXIES, onConnected: () => {} });
  const exchanges: Exchange[] = [];
  const send = new HttpClient({ dispatchers, timeouts }).sender((exchange) => exchanges.push({ ...exchange }));
  const { body } = more;
  const request = { origin, path: '/', headers: {}, expect: [200], hostRole: 'registry', sizeClass: '' } as const;
  await send(
    body === undefined
      ? { ...request, operation: 'blob_get', method: 'GET' }
      : { ...request, operation: 'upload_put', method: 'PUT', body },
  ).catch(() => {});
  await dispatchers.destroy();
  expect(exchanges).toHaveLength(1);
  return exchanges[0] as Exchange;
}

function source(length: number, pauseMs = 0): Body {
  const piece = Buffer.alloc(64 * 1024);
  return {
    length,
    async *open() {
      for (let left = length; left > 0; left -= piece.length) {
        if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
        yield piece.subarray(0, left);
      }
    },
  };
}

describe('an upload', () => {
  it.each([
    ['streamed from a source', source(LARGE)],
    ['of bytes at hand', Buffer.alloc(LARGE)],
  ])('%s whose server stops reading has stalled', async (_phrase, body) => {
    const { errorCode, errorDetail, status } = await exchangeWith((request) => request.pause(), { timeouts: { stall: 300 }, body });
    expect({ errorCode, status }).toEqual({ errorCode: 'STALLED', status: 0 });
    expect(errorDetail).toMatch(/^upload_put stood still for 0\.[3-9]s after [\d.]+ MiB of 48 MiB sent$/);
  });

  it('whose own bytes do not come has stalled too', async () => {
    const stuck: Body = {
      length: MIB,
      async *open() {
        yield Buffer.alloc(MIB / 4);
        await new Promise(() => {});
      },
    };
    const { errorDetail } = await exchangeWith((request) => request.resume(), { timeouts: { stall: 200 }, body: stuck });
    expect(errorDetail).toMatch(/^upload_put stood still for 0\.[2-9]s after 256(\.\d)? KiB of 1 MiB sent$/);
  });

  it('that is slow and moves has not', async () => {
    const { errorCode } = await exchangeWith((request, response) => request.resume().on('end', () => response.end()), {
      timeouts: { stall: 150 },
      body: source(10 * 64 * 1024, 60),
    });
    expect(errorCode).toBe('');
  });

  it('that the registry takes long to commit has not: that is for the time-out of the head', async () => {
    const late: RequestListener = (request, response) => request.resume().on('end', () => setTimeout(() => response.end(), 500));
    expect((await exchangeWith(late, { timeouts: { stall: 100 }, body: source(4 * MIB) })).errorCode).toBe('');
    const never = await exchangeWith((request) => request.resume(), { timeouts: { stall: 100, uploadHeaders: 500 }, body: source(MIB) });
    expect(never.errorCode).toBe('HEADERS_TIMEOUT');
  });
});

describe('a download', () => {
  it('whose server stops sending has stalled', async () => {
    const stops: RequestListener = (_request, response) => {
      response.writeHead(200, { 'content-length': 4 * MIB });
      response.write(Buffer.alloc(MIB));
    };
    const { errorCode, errorDetail, status } = await exchangeWith(stops, { timeouts: { stall: 300 } });
    expect({ errorCode, status }).toEqual({ errorCode: 'STALLED', status: 200 });
    expect(errorDetail).toMatch(/^blob_get stood still for (0\.[3-9]|1(\.\d)?)s after 1 MiB of 4 MiB received$/);
  });
});

describe('a watch on a body', () => {
  it('leaves a body alone that moved while we stood still ourselves', async () => {
    const socket = { bytesWritten: 0, writableLength: 0, bytesRead: 0 };
    let stalls = 0;
    const watch = new StallWatch(socket as never, 40, () => (stalls += 1));
    const until = performance.now() + 120;
    while (performance.now() < until); // the process is busy, and looks at no socket
    setImmediate(() => (socket.bytesWritten = 1_000)); // what the network has done meanwhile
    await new Promise((resolve) => setTimeout(resolve, 30));
    watch.end();
    expect(stalls).toBe(0);
  });
});
