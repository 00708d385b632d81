import { beforeAll, describe, expect, it } from 'vitest';
import { call, digestOf, fresh, pushBlob } from '../serve/client.ts';
import { startDelayProxy } from './delay-proxy.ts';
import type { Fault } from './faults.ts';
import { type FaultyRegistry, startFaultyRegistry } from './faulty-registry.ts';
import { startScriptedServer } from './scripted-server.ts';

describe.each([
  ['in memory', 5000],
  ['in a file', 1_000_000],
])('a blob %s', (_, size) => {
  const blob = fresh(size);
  const path = `/v2/team/app/blobs/${digestOf(blob)}`;
  let registry: FaultyRegistry;
  beforeAll(async () => {
    registry = await startFaultyRegistry();
    await pushBlob(registry.url, 'team/app', blob);
  });
  const get = (...faults: Fault[]) => {
    registry.set(({ operation, host }) => (operation === 'blob_get' && host === 'registry' ? faults : undefined));
    return call(registry.url, 'GET', path);
  };

  it.each([0, 1, 4999])('breaks off after %i bytes', async (after) => {
    await expect(get({ kind: 'cut', after })).rejects.toThrow(/aborted|hang up|ECONNRESET/);
  });

  it('is shorter than it should be, and whole for HTTP', async () => {
    const { headers, body } = await get({ kind: 'truncate', to: 4000 });
    expect(headers['content-length']).toBe('4000');
    expect(body.equals(blob.subarray(0, 4000))).toBe(true);
  });

  it('has a wrong byte, once', async () => {
    const { body } = await get({ kind: 'corrupt' });
    expect(body.length).toBe(size);
    expect(digestOf(body)).not.toBe(digestOf(blob));
    expect((await get()).body.equals(blob)).toBe(true);
  });

  it('stops in the middle', async () => {
    await expect(
      Promise.race([get({ kind: 'stall', after: 100 }), new Promise((resolve) => setTimeout(resolve, 100, 'nothing'))]),
    ).resolves.toBe('nothing');
  });

  it('is on another host', async () => {
    const { status, headers } = await get({ kind: 'redirect' });
    expect(status).toBe(307);
    expect((await call(headers.location ?? '', 'GET', '')).body.equals(blob)).toBe(true);
    expect(registry.requests.at(-1)).toMatchObject({ host: 'storage', operation: 'blob_get' });
  });

  it('is refused by a status, or by a reset', async () => {
    expect(await get({ kind: 'status', status: 503, code: 'UNAVAILABLE' })).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
    expect(await get({ kind: 'too-many', retryAfter: '7' })).toMatchObject({ status: 429, headers: { 'retry-after': '7' } });
    await expect(get({ kind: 'reset' })).rejects.toThrow(/hang up|ECONNRESET/);
  });

  it('comes later', async () => {
    const start = performance.now();
    expect((await get({ kind: 'delay', ms: 60 })).status).toBe(200);
    expect(performance.now() - start).toBeGreaterThan(55);
  });
});

it('a row of faults holds for the first so many requests', async () => {
  const { url } = await startFaultyRegistry({ faults: [{ operation: 'ping', times: 2, fault: { kind: 'status', status: 500 } }] });
  const statuses = [];
  for (let i = 0; i < 3; i += 1) statuses.push((await call(url, 'GET', '/v2/')).status);
  expect(statuses).toEqual([500, 500, 200]);
});

it('asks for a token, and takes one with the right scope', async () => {
  const { url, tokenServer } = await startFaultyRegistry({ tokenAuth: { username: 'u', password: 'p' } });
  const refused = await call(url, 'POST', '/v2/team/app/blobs/uploads/', { body: '' });
  expect(refused.status).toBe(401);
  const [, realm = '', scope = ''] = /^Bearer realm="(.+?)",.*scope="(.+?)"$/.exec(refused.headers['www-authenticate'] ?? '') ?? [];
  expect(scope).toBe('repository:team/app:pull,push');
  const query = `?service=s&scope=${scope}`;
  expect((await call(realm, 'GET', query)).status).toBe(401);
  const form = `grant_type=password&username=u&password=p&service=s&scope=${scope}&access_type=offline`;
  const granted = JSON.parse((await call(realm, 'POST', '', { body: form })).body.toString()) as Record<string, string>;
  const headers = { authorization: `Bearer ${granted['access_token']}` };
  expect((await call(url, 'POST', '/v2/team/app/blobs/uploads/', { headers, body: '' })).status).toBe(202);
  expect((await call(url, 'POST', '/v2/team/other/blobs/uploads/', { headers, body: '' })).status).toBe(401);
  const again = `grant_type=refresh_token&refresh_token=${granted['refresh_token']}&service=s&scope=${scope}`;
  expect((await call(realm, 'POST', '', { body: again })).status).toBe(200);
  expect(tokenServer?.requests.map(({ method, grantType }) => `${method} ${grantType}`)).toEqual([
    'GET null',
    'POST password',
    'POST refresh_token',
  ]);
});

it('a proxy delays the operations it is told to, and no others', async () => {
  const { url } = await startFaultyRegistry({ prefix: '/base' });
  const proxy = await startDelayProxy(url, { blob_get: 60 });
  expect(proxy.url).toMatch(/\/base$/);
  const blob = fresh(500_000);
  const digest = await pushBlob(proxy.url, 'team/app', blob);
  const start = performance.now();
  expect((await call(proxy.url, 'GET', `/v2/team/app/blobs/${digest}`)).body.equals(blob)).toBe(true);
  expect(performance.now() - start).toBeGreaterThan(55);
  expect(Object.fromEntries(proxy.counts)).toEqual({ upload_post: 1, blob_get: 1 });
});

it('a script is followed row by row, and what was not is told', async () => {
  const server = await startScriptedServer([
    { expect: { method: 'GET', url: /^\/v2/, headers: { accept: 'a/b', authorization: undefined } }, reply: { status: 200, body: 'x' } },
    { expect: { method: 'GET', url: '/raw' }, reply: { raw: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort' } },
    { expect: { method: 'PUT', url: '/b', body: 'right' }, reply: { status: 201 } },
    { expect: { method: 'DELETE', url: '/never' }, reply: { status: 202 } },
  ]);
  expect((await call(server.url, 'GET', '/v2/', { headers: { accept: 'a/b' } })).body.toString()).toBe('x');
  await expect(call(server.url, 'GET', '/raw')).rejects.toThrow(/aborted/);
  expect((await call(server.url, 'PUT', '/b', { body: 'wrong' })).status).toBe(500);
  expect(server.assertDone).toThrow('PUT /b: expected another body than these 5 bytes\nnever came: DELETE /never');
});
