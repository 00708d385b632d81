import { createServer } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  DEFAULT_TIMEOUTS,
  Dispatchers,
  HttpClient,
  isLoopback,
  type ProxySettings,
  proxyFor,
  proxySettings,
} from '../../src/http/index.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

describe('the choice of a proxy', () => {
  const settings = proxySettings({
    HTTP_PROXY: 'http://user:secret@proxy.test:3128',
    HTTPS_PROXY: 'proxy.test:8443',
    NO_PROXY: 'direct.test, .sub.test,port.test:5000',
  });
  it.each([
    ['plain HTTP goes through HTTP_PROXY', 'http://registry.test', 'proxy.test:3128'],
    ['HTTPS goes through HTTPS_PROXY, given without a scheme', 'https://registry.test', 'proxy.test:8443'],
    ['a named host goes directly', 'http://direct.test', undefined],
    ['a host below a named domain goes directly', 'http://a.sub.test', undefined],
    ['a host that only ends alike does not', 'http://notdirect.test', 'proxy.test:3128'],
    ['a named port goes directly', 'http://port.test:5000', undefined],
    ['another port of that host does not', 'http://port.test:5001', 'proxy.test:3128'],
    ['loopback is never proxied', 'http://127.0.0.1:5000', undefined],
  ])('%s', (_phrase, origin, host) => {
    expect(proxyFor(new URL(origin), settings)?.host).toBe(host);
  });

  it('lets lower-case names go first', () => {
    expect(proxySettings({ HTTP_PROXY: 'http://a', http_proxy: 'http://b' }).http).toBe('http://b');
  });

  it('knows loopback by name and by address', () => {
    expect(['localhost', '127.0.0.1', '127.9.9.9', '[::1]', 'a.localhost'].map(isLoopback)).toEqual([true, true, true, true, true]);
    expect(['example.test', '128.0.0.1', '10.0.0.1'].map(isLoopback)).toEqual([false, false, false]);
  });
});

describe('a request through a proxy', () => {
  it('is sent to the proxy with its absolute URL, the target as host and the proxy credentials', async () => {
    const seen: { url: string | undefined; host: string | undefined; authorization: string | undefined }[] = [];
    const proxy = createServer((request, response) => {
      seen.push({ url: request.url, host: request.headers.host, authorization: request.headers['proxy-authorization'] });
      response.end('through');
    });
    const response = await sendThrough(proxy, 'http://registry.test:5000', (port) => ({
      http: `http://user:secret@127.0.0.1:${port}`,
      https: undefined,
      no: [],
    }));
    expect(response.status).toBe(200);
    expect(seen).toEqual([
      {
        url: 'http://registry.test:5000/v2/',
        host: 'registry.test:5000',
        authorization: `Basic ${Buffer.from('user:secret').toString('base64')}`,
      },
    ]);
  });

  it('fails as PROXY_REFUSED when the proxy opens no tunnel', async () => {
    const proxy = net.createServer((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
    });
    await expect(
      sendThrough(proxy, 'https://registry.test', (port) => ({ http: undefined, https: `http://127.0.0.1:${port}`, no: [] })),
    ).rejects.toMatchObject({ code: 'PROXY_REFUSED' });
  });
});

async function sendThrough(proxy: net.Server, origin: string, settings: (port: number) => ProxySettings) {
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => proxy.close());
  const dispatchers = new Dispatchers({
    connections: 1,
    tls: { ca: undefined, cert: undefined, key: undefined, insecureSkipVerify: false },
    timeouts: DEFAULT_TIMEOUTS,
    proxy: settings((proxy.address() as AddressInfo).port),
    onConnected: () => {},
  });
  cleanups.push(() => dispatchers.destroy());
  const send = new HttpClient({ dispatchers, timeouts: DEFAULT_TIMEOUTS }).sender(() => {});
  return send({ operation: 'ping', method: 'GET', origin, path: '/v2/', headers: {}, expect: [200], hostRole: 'registry', sizeClass: '' });
}
