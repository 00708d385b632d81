import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/registry/index.ts';
import { registryError, testClient } from './support/client.ts';
import { type Reply, scriptedServer, specError } from './support/scripted-server.ts';

const BLOB = Buffer.from('0123456789');
const DIGEST = digestOf(BLOB);
const BASIC = { username: 'u', password: 'p' };
const challenge: Reply = { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } };
type Client = ReturnType<typeof testClient>['client'];
const to = (location: string, status = 307): Reply => ({ status, headers: { location } });

describe('base URL', () => {
  it.each([
    ['without a path', '', '/v2/app/manifests/1'],
    ['with a slash at its end', '/', '/v2/app/manifests/1'],
    ['with a path', '/link/to/docker/registry', '/link/to/docker/registry/v2/app/manifests/1'],
    ['with a path and a slash', '/link/to/docker/registry/', '/link/to/docker/registry/v2/app/manifests/1'],
  ])('%s: /v2/ comes after it', async (_, path, asked) => {
    const server = await scriptedServer([{ status: 200, body: '{}' }]);
    const { client } = testClient(server.origin + path);
    await client.manifests.get('app', '1');
    expect(server.lines).toEqual([`GET ${asked}`]);
    expect(client.baseUrl).toBe(server.origin + path.replace(/\/$/, ''));
  });

  it.each([
    ['no URL', 'localhost:5000/x y', /cannot be read|starts with/],
    ['another scheme', 'ftp://host', /starts with ftp:/],
    ['credentials in it', 'http://user:hunter2@host', /carries credentials.*--username/],
    ['a query', 'http://host/?x=1', /has a query/],
  ])('%s is refused', (_, baseUrl, message) => {
    expect(() => testClient(baseUrl)).toThrow(message);
    expect(() => testClient(baseUrl)).not.toThrow(/hunter2/);
  });
});

describe('redirects', () => {
  it('go to storage without credentials and custom headers, with Range and Accept, as an exchange of their own', async () => {
    const storage = await scriptedServer([{ status: 206, headers: { 'content-range': 'bytes 4-9/10' }, body: '456789' }]);
    const server = await scriptedServer([challenge, to(`${storage.origin}/bucket/x?X-Amz-Signature=abc%2Fd`)]);
    const { client, story } = testClient(server.origin, { credentials: BASIC, headers: { 'x-team': 'perf' } });
    await client.blobs.get('app', DIGEST, { range: { start: 4 } });
    expect(server.requests[1]?.headers).toMatchObject({ authorization: 'Basic dTpw', 'x-team': 'perf' });
    expect(storage.lines).toEqual(['GET /bucket/x?X-Amz-Signature=abc%2Fd']);
    const { headers } = storage.requests[0] ?? {};
    expect(headers).toMatchObject({ range: 'bytes=4-', accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'loadreg/test' });
    expect(headers).not.toHaveProperty('authorization');
    expect(headers).not.toHaveProperty('x-team');
    expect(story).toEqual(['blob_get GET registry 401', 'blob_get GET registry 307', 'blob_get GET storage 206']);
  });

  it('within the registry keep credentials and role', async () => {
    const server = await scriptedServer([challenge, to('/elsewhere'), { status: 200, body: BLOB }]);
    const { client, story } = testClient(server.origin, { credentials: BASIC });
    await client.blobs.get('app', DIGEST);
    expect(server.requests[2]).toMatchObject({ line: 'GET /elsewhere', headers: { authorization: 'Basic dTpw' } });
    expect(story.at(-1)).toBe('blob_get GET registry 200');
  });

  it('a challenge of a storage host is not answered', async () => {
    const storage = await scriptedServer([challenge]);
    const server = await scriptedServer([to(`${storage.origin}/x`)]);
    const { client, story } = testClient(server.origin, { credentials: BASIC });
    expect(await registryError(client.blobs.get('app', DIGEST))).toMatchObject({ status: 401, code: 'HTTP_401' });
    expect(story).toEqual(['blob_get GET registry 307', 'blob_get GET storage 401!']);
  });

  it.each([
    [301, 'GET', 'GET'],
    [302, 'GET', 'GET'],
    [303, 'GET', 'GET'],
    [307, 'GET', 'GET'],
    [308, 'GET', 'GET'],
    [302, 'HEAD', 'HEAD'],
    [303, 'HEAD', 'HEAD'],
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'POST', 'GET'],
    [307, 'POST', 'POST'],
    [308, 'POST', 'POST'],
    [301, 'PUT', 'PUT'],
    [303, 'PUT', 'GET'],
    [302, 'DELETE', 'DELETE'],
  ] as const)('%i of a %s goes on as %s', async (status, method, next) => {
    const server = await scriptedServer([to('/next', status), { status: 200 }]);
    const body = method === 'POST' || method === 'PUT' ? { body: BLOB, headers: { 'content-type': 'text/plain' } } : {};
    await testClient(server.origin).client.request({ operation: 'own', method, pathOrUrl: '/first', expect: [200], ...body });
    expect(server.lines).toEqual([`${method} /first`, `${next} /next`]);
    const kept = next === 'POST' || next === 'PUT';
    expect(server.requests[1]?.body).toBe(kept ? '0123456789' : '');
    expect(server.requests[1]?.headers['content-type']).toBe(kept ? 'text/plain' : undefined);
  });

  it('ten are followed', async () => {
    const hops = Array.from({ length: 10 }, (_, i) => to(`/hop/${i}`));
    const server = await scriptedServer([...hops, { status: 200, body: BLOB }]);
    expect(await testClient(server.origin).client.blobs.get('app', DIGEST)).toMatchObject({ status: 200 });
  });

  it.each([
    ['eleven', Array.from({ length: 11 }, (_, i) => to(`/hop/${i}`)), 'TOO_MANY_REDIRECTS', 11],
    ['a loop', [to('/a'), to('/b'), to('/a')], 'REDIRECT_LOOP', 3],
    ['one to itself', [to('/a'), to('/a')], 'REDIRECT_LOOP', 2],
    ['one without Location', [{ status: 302 }], 'REDIRECT_UNUSABLE', 1],
    ['one to another scheme', [to('file:///etc/passwd')], 'REDIRECT_UNUSABLE', 1],
  ])('%s ends the call', async (_, script, code, asked) => {
    const server = await scriptedServer(script);
    expect(await registryError(testClient(server.origin).client.blobs.get('app', DIGEST))).toMatchObject({ code });
    expect(server.lines).toHaveLength(asked);
  });
});

describe('errors of an answer', () => {
  it('read in one line: operation, status, code, message and redacted URL', async () => {
    const server = await scriptedServer([{ status: 404, body: specError('MANIFEST_UNKNOWN') }]);
    const error = await registryError(testClient(server.origin).client.manifests.get('app', '1'));
    expect(error.message).toBe(`manifest_get failed with 404 MANIFEST_UNKNOWN: manifest unknown (GET ${server.origin}/v2/app/manifests/1)`);
    expect(error).toMatchObject({
      operation: 'manifest_get',
      method: 'GET',
      status: 404,
      code: 'MANIFEST_UNKNOWN',
      codes: ['MANIFEST_UNKNOWN'],
    });
  });

  it('hide the signature of a storage URL', async () => {
    const storage = await scriptedServer([{ status: 403, body: '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>' }]);
    const server = await scriptedServer([to(`${storage.origin}/x?X-Amz-Signature=topsecret&token`)]);
    const error = await registryError(testClient(server.origin).client.blobs.get('app', DIGEST));
    expect(error.message).toBe(`blob_get failed with 403: AccessDenied (GET ${storage.origin}/x?X-Amz-Signature=***&***)`);
  });

  it('say what would help after a 401', async () => {
    const refused: Reply = { ...challenge, body: specError('UNAUTHORIZED') };
    const server = await scriptedServer([refused, refused, refused]);
    const anonymous = await registryError(testClient(server.origin).client.manifests.get('app', '1'));
    expect(anonymous.hint).toMatch(/no credentials were given: use --username/);
    const known = await registryError(testClient(server.origin, { credentials: BASIC }).client.manifests.get('app', '1'));
    expect(known.hint).toMatch(/refuses these credentials/);
    expect(`${known.message}${known.hint}`).not.toMatch(/dTpw|"p"/);
  });
});

const closed = (retryable: boolean) => Object.assign(new Error('closed'), { code: 'ECONNRESET', retryable });

/** A client whose first requests find their kept connection closed. */
async function unluckyClient(failures: number, retryable = true) {
  const server = await scriptedServer([{ status: 200 }]);
  const count = { sent: 0, retries: 0 };
  const { client } = testClient(server.origin, {
    onRetry: () => (count.retries += 1),
    through: (send) => async (request) => {
      count.sent += 1;
      if (count.sent <= failures) throw closed(retryable);
      return send(request);
    },
  });
  return { client, count };
}

describe('a request whose kept connection was closed', () => {
  it.each(['GET', 'HEAD'] as const)('is sent once more and counted as a retry when it is a %s', async (method) => {
    const { client, count } = await unluckyClient(1);
    expect((await client.request({ operation: 'own', method, pathOrUrl: '/x', expect: [200] })).status).toBe(200);
    expect(count).toEqual({ sent: 2, retries: 1 });
  });

  it.each([
    ['it may have changed something', 'DELETE', true],
    ['it may have been answered', 'GET', false],
  ] as const)('fails when %s', async (_, method, retryable) => {
    const { client, count } = await unluckyClient(1, retryable);
    await expect(client.request({ operation: 'own', method, pathOrUrl: '/x', expect: [200] })).rejects.toThrow('closed');
    expect(count).toEqual({ sent: 1, retries: 0 });
  });

  it('fails when it happens again', async () => {
    const { client, count } = await unluckyClient(2);
    await expect(client.manifests.get('app', '1')).rejects.toThrow('closed');
    expect(count).toEqual({ sent: 2, retries: 1 });
  });
});

describe('custom headers', () => {
  it('an Authorization of the user stands, and no challenge replaces it', async () => {
    const server = await scriptedServer([challenge]);
    const { client } = testClient(server.origin, { credentials: BASIC, headers: { authorization: 'Custom abc' } });
    expect(await registryError(client.manifests.get('app', '1'))).toMatchObject({ status: 401 });
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Custom abc']);
  });

  it('a User-Agent of the user stands', async () => {
    const server = await scriptedServer([{ status: 200, body: '{}' }]);
    await testClient(server.origin, { headers: { 'user-agent': 'mine' } }).client.manifests.get('app', '1');
    expect(server.requests[0]?.headers['user-agent']).toBe('mine');
  });
});

describe('what a request changes is what it names', () => {
  it.each([
    ['a manifest PUT', 'PUT', (client: Client) => client.manifests.put('app', '1', BLOB, 'a/b')],
    ['a manifest DELETE', 'DELETE', (client: Client) => client.manifests.delete('app', '1')],
  ] as const)('a redirect of %s to another repository is not followed', async (_, method, call) => {
    for (const status of [301, 302, 307, 308]) {
      const server = await scriptedServer([to('/v2/victim/manifests/latest', status), { status: method === 'PUT' ? 201 : 202 }]);
      const error = await registryError(call(testClient(server.origin).client));
      expect(error).toMatchObject({ code: 'REDIRECT_REFUSED', status });
      expect(server.lines).toEqual([`${method} /v2/app/manifests/1`]);
    }
  });

  it('not by way of another host either', async () => {
    let away = '';
    const server = await scriptedServer(({ line }) => (line.includes('victim') ? { status: 201 } : to(away)));
    const storage = await scriptedServer([to(`${server.origin}/v2/victim/manifests/latest`)]);
    away = `${storage.origin}/x`;
    expect(await registryError(testClient(server.origin).client.manifests.put('app', '1', BLOB, 'a/b'))).toMatchObject({
      code: 'REDIRECT_REFUSED',
    });
    expect(server.lines).toEqual(['PUT /v2/app/manifests/1']);
  });

  it('a redirect to another host is followed, and a GET goes where it is sent', async () => {
    const other = await scriptedServer([{ status: 201 }]);
    const server = await scriptedServer([to(`${other.origin}/v2/app/manifests/1`), to('/elsewhere'), { status: 200, body: '{}' }]);
    const { client } = testClient(server.origin);
    await client.manifests.put('app', '1', BLOB, 'a/b');
    await client.manifests.get('app', '1');
    expect([other.lines, server.lines.at(-1)]).toEqual([['PUT /v2/app/manifests/1'], 'GET /elsewhere']);
  });
});

describe('names that are none by the specification', () => {
  const bad = ['..', '..%2f..%2fvictim', '../victim', 'a?b', 'a#b', 'a b', '', 'A\u001b'];
  const calls: [string, (client: Client, name: string) => Promise<unknown>][] = [
    ['a tag', (client, name) => client.manifests.get('app', name)],
    ['a tag to write', (client, name) => client.manifests.put('app', name, BLOB, 'a/b')],
    ['a tag to delete', (client, name) => client.manifests.delete('app', name)],
    ['the repository of a manifest', (client, name) => client.manifests.head(name, '1')],
    ['the repository of a blob', (client, name) => client.blobs.get(name, DIGEST)],
    ['a digest', (client, name) => client.blobs.exists('app', name)],
    ['the repository of an upload', (client, name) => client.uploads.start(name)],
    ['the digest of an upload', (client, name) => client.uploads.post('app', name, BLOB)],
    ['the source of a mount', (client, name) => client.uploads.mount('app', DIGEST, name)],
    ['the repository of a tag list', (client, name) => client.tags.page(name)],
    ['the repository of all tags', (client, name) => client.tags.all(name).next()],
    ['the subject of referrers', (client, name) => client.referrers.list('app', name)],
  ];
  it.each(calls)('%s is never put into a path', async (_, call) => {
    const server = await scriptedServer([]);
    for (const name of bad) {
      const error = await registryError(call(testClient(server.origin).client, name));
      expect(error).toMatchObject({ code: 'NAME_UNUSABLE', status: 0 });
      expect(error.message).not.toMatch(/\p{Cc}/u);
    }
    expect(server.lines).toEqual([]);
  });
});
