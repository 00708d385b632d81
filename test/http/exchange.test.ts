import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type BodySource,
  DEFAULT_TIMEOUTS,
  Dispatchers,
  HttpClient,
  type HttpRequest,
  NO_PROXIES,
  type Timeouts,
} from '../../src/http/index.ts';
import type { Exchange } from '../../src/measure/index.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function serve(listener: RequestListener): Promise<{ origin: string; server: Server; sockets: Set<Socket> }> {
  const server = createServer(listener);
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, sockets };
}

function client(options: { connections?: number; timeouts?: Partial<Timeouts> } = {}) {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  let connected = 0;
  const dispatchers = new Dispatchers({
    connections: options.connections ?? 3,
    tls: { ca: undefined, cert: undefined, key: undefined, insecureSkipVerify: false },
    timeouts,
    proxy: NO_PROXIES,
    onConnected: () => {
      connected += 1;
    },
  });
  cleanups.push(() => dispatchers.destroy());
  const http = new HttpClient({ dispatchers, timeouts });
  const exchanges: Exchange[] = [];
  const send = http.sender((exchange) => exchanges.push({ ...exchange }));
  return { http, send, exchanges, connected: () => connected };
}

function get(origin: string, path: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return {
    operation: 'blob_get',
    method: 'GET',
    origin,
    path,
    headers: {},
    expect: [200],
    hostRole: 'registry',
    sizeClass: '',
    ...more,
  };
}

function source(length: number, chunk = 65_536): BodySource {
  return {
    length,
    *open() {
      for (let left = length; left > 0; left -= chunk) yield Buffer.alloc(Math.min(chunk, left), 7);
    },
  };
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function drained(request: IncomingMessage): Promise<number> {
  let bytes = 0;
  for await (const chunk of request) bytes += (chunk as Buffer).length;
  return bytes;
}

describe('an exchange', () => {
  it('splits its time into the phases that the server spent', async () => {
    const { origin } = await serve(async (_request, response) => {
      await wait(60);
      response.writeHead(200, { 'content-length': 4 });
      response.write('ab');
      await wait(80);
      response.end('cd');
    });
    const { send, exchanges } = client();
    const response = await send(get(origin, '/'));
    expect(response.bodyBytes).toBe(4);
    const [exchange] = exchanges;
    // A busy machine may hold the first part of the body back, so the two are bound together as well.
    expect(exchange?.waiting).toBeGreaterThan(55_000);
    expect(exchange?.receiving).toBeGreaterThan(40_000);
    expect((exchange?.waiting ?? 0) + (exchange?.receiving ?? 0)).toBeGreaterThan(135_000);
    expect(exchange?.blocked).toBeGreaterThanOrEqual(exchange?.connecting ?? Number.NaN);
    expect(exchange?.connecting).toBeGreaterThan(0);
  });

  it('charges connecting to the first exchange of a connection only', async () => {
    const { origin } = await serve((_request, response) => response.end('ok'));
    const { send, exchanges, connected } = client();
    for (let i = 0; i < 4; i += 1) await send(get(origin, '/'));
    expect(exchanges.map((exchange) => exchange.connecting > 0)).toEqual([true, false, false, false]);
    expect(connected()).toBe(1);
  });

  it('keeps the connection after a HEAD', async () => {
    const { origin, sockets } = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.end();
    });
    const { send } = client();
    for (let i = 0; i < 3; i += 1) await send(get(origin, '/', { method: 'HEAD' }));
    expect(sockets.size).toBe(1);
  });

  it('has its connection free again when its promise settles', async () => {
    const { origin, sockets } = await serve((_request, response) => response.end('ok'));
    const { send } = client({ connections: 8 });
    const user = async () => {
      for (let i = 0; i < 50; i += 1) await send(get(origin, '/'));
    };
    await Promise.all([user(), user()]);
    expect(sockets.size).toBe(2);
  });

  it('gives its connection to whoever waits for one, before those who ask later', async () => {
    const paths: string[] = [];
    const { origin, sockets } = await serve((request, response) => {
      paths.push(request.url ?? '');
      response.end();
    });
    const { send } = client({ connections: 1 });
    const later = send(get(origin, '/1')).then(() => send(get(origin, '/4')));
    await Promise.all([later, send(get(origin, '/2')), send(get(origin, '/3'))]);
    expect(paths).toEqual(['/1', '/2', '/3', '/4']);
    expect(sockets.size).toBe(1);
  });

  it('counts the wait for a pooled connection as blocked', async () => {
    const { origin } = await serve(async (_request, response) => {
      await wait(50);
      response.end('ok');
    });
    const { send, exchanges } = client({ connections: 1 });
    await Promise.all([send(get(origin, '/1')), send(get(origin, '/2'))]);
    expect(exchanges[1]?.blocked).toBeGreaterThan(30_000);
  });

  it('counts the bytes on the wire, heads included', async () => {
    const { origin } = await serve(async (request, response) => {
      await drained(request);
      response.end(Buffer.alloc(100_000));
    });
    const { send, exchanges } = client();
    for (const length of [200_000, 300_000]) await send(get(origin, '/', { method: 'PUT', body: source(length) }));
    expect(exchanges[0]?.bytesSent).toBeGreaterThan(200_000);
    expect(exchanges[0]?.bytesSent).toBeLessThan(200_400);
    expect(exchanges[1]?.bytesSent).toBeGreaterThan(300_000);
    expect(exchanges[1]?.bytesSent).toBeLessThan(300_400);
    expect(exchanges[1]?.bytesReceived).toBeGreaterThan(100_000);
    expect(exchanges[1]?.bytesReceived).toBeLessThan(100_400);
  });

  it.each([
    ['a source', source(3_000_000)],
    ['bytes at hand', Buffer.alloc(3_000_000, 7)],
  ])('tells sending from waiting when %s is uploaded', async (_what, body) => {
    const { origin } = await serve(async (request, response) => {
      request.pause();
      await wait(60);
      const bytes = await drained(request);
      await wait(40);
      response.end(String(bytes));
    });
    const { send, exchanges } = client();
    await send(get(origin, '/', { method: 'PUT', body }));
    expect(exchanges[0]?.waiting).toBeGreaterThan(35_000);
    expect((exchanges[0]?.sending ?? 0) + (exchanges[0]?.waiting ?? 0)).toBeGreaterThan(95_000);
  });

  it('sends a body of unknown length in chunks, and counts and times it like any other', async () => {
    const heads: IncomingMessage['headers'][] = [];
    const { origin, sockets } = await serve(async (request, response) => {
      heads.push(request.headers);
      request.pause();
      await wait(60);
      const bytes = await drained(request);
      await wait(40);
      response.end(String(bytes));
    });
    const { send, exchanges } = client();
    const unsized: BodySource = { length: undefined, open: () => source(3_000_000).open() };
    for (let i = 0; i < 2; i += 1) {
      let text = '';
      const sink = { write: (chunk: Uint8Array) => (text += Buffer.from(chunk).toString()) };
      await send(get(origin, '/', { method: 'PATCH', body: unsized, sink }));
      expect(text).toBe('3000000');
    }
    for (const head of heads) {
      expect(head['transfer-encoding']).toBe('chunked');
      expect(head).not.toHaveProperty('content-length');
    }
    expect(sockets.size).toBe(1);
    for (const exchange of exchanges) {
      expect(exchange.bytesSent).toBeGreaterThan(3_000_000);
      expect(exchange.bytesSent).toBeLessThan(3_001_000); // 46 chunks with their sizes, and the head
      expect(exchange.waiting).toBeGreaterThan(35_000);
      expect(exchange.sending + exchange.waiting).toBeGreaterThan(95_000);
    }
  });

  it('sends an empty body of unknown length as Content-Length: 0', async () => {
    let head: IncomingMessage['headers'] = {};
    const { origin } = await serve((request, response) => {
      head = request.headers;
      response.end();
    });
    await client().send(get(origin, '/', { method: 'PATCH', body: { length: undefined, open: () => [] } }));
    expect(head['content-length']).toBe('0');
    expect(head).not.toHaveProperty('transfer-encoding');
  });

  it('has no waiting when the answer comes before the body was sent', async () => {
    const { origin } = await serve((_request, response) => {
      response.writeHead(401, { 'content-length': 2 });
      response.end('no');
    });
    const { send, exchanges } = client();
    const slow: BodySource = {
      length: 3_000_000,
      async *open() {
        for (let i = 0; i < 30; i += 1) {
          yield Buffer.alloc(100_000);
          await wait(10);
        }
      },
    };
    const response = await send(get(origin, '/', { method: 'PUT', body: slow, expect: [201] }));
    expect(response.status).toBe(401);
    expect(response.errorBody).toBe('no');
    expect(exchanges).toHaveLength(1);
    expect(exchanges[0]).toMatchObject({ waiting: 0, errorCode: 'HTTP_401', expected: false });
  });

  it('fails as DIGEST_MISMATCH when its verifier says so, and still resolves', async () => {
    const { origin } = await serve((_request, response) => response.end('wrong'));
    const { send, exchanges } = client();
    const response = await send(get(origin, '/', { verify: () => ({ code: 'DIGEST_MISMATCH', detail: 'not what was asked for' }) }));
    expect(response.mismatch?.code).toBe('DIGEST_MISMATCH');
    expect(exchanges[0]).toMatchObject({ status: 200, expected: false, errorCode: 'DIGEST_MISMATCH' });
  });

  it('gives the sink every byte of a good answer and none of a bad one', async () => {
    const { origin } = await serve((request, response) => {
      response.statusCode = request.url === '/good' ? 200 : 404;
      response.end('x'.repeat(100_000));
    });
    const { send } = client();
    let bytes = 0;
    const sink = { write: (chunk: Uint8Array) => (bytes += chunk.length) };
    await send(get(origin, '/good', { sink }));
    const bad = await send(get(origin, '/bad', { sink }));
    expect(bytes).toBe(100_000);
    expect(bad.bodyBytes).toBe(100_000);
    expect(bad.errorBody).toHaveLength(65_536);
  });
});

describe('a failed exchange', () => {
  const table: [string, RequestListener, Partial<Timeouts>, string, number][] = [
    ['ends before any answer', (_q, r) => void r.socket?.destroy(), {}, 'ECONNRESET|CONNECTION_CLOSED', 0],
    [
      'is cut in its body',
      (_q, r) => {
        r.writeHead(200, { 'content-length': 1000 });
        r.write('part');
        setTimeout(() => r.socket?.destroy(), 10);
      },
      {},
      'ECONNRESET|BODY_TRUNCATED',
      200,
    ],
    ['is not HTTP', (_q, r: ServerResponse) => void r.socket?.end('nonsense\r\n\r\n'), {}, 'HTTP_PARSE', 0],
    ['gets no head in time', () => {}, { headers: 300 }, 'HEADERS_TIMEOUT', 0],
    [
      'gets no more body in time',
      (_q, r) => {
        r.writeHead(200, { 'content-length': 1000 });
        r.write('part');
      },
      { stall: 300 },
      'STALLED',
      200,
    ],
    [
      'takes too long in all',
      (_q, r) => {
        r.writeHead(200, { 'content-length': 1000 });
        const drip = setInterval(() => r.write('x'), 20);
        r.on('close', () => clearInterval(drip));
      },
      { total: 200 },
      'TOTAL_TIMEOUT',
      200,
    ],
  ];
  it.each(table)('that %s has a stable code and is recorded once', async (_what, listener, timeouts, code, status) => {
    const { origin } = await serve(listener);
    const { send, exchanges } = client({ timeouts });
    await expect(send(get(origin, '/'))).rejects.toMatchObject({ code: expect.stringMatching(new RegExp(`^(${code})$`)) });
    expect(exchanges).toHaveLength(1);
    expect(exchanges[0]?.status).toBe(status);
    expect(exchanges[0]?.expected).toBe(false);
  });

  it('that cannot connect says so', async () => {
    const { origin, server } = await serve(() => {});
    await new Promise((resolve) => server.close(resolve));
    const { send, exchanges } = client();
    await expect(send(get(origin, '/'))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(exchanges[0]).toMatchObject({ errorCode: 'ECONNREFUSED', status: 0, bytesSent: 0 });
  });

  it('that is aborted while it waits for a connection ends at once, and so do later ones', async () => {
    const { origin } = await serve(async (_request, response) => {
      await wait(30);
      response.end('ok');
    });
    const { http, send, exchanges } = client({ connections: 1 });
    const both = Promise.allSettled([send(get(origin, '/1')), send(get(origin, '/2'))]);
    await wait(10);
    http.abort('ABORTED', 'the run was interrupted');
    expect((await both).map((result) => result.status)).toEqual(['rejected', 'rejected']);
    expect(exchanges.map((exchange) => exchange.errorCode)).toEqual(['ABORTED', 'ABORTED']);
    await expect(send(get(origin, '/3'))).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('that stands still while it uploads ends as STALLED', async () => {
    const { origin } = await serve((request) => request.pause());
    const { send } = client({ timeouts: { stall: 300 } });
    const stuck: BodySource = {
      length: 1000,
      async *open() {
        yield Buffer.alloc(10);
        await new Promise(() => {});
      },
    };
    await expect(send(get(origin, '/', { method: 'PUT', body: stuck }))).rejects.toMatchObject({ code: 'STALLED' });
  });
});
