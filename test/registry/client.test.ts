import { describe, expect, it } from 'vitest';
import type { Send } from '../../src/http/index.ts';
import { registryError, testClient } from './support/client.ts';
import { scriptedServer } from './support/scripted-server.ts';

const BASIC = { username: 'u', password: 'p' };

describe('ping', () => {
  it('of an open registry tells what stands in its head', async () => {
    const server = await scriptedServer([
      {
        status: 200,
        headers: { 'docker-distribution-api-version': 'registry/2.0', server: 'nginx', date: 'Mon, 01 Jan 2024 00:00:00 GMT' },
      },
    ]);
    expect(await testClient(`${server.origin}/base`).client.ping()).toEqual({
      status: 200,
      challenges: [],
      apiVersion: 'registry/2.0',
      server: 'nginx',
      date: 'Mon, 01 Jan 2024 00:00:00 GMT',
    });
    expect(server.lines).toEqual(['GET /base/v2/']);
  });

  it('without credentials takes 401 for an answer; the next request carries its credentials at once', async () => {
    const server = await scriptedServer([
      { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } },
      { status: 200, body: '{}' },
    ]);
    const { client, story } = testClient(server.origin, { credentials: BASIC });
    expect(await client.ping({ authenticate: false })).toMatchObject({
      status: 401,
      challenges: [{ scheme: 'basic', parameters: { realm: 'r' } }],
    });
    await client.manifests.get('app', '1');
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, 'Basic dTpw']);
    expect(story).toEqual(['ping GET registry 401', 'manifest_get GET registry 200']);
  });

  it('with credentials tells whether they are taken', async () => {
    const challenge = { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } };
    const server = await scriptedServer([challenge, { status: 200 }, challenge]);
    const { client } = testClient(server.origin, { credentials: BASIC });
    expect((await client.ping()).status).toBe(200);
    expect((await client.ping()).status).toBe(401);
  });

  it('of something that is no registry fails with its status', async () => {
    const server = await scriptedServer([
      { status: 404, body: '<html><head><title>x</title></head><body><h1>Not here</h1></body></html>' },
    ]);
    const error = await registryError(testClient(server.origin).client.ping());
    expect(error.message).toBe(`ping failed with 404: Not here (GET ${server.origin}/v2/)`);
  });
});

describe('a client with another send', () => {
  it('keeps target, credentials and what is known about the registry', async () => {
    const server = await scriptedServer([
      { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } },
      { status: 200, body: '{}' },
      { status: 200, body: '{}' },
    ]);
    let send: Send | undefined;
    const { client } = testClient(server.origin, { credentials: BASIC, through: (inner) => (send = inner) });
    await client.manifests.get('app', '1');
    const seen: string[] = [];
    const inFlow = client.with((request) => {
      seen.push(request.operation);
      if (send === undefined) throw new Error('no send');
      return send(request);
    });
    await inFlow.manifests.get('app', '1');
    expect(seen).toEqual(['manifest_get']);
    expect(server.requests[2]?.headers.authorization).toBe('Basic dTpw');
    expect(inFlow.baseUrl).toBe(client.baseUrl);
    expect(inFlow.blobs).toBe(inFlow.blobs);
  });
});

describe('requests of a scenario', () => {
  it('go to a path on the host, not below the base path, with user name and password at once', async () => {
    const server = await scriptedServer([{ status: 200, body: 'ok' }]);
    const { client, exchanges } = testClient(`${server.origin}/base`, { credentials: BASIC });
    await client.request({ operation: 'projects', method: 'GET', pathOrUrl: '/api/v2.0/projects?n=1', expect: [200] });
    expect(server.requests[0]).toMatchObject({ line: 'GET /api/v2.0/projects?n=1', headers: { authorization: 'Basic dTpw' } });
    expect(exchanges[0]).toMatchObject({ operation: 'projects', hostRole: 'registry', expected: true });
  });

  it('carry none where that is asked for, and their own where they bring one', async () => {
    const server = await scriptedServer([{ status: 200 }, { status: 200 }]);
    const { client } = testClient(server.origin, { credentials: BASIC });
    await client.request({ operation: 'own', method: 'GET', pathOrUrl: '/api', expect: [200], auth: false });
    await client.request({ operation: 'own', method: 'GET', pathOrUrl: '/api', expect: [200], headers: { authorization: 'Token t' } });
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, 'Token t']);
  });

  it('never carry credentials to another host, even on a redirect', async () => {
    const other = await scriptedServer([{ status: 200 }, { status: 200 }]);
    const server = await scriptedServer([{ status: 302, headers: { location: `${other.origin}/next` } }]);
    const { client, exchanges } = testClient(server.origin, { credentials: BASIC, headers: { 'x-secret': 's' } });
    await client.request({ operation: 'own', method: 'GET', pathOrUrl: `${other.origin}/direct`, expect: [200] });
    await client.request({ operation: 'own', method: 'GET', pathOrUrl: '/here', expect: [200], headers: { authorization: 'Token t' } });
    for (const { headers } of other.requests) {
      expect(headers).not.toHaveProperty('authorization');
      expect(headers).not.toHaveProperty('x-secret');
    }
    expect(exchanges.map(({ hostRole }) => hostRole)).toEqual(['storage', 'registry', 'storage']);
  });

  it('below /v2/ are authorised as every other call', async () => {
    const server = await scriptedServer([{ status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } }, { status: 200 }]);
    const { client, story } = testClient(server.origin, { credentials: BASIC });
    await client.request({ operation: 'own', method: 'GET', pathOrUrl: '/v2/app/tags/list', expect: [200] });
    expect(story).toEqual(['own GET registry 401', 'own GET registry 200']);
  });

  it('resolve with any status', async () => {
    const server = await scriptedServer([{ status: 500, body: 'broken' }]);
    const { client, story } = testClient(server.origin);
    const response = await client.request({ operation: 'own', method: 'GET', pathOrUrl: '/api', expect: [200] });
    expect(response).toMatchObject({ status: 500, errorBody: 'broken' });
    expect(story).toEqual(['own GET registry 500!']);
  });

  it('refuse what is no http URL', async () => {
    const { client } = testClient('http://127.0.0.1:1');
    const error = await registryError(client.request({ operation: 'own', method: 'GET', pathOrUrl: 'mailto:x', expect: [200] }));
    expect(error.code).toBe('URL_UNUSABLE');
  });
});
