import { createHash, randomBytes } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_TIMEOUTS, Dispatchers, HttpClient, NO_PROXIES, type Send } from '../../src/http/index.ts';

// All connections of a thread read into one buffer, so what must hold is that no body ever sees bytes of another one.

const bodies = Array.from({ length: 4 }, () => randomBytes(3_000_000));
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
let origin = '';
let send: Send;
let close: () => Promise<void>;

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
  } else {
    response.end(body);
  }
};

beforeAll(async () => {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const dispatchers = new Dispatchers({
    connections: 8,
    tls: { ca: undefined, cert: undefined, key: undefined, insecureSkipVerify: false },
    timeouts: DEFAULT_TIMEOUTS,
    proxy: NO_PROXIES,
    onConnected: () => {},
  });
  send = new HttpClient({ dispatchers, timeouts: DEFAULT_TIMEOUTS }).sender(() => {});
  close = async () => {
    await dispatchers.destroy();
    server.closeAllConnections();
    server.close();
  };
});
afterAll(() => close());

async function fetchDigest(how: string, index: number): Promise<string> {
  const hash = createHash('sha256');
  const sink = { write: (chunk: Uint8Array) => void hash.update(chunk) };
  await send({
    operation: 'blob_get',
    method: 'GET',
    origin,
    path: `/${how}/${index}`,
    headers: {},
    expect: [200],
    hostRole: 'registry',
    sizeClass: '',
    sink,
  });
  return hash.digest('hex');
}

/** What a fetch should come to, and what it came to. */
async function outcome(how: string, index: number): Promise<[expected: string, actual: string]> {
  const expected = how === 'cut' ? 'ExchangeError' : digest(bodies[index] as Buffer);
  return [expected, await fetchDigest(how, index).catch((error: Error) => error.name)];
}

it('hands every sink its own bytes while kept, chunked, closing and cut answers arrive side by side', async () => {
  const kinds = ['kept', 'chunked', 'closing', 'kept', 'cut', 'chunked'];
  for (let round = 0; round < 6; round += 1) {
    const outcomes = await Promise.all(kinds.map((how, i) => outcome(how, (round + i) % bodies.length)));
    for (const [expected, actual] of outcomes) expect(actual).toBe(expected);
  }
});
