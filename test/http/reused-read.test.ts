import { createHash, randomBytes } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { DEFAULT_TIMEOUTS, Dispatchers, HttpClient, type HttpRequest, NO_PROXIES, type Send } from '../../src/http/index.ts';
import { atEnd } from '../support/at-end.ts';

// All connections of a thread read into one buffer, so what must hold is that no body and no head ever sees bytes of another one.

const bodies = Array.from({ length: 4 }, () => randomBytes(3_000_000));
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

const listener: RequestListener = (request, response) => {
  const [, how, index] = (request.url ?? '').split('/');
  const body = bodies[Number(index)] as Buffer;
  if (how === 'chunked') {
    response.write(body.subarray(0, 1_000_000));
    setTimeout(() => {
      response.write(body.subarray(1_000_000, 2_000_000));
      response.end(body.subarray(2_000_000));
    }, 3);
    return;
  }
  response.setHeader('content-length', body.length);
  if (how === 'closing') response.setHeader('connection', 'close');
  if (how === 'cut') {
    response.write(body.subarray(0, 1000));
    setTimeout(() => response.destroy(), 3);
  } else if (how === 'small') {
    for (let from = 0; from < body.length; from += 20_000) response.write(body.subarray(from, from + 20_000));
    response.end();
  } else {
    response.end(body);
  }
};

const servers = {
  http: createServer(listener),
  // Heads in two parts, with a pause in which others are served.
  parts: net.createServer((socket) => {
    socket.setNoDelay(true).on('error', () => {});
    socket.on('data', async (data) => {
      const name = /GET \/(\w+)/.exec(data.toString())?.[1] ?? '';
      socket.write(`HTTP/1.1 200 OK\r\nx-first: ${name.repeat(20)}\r\nx-sec`);
      await sleep(15);
      socket.write(`ond: ${name.repeat(10)}\r\ncontent-length: ${name.length}\r\n\r\n${name}`);
    });
  }),
};
const origins: Record<string, string> = {};
for (const [name, server] of Object.entries(servers)) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origins[name] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  atEnd(() => {
    if (!('closeAllConnections' in server)) return server.close();
    server.closeAllConnections();
    return server.close();
  });
}
const dispatchers = new Dispatchers({
  connections: 8,
  tls: { ca: undefined, cert: undefined, key: undefined, insecureSkipVerify: false },
  timeouts: DEFAULT_TIMEOUTS,
  proxy: NO_PROXIES,
  onConnected: () => {},
});
atEnd(() => dispatchers.destroy());
const send: Send = new HttpClient({ dispatchers, timeouts: DEFAULT_TIMEOUTS }).sender(() => {});

function get(origin: string | undefined, path: string, sink?: HttpRequest['sink']): ReturnType<Send> {
  return send({
    operation: 'blob_get',
    method: 'GET',
    origin: origin ?? '',
    path,
    headers: {},
    expect: [200],
    hostRole: 'registry',
    sizeClass: '',
    ...(sink === undefined ? {} : { sink }),
  });
}

/** What a fetch should come to, and what it came to. */
async function outcome(how: string, index: number): Promise<[expected: string, actual: string]> {
  const expected = how === 'cut' ? 'ExchangeError' : digest(bodies[index] as Buffer);
  const hash = createHash('sha256');
  const answered = get(origins['http'], `/${how}/${index}`, { write: (chunk) => void hash.update(chunk) });
  return [expected, await answered.then(() => hash.digest('hex')).catch((error: Error) => error.name)];
}

describe('connections that read into one buffer', () => {
  it('hand every sink its own bytes while all kinds of answers arrive side by side', async () => {
    const kinds = ['kept', 'chunked', 'closing', 'small', 'cut', 'chunked', 'kept'];
    for (let round = 0; round < 4; round += 1) {
      const outcomes = await Promise.all(kinds.map((how, i) => outcome(how, (round + i) % bodies.length)));
      for (const [expected, actual] of outcomes) expect(actual).toBe(expected);
    }
  });

  it('keep the fields of a head that comes in two parts while others are read', async () => {
    const names = ['alpha', 'bravo', 'charlie', 'delta', 'echo'];
    const both = await Promise.all([
      Promise.all(names.map(async (name) => [name, (await get(origins['parts'], `/${name}`)).headers] as const)),
      ...bodies.map((_, index) => outcome('kept', index)),
    ]);
    for (const [name, headers] of both[0]) {
      expect(headers).toMatchObject({ 'x-first': name.repeat(20), 'x-second': name.repeat(10) });
    }
  });

  it('show other bytes to a sink that keeps a chunk, which is why none may', async () => {
    const kept: Uint8Array[] = [];
    const sink = { write: (chunk: Uint8Array) => void kept.push(chunk) };
    await get(origins['http'], '/kept/0', sink);
    await get(origins['http'], '/kept/1');
    expect(digest(Buffer.concat(kept))).not.toBe(digest(bodies[0] as Buffer));
  });
});
