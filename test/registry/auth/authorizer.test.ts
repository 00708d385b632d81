import { describe, expect, it } from 'vitest';
import type { Send } from '../../../src/http/index.ts';
import { Authorizer, type Credentials, TokenCache } from '../../../src/registry/index.ts';
import { registryError, testClient } from '../support/client.ts';
import { manualClock } from '../support/manual-clock.ts';
import { scriptedServer, specError } from '../support/scripted-server.ts';
import { tokenRegistry } from '../support/token-registry.ts';

const PASSWORD: Credentials = { username: 'u', password: 'p:q' };
const PASSWORD_BASIC = 'Basic dTpwOnE=';
const IDENTITY: Credentials = { identityToken: 'refresh-me' };

const form = (body: string) => Object.fromEntries(new URLSearchParams(body));

describe('Basic', () => {
  it('is sent after the first challenge, and at once from then on', async () => {
    const server = await scriptedServer((request) =>
      request.headers.authorization === PASSWORD_BASIC
        ? { status: 200, body: '{}' }
        : { status: 401, headers: { 'www-authenticate': 'basic realm="r"' } },
    );
    const { client, story } = testClient(server.origin, { credentials: PASSWORD });
    await client.manifests.get('app', '1');
    await client.manifests.get('app', '2');
    expect(story).toEqual(['manifest_get GET registry 401', 'manifest_get GET registry 200', 'manifest_get GET registry 200']);
  });

  it('that is refused is final, and no failure is hidden', async () => {
    const server = await scriptedServer(() => ({
      status: 401,
      headers: { 'www-authenticate': 'Basic realm="r"' },
      body: specError('UNAUTHORIZED'),
    }));
    const { client, story } = testClient(server.origin, { credentials: PASSWORD });
    expect(await registryError(client.manifests.get('app', '1'))).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
    await registryError(client.manifests.get('app', '2'));
    expect(story).toEqual(['manifest_get GET registry 401', 'manifest_get GET registry 401!', 'manifest_get GET registry 401!']);
  });

  it('without credentials cannot be answered: 401 is a failure once that is known', async () => {
    const server = await scriptedServer(() => ({ status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } }));
    const { client, story } = testClient(server.origin);
    await registryError(client.manifests.get('app', '1'));
    await registryError(client.manifests.get('app', '1'));
    expect(story).toEqual(['manifest_get GET registry 401', 'manifest_get GET registry 401!']);
  });
});

describe('Bearer', () => {
  it('fetches a token for what the challenge names, anonymously, and repeats the request', async () => {
    const { registry, tokens } = await tokenRegistry();
    const { client, story } = testClient(registry.origin);
    await client.manifests.get('team/app', '1');
    expect(tokens.lines).toEqual(['GET /token?service=reg&scope=repository%3Ateam%2Fapp%3Apull']);
    expect(tokens.requests[0]?.headers.authorization).toBeUndefined();
    expect(tokens.requests[0]?.headers['user-agent']).toBe('loadreg/test');
    expect(registry.requests[1]?.headers.authorization).toBe('Bearer t1');
    expect(story).toEqual(['manifest_get GET registry 401', 'token_get GET token 200', 'manifest_get GET registry 200']);
  });

  it('gives user name and password to the token server only', async () => {
    const { registry, tokens } = await tokenRegistry();
    await testClient(registry.origin, { credentials: PASSWORD }).client.manifests.get('app', '1');
    expect(tokens.requests[0]?.headers.authorization).toBe(PASSWORD_BASIC);
    expect(registry.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, 'Bearer t1']);
  });

  it('authorises ahead from then on: a token a repository and action, none fetched twice', async () => {
    const { registry, tokens } = await tokenRegistry();
    const { client, story } = testClient(registry.origin);
    await client.manifests.get('a', '1');
    await client.manifests.get('a', '2');
    await client.blobs.get('b', 'sha256:x');
    await client.manifests.get('b', '1');
    expect(story).toEqual([
      'manifest_get GET registry 401',
      'token_get GET token 200',
      'manifest_get GET registry 200',
      'manifest_get GET registry 200',
      'token_get GET token 200',
      'blob_get GET registry 200',
      'manifest_get GET registry 200',
    ]);
    expect(tokens.lines[1]).toBe('GET /token?service=reg&scope=repository%3Ab%3Apull');
  });

  it('lets a ping in, at once from the second one on', async () => {
    const { registry, tokens } = await tokenRegistry();
    const { client, story } = testClient(registry.origin);
    expect((await client.ping()).status).toBe(200);
    expect((await client.ping()).status).toBe(200);
    expect(tokens.lines).toEqual(['GET /token?service=reg']);
    expect(story).toEqual(['ping GET registry 401', 'token_get GET token 200', 'ping GET registry 200', 'ping GET registry 200']);
  });

  it('reads with the token of a push', async () => {
    const { registry, tokens } = await tokenRegistry();
    const { client } = testClient(registry.origin);
    await client.ping({ authenticate: false });
    await registryError(client.uploads.start('a')); // the server answers 200, which is enough here
    await client.manifests.get('a', '1');
    expect(tokens.lines).toEqual(['GET /token?service=reg&scope=repository%3Aa%3Apull%2Cpush']);
  });

  it('asks for both repositories of a mount, and for the catalog', async () => {
    const { registry, tokens } = await tokenRegistry();
    const { client } = testClient(registry.origin);
    await client.ping({ authenticate: false });
    await registryError(client.uploads.mount('a', 'sha256:x', 'b'));
    await client.catalog.page();
    await registryError(client.manifests.delete('a', '1'));
    expect(tokens.lines).toEqual([
      'GET /token?service=reg&scope=repository%3Aa%3Apull%2Cpush&scope=repository%3Ab%3Apull',
      'GET /token?service=reg&scope=registry%3Acatalog%3A*',
      'GET /token?service=reg&scope=repository%3Aa%3Adelete',
    ]);
  });

  it('puts the scope of a challenge first, and keeps what it learned from a refusal of its own guess', async () => {
    // A proxy in front of the registry renames repositories, as Artifactory does.
    const { registry, tokens } = await tokenRegistry({
      scope: () => 'repository:renamed:pull',
      token: ({ line }, n) => ({ status: 200, body: { token: line.includes('renamed') ? `t${n}` : `bad${n}` } }),
    });
    const { client, story } = testClient(registry.origin);
    await client.ping({ authenticate: false });
    await client.manifests.get('app', '1');
    await client.manifests.get('app', '2');
    expect(tokens.lines).toEqual([
      'GET /token?service=reg&scope=repository%3Aapp%3Apull',
      'GET /token?service=reg&scope=repository%3Arenamed%3Apull&scope=repository%3Aapp%3Apull',
    ]);
    expect(story).toEqual([
      'ping GET registry 401',
      'token_get GET token 200',
      'manifest_get GET registry 401',
      'token_get GET token 200',
      'manifest_get GET registry 200',
      'manifest_get GET registry 200',
    ]);
  });

  it('keeps the query of a realm', async () => {
    const { registry, tokens } = await tokenRegistry({
      challenge: (realm, scope) => `Bearer realm="${realm}?account=x",service="reg",scope="${scope}"`,
    });
    await testClient(registry.origin).client.manifests.get('a', '1');
    expect(tokens.lines).toEqual(['GET /token?account=x&service=reg&scope=repository%3Aa%3Apull']);
  });

  it.each([
    ['among several challenges of one header', (bearer: string) => `Negotiate, ${bearer}, Basic realm="x"`],
    ['among several headers', (bearer: string) => ['Negotiate', bearer]],
    ['in other letters', (bearer: string) => bearer.replace('Bearer realm', 'BEARER Realm')],
  ])('is found %s', async (_, dress) => {
    const { registry, tokens } = await tokenRegistry({
      challenge: (realm, scope) => dress(`Bearer realm="${realm}",service="reg",scope="${scope}"`),
    });
    await testClient(registry.origin).client.manifests.get('a', '1');
    expect(tokens.lines).toHaveLength(1);
  });

  it('prefers what comes first among the challenges that the credentials can answer', async () => {
    const { registry, tokens } = await tokenRegistry({ challenge: (realm) => `Basic realm="x", Bearer realm="${realm}"` });
    await registryError(testClient(registry.origin, { credentials: PASSWORD }).client.manifests.get('a', '1'));
    expect(registry.requests[1]?.headers.authorization).toBe(PASSWORD_BASIC);
    expect(tokens.lines).toEqual([]);
    await testClient(registry.origin).client.manifests.get('a', '1'); // anonymous: only the second one will do
    expect(tokens.lines).toHaveLength(1);
  });

  it('answers one challenge of a token that was refused; a second 401 is final', async () => {
    const { registry, tokens, valid } = await tokenRegistry();
    const { client, story } = testClient(registry.origin);
    await client.manifests.get('a', '1');
    valid.clear();
    await client.manifests.get('a', '1'); // challenged again, answered with a new token
    expect(registry.requests.at(-1)?.headers.authorization).toBe('Bearer t2');
    const { length } = story;
    valid.add = () => valid; // from now on nothing is good enough
    valid.clear();
    const error = await registryError(client.manifests.get('a', '1'));
    expect(error).toMatchObject({ operation: 'manifest_get', status: 401, code: 'UNAUTHORIZED' });
    expect(story.slice(length)).toEqual(['manifest_get GET registry 401', 'token_get GET token 200', 'manifest_get GET registry 401!']);
    expect(tokens.lines).toHaveLength(3);
  });

  it('a ready registry token is sent as it is, and a refusal is final', async () => {
    const { registry, tokens } = await tokenRegistry();
    await registryError(testClient(registry.origin, { credentials: { registryToken: 'ready' } }).client.manifests.get('a', '1'));
    expect(registry.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer ready']);
    expect(tokens.lines).toEqual([]);
  });

  it('never sends a token to another origin', async () => {
    const storage = await scriptedServer([{ status: 200, body: 'x' }]);
    const server = await scriptedServer([{ status: 307, headers: { location: `${storage.origin}/b` } }]);
    await testClient(server.origin, { credentials: { registryToken: 'ready' } }).client.blobs.get('a', 'sha256:x');
    expect(server.requests[0]?.headers.authorization).toBe('Bearer ready');
    expect(storage.requests[0]?.headers).not.toHaveProperty('authorization');
  });
});

describe('the token cache', () => {
  it('fetches once for concurrent users of a key', async () => {
    const { registry, tokens } = await tokenRegistry();
    const { client } = testClient(registry.origin);
    await Promise.all(Array.from({ length: 8 }, (_, i) => client.manifests.get('a', String(i))));
    expect(tokens.lines).toHaveLength(1);
  });

  it('that is shared spares other VUs the challenge and the token', async () => {
    const { registry, tokens } = await tokenRegistry();
    const cache = new TokenCache();
    await testClient(registry.origin, { cache }).client.manifests.get('a', '1');
    const second = testClient(registry.origin, { cache });
    await second.client.manifests.get('a', '1');
    expect(second.story).toEqual(['manifest_get GET registry 200']);
    expect(tokens.lines).toHaveLength(1);
  });

  it('of a VU of its own makes each VU fetch', async () => {
    const { registry, tokens } = await tokenRegistry();
    for (let vu = 0; vu < 2; vu += 1) await testClient(registry.origin).client.manifests.get('a', '1');
    expect(tokens.lines).toHaveLength(2);
  });

  it.each([
    ['300 s from receipt', { expires_in: 300 }, 289_000, 2_000],
    ['60 s where nothing is said', {}, 49_000, 2_000],
    ['60 s where less is said', { expires_in: 5 }, 49_000, 2_000],
    ['60 s where nonsense is said', { expires_in: 'soon' }, 49_000, 2_000],
    ['from the time of issue', { expires_in: 300, issued_at: '2025-12-31T23:58:00Z' }, 169_000, 2_000],
    ['from receipt where the issue lies ahead', { expires_in: 300, issued_at: '2026-01-01T01:00:00Z' }, 289_000, 2_000],
    ['from receipt where the issue is too long ago', { expires_in: 300, issued_at: '2020-01-01T00:00:00Z' }, 289_000, 2_000],
    ['from receipt where the issue cannot be read', { expires_in: 300, issued_at: 'now' }, 289_000, 2_000],
  ])('keeps a token for %s, less 10 s', async (_, fields, still, more) => {
    const clock = manualClock();
    const { registry, tokens } = await tokenRegistry({ token: (__, n) => ({ status: 200, body: { token: `t${n}`, ...fields } }) });
    const { client, story } = testClient(registry.origin, { clock });
    await client.manifests.get('a', '1');
    clock.advance(still);
    await client.manifests.get('a', '1');
    expect(tokens.lines).toHaveLength(1);
    clock.advance(more);
    await client.manifests.get('a', '1');
    expect(tokens.lines).toHaveLength(2);
    expect(registry.requests.at(-1)?.headers.authorization).toBe('Bearer t2');
    expect(story.filter((line) => line.endsWith('401')).length).toBe(1); // fetched before it ended: no second challenge
  });

  it('gives a header at hand at once, not as a promise', async () => {
    const { registry } = await tokenRegistry();
    const cache = new TokenCache();
    const { client } = testClient(registry.origin, { cache });
    await client.manifests.get('a', '1');
    const sender = { send: (() => Promise.reject(new Error('unused'))) as Send, userAgent: '' };
    const authorizer = new Authorizer({ cache });
    expect(authorizer.authorization(registry.origin, 'repository:a:pull', sender)).toBe('Bearer t1');
    expect(authorizer.authorization('http://other', 'repository:a:pull', sender)).toBeUndefined();
  });

  it('drops the oldest token past its capacity', async () => {
    const { registry, tokens } = await tokenRegistry();
    const { client } = testClient(registry.origin, { cache: new TokenCache({ capacity: 2 }) });
    for (const repository of ['a', 'b', 'c', 'c', 'b', 'a']) await client.manifests.get(repository, '1');
    expect(tokens.lines.map((line) => decodeURIComponent(line).split(':')[1])).toEqual(['a', 'b', 'c', 'a']);
  });

  it('one user cut off in a shared fetch does not fail the others', async () => {
    const { registry, tokens } = await tokenRegistry();
    const cache = new TokenCache();
    let startFetch: (() => void) | undefined;
    const started = new Promise<void>((resolve) => (startFetch = resolve));
    let cut: ((error: Error) => void) | undefined;
    const doomed = testClient(registry.origin, {
      cache,
      through: (send) => (request) => {
        if (request.operation !== 'token_get') return send(request);
        startFetch?.();
        return new Promise((_, reject) => (cut = reject));
      },
    });
    const first = doomed.client.manifests.get('a', '1').catch((error: unknown) => error);
    await started;
    const second = testClient(registry.origin, { cache }).client.manifests.get('a', '1');
    await new Promise((resolve) => setTimeout(resolve, 20)); // until the second one waits for the fetch of the first
    cut?.(Object.assign(new Error('cut off'), { code: 'ABORTED' }));
    expect(await first).toMatchObject({ code: 'ABORTED' });
    await second;
    expect(tokens.lines).toHaveLength(1);
  });
});

describe('OAuth2', () => {
  it('an identity token goes by POST', async () => {
    const { registry, tokens } = await tokenRegistry({ token: () => ({ status: 200, body: { access_token: 'a1', expires_in: 300 } }) });
    const { client, story } = testClient(registry.origin, { credentials: IDENTITY });
    await client.manifests.get('a', '1');
    expect(tokens.requests[0]).toMatchObject({ line: 'POST /token', headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    expect(form(tokens.requests[0]?.body ?? '')).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'refresh-me',
      service: 'reg',
      client_id: 'loadreg',
      scope: 'repository:a:pull',
    });
    expect(registry.requests[1]?.headers.authorization).toBe('Bearer a1');
    expect(story[1]).toBe('token_post POST token 200');
  });

  it.each([[400], [401], [404], [405]])('a POST answered by %i falls back to GET, once and for all', async (status) => {
    const { registry, tokens } = await tokenRegistry({
      token: ({ line }, n) => (line.startsWith('POST') ? { status } : { status: 200, body: { token: `t${n}` } }),
    });
    const { client, story } = testClient(registry.origin, { credentials: IDENTITY });
    await client.manifests.get('a', '1');
    await client.manifests.get('b', '1');
    expect(story.filter((line) => line.startsWith('token'))).toEqual([
      `token_post POST token ${status}`, // no failure
      'token_get GET token 200',
      'token_get GET token 200',
    ]);
    expect(tokens.requests[1]?.headers.authorization).toBe(`Basic ${Buffer.from(':refresh-me').toString('base64')}`);
  });

  it('a POST answered by 500 is a failure', async () => {
    const { registry } = await tokenRegistry({ token: () => ({ status: 500 }) });
    const error = await registryError(testClient(registry.origin, { credentials: IDENTITY }).client.manifests.get('a', '1'));
    expect(error).toMatchObject({ operation: 'token_post', status: 500, code: 'HTTP_500' });
  });

  it('a refresh token that a server gives serves the next fetch, and a dead one is forgotten', async () => {
    const clock = manualClock();
    let alive = true;
    const { registry, tokens } = await tokenRegistry({
      token: ({ line }, n) => {
        if (line.startsWith('POST') && !alive) return { status: 400 };
        return { status: 200, body: { token: `t${n}`, ...(alive && { refresh_token: `r${n}` }) } };
      },
    });
    const { client } = testClient(registry.origin, { credentials: PASSWORD, clock });
    for (let i = 0; i < 3; i += 1) {
      await client.manifests.get('a', '1');
      clock.advance(60_000);
    }
    expect(tokens.requests.map(({ line, body }) => `${line.slice(0, 4)} ${form(body)['refresh_token'] ?? ''}`)).toEqual([
      'GET  ',
      'POST r1',
      'POST r2',
    ]);
    alive = false;
    await client.manifests.get('a', '1');
    expect(tokens.lines.slice(3).map((line) => line.slice(0, 4))).toEqual(['POST', 'GET ']);
  });
});

describe('what cannot be answered', () => {
  it.each([
    ['a realm that is no URL', 'Bearer realm="token server"', /is no http or https URL/],
    ['null://', 'Bearer realm="null://null/token"', /is no http or https URL \("null:\/\/…"\)/],
    ['no realm', 'Bearer service="s"', /it names no realm/],
  ])('%s is named', async (_, challenge, message) => {
    const server = await scriptedServer([{ status: 401, headers: { 'www-authenticate': challenge } }]);
    const error = await registryError(testClient(server.origin, { credentials: PASSWORD }).client.manifests.get('a', '1'));
    expect(error).toMatchObject({ code: 'CHALLENGE_UNUSABLE', status: 401, operation: 'manifest_get' });
    expect(error.message).toMatch(message);
    expect(error.hint).toBeDefined();
  });

  it('an http realm of an https registry gets no credentials', async () => {
    const authorizer = new Authorizer({ credentials: PASSWORD });
    const sender = { send: (() => Promise.reject(new Error('a token request was sent'))) as Send, userAgent: '' };
    const request = { operation: 'ping', method: 'GET', url: 'https://reg/v2/' };
    const challenges = [{ scheme: 'bearer', parameters: { realm: 'http://user:secret@auth/token' } }];
    const error = await registryError(authorizer.answer('https://reg', '', challenges, undefined, request, sender));
    expect(error.message).toMatch(/realm http:\/\/auth is http while the registry is https/);
    expect(error.hint).toMatch(/X-Forwarded-Proto/);
  });

  it('a 401 without any challenge is final and says so by its status', async () => {
    const server = await scriptedServer([{ status: 401 }]);
    expect(await registryError(testClient(server.origin, { credentials: PASSWORD }).client.manifests.get('a', '1'))).toMatchObject({
      code: 'HTTP_401',
    });
  });

  it('a 401 without a challenge does not make a known origin forgotten', async () => {
    const cache = new TokenCache();
    const { registry } = await tokenRegistry();
    await testClient(registry.origin, { cache }).client.manifests.get('a', '1');
    const before = cache.origins.get(registry.origin);
    new Authorizer({ cache }).learn(registry.origin, [], { operation: 'ping', method: 'GET', url: registry.origin });
    expect(cache.origins.get(registry.origin)).toBe(before);
  });

  it.each([
    ['refuses the credentials', { status: 401, body: specError('UNAUTHORIZED', 'bad password') }, { status: 401, code: 'UNAUTHORIZED' }],
    ['is down', { status: 503, body: '<h1>down</h1>' }, { status: 503, code: 'HTTP_503', detail: 'down' }],
    ['redirects', { status: 302, headers: { location: '/x' } }, { status: 302, code: 'HTTP_302' }],
    ['sends no JSON', { status: 200, body: 'secret-token' }, { code: 'TOKEN_UNUSABLE' }],
    ['sends a list', { status: 200, body: '["secret-token"]' }, { code: 'TOKEN_UNUSABLE' }],
    ['sends null', { status: 200, body: 'null' }, { code: 'TOKEN_UNUSABLE' }],
    ['sends no token', { status: 200, body: { expires_in: 60 } }, { code: 'TOKEN_UNUSABLE' }],
    ['sends a token that no header may hold', { status: 200, body: { token: 'a\r\nx-evil: 1' } }, { code: 'TOKEN_UNUSABLE' }],
  ])('a token server that %s fails the call under its own operation', async (_, reply, expected) => {
    const { registry } = await tokenRegistry({ token: () => reply });
    const error = await registryError(testClient(registry.origin, { credentials: PASSWORD }).client.manifests.get('a', '1'));
    expect(error).toMatchObject({ operation: 'token_get', ...expected });
    expect(`${error.message} ${error.hint}`).not.toMatch(/secret-token|p:q|dTpw/);
  });
});
