import { describe, expect, it } from 'vitest';
import type { BodySource } from '../../src/http/index.ts';
import { digestOf } from '../../src/registry/index.ts';
import { storedBytes } from '../../src/registry/uploads.ts';
import { registryError, testClient } from './support/client.ts';
import { type Reply, scriptedServer, specError } from './support/scripted-server.ts';

const BLOB = Buffer.from('0123456789');
const DIGEST = digestOf(BLOB);
const DIGEST_QUERY = DIGEST.replace(':', '%3A');
const UPLOADS = '/v2/team/app/blobs/uploads/';

const opened = (location: string, headers: Record<string, string> = {}): Reply => ({ status: 202, headers: { location, ...headers } });
const stored: Reply = { status: 201 };

describe('uploads: Location is opaque', () => {
  it.each([
    ['absolute', '{origin}/v2/team/app/blobs/uploads/1', '/v2/team/app/blobs/uploads/1?digest='],
    ['absolute with a query', '{origin}/up/1?_state=a%2Fb%3D&x=1', '/up/1?_state=a%2Fb%3D&x=1&digest='],
    ['relative', '/artifacts-uploads/1', '/artifacts-uploads/1?digest='],
    ['relative with a query', '/up/1?token=A/b+c%7E', '/up/1?token=A/b+c%7E&digest='],
    ['relative to the URL that gave it', '1?_state=z', '/v2/team/app/blobs/uploads/1?_state=z&digest='],
    ['with a fragment, which is never sent', '/up/1#part', '/up/1?digest='],
    ['with dots in its path', '/a/../up/1', '/a/../up/1?digest='],
  ])('%s', async (_, location, put) => {
    const server = await scriptedServer([opened(location), stored]);
    const { client, story } = testClient(server.origin);
    const session = await client.uploads.start('team/app');
    await client.uploads.put(session, DIGEST, BLOB);
    expect(server.lines).toEqual([`POST ${UPLOADS}`, `PUT ${put}${DIGEST_QUERY}`]);
    expect(server.requests[0]?.headers['content-length']).toBe('0');
    expect(server.requests[1]).toMatchObject({ body: '0123456789' });
    expect(server.requests[1]?.headers).toMatchObject({ 'content-length': '10', 'content-type': 'application/octet-stream' });
    expect(story).toEqual(['upload_start POST registry 202', 'upload_put PUT registry 201']);
  });

  it.each([
    ['is taken as it is', false, '/v2/app/blobs/uploads/1?s=1'],
    ['gets it where that is asked for', true, '/base/v2/app/blobs/uploads/1?s=1'],
  ])('without the base path %s', async (_, restoreBasePath, put) => {
    const server = await scriptedServer([opened('/v2/app/blobs/uploads/1?s=1'), stored]);
    const { client } = testClient(`${server.origin}/base`, { restoreBasePath });
    await client.uploads.put(await client.uploads.start('app'), DIGEST, BLOB);
    expect(server.lines).toEqual(['POST /base/v2/app/blobs/uploads/', `PUT ${put}&digest=${DIGEST_QUERY}`]);
  });

  it('that leads nowhere without the base path is told what would help', async () => {
    const server = await scriptedServer([opened('/v2/app/blobs/uploads/1'), { status: 404 }]);
    const { client } = testClient(`${server.origin}/base`);
    const session = await client.uploads.start('app');
    expect(await registryError(client.uploads.put(session, DIGEST, BLOB))).toMatchObject({
      status: 404,
      hint: 'a Location of the registry came without the path of its base URL: try --restore-base-path',
    });
  });

  it('is resolved against the URL after redirects', async () => {
    const other = await scriptedServer([opened('here/1'), stored]);
    const server = await scriptedServer([{ status: 307, headers: { location: `${other.origin}/deep/uploads/` } }]);
    const { client } = testClient(server.origin);
    const session = await client.uploads.start('app');
    expect(session.location).toBe(`${other.origin}/deep/uploads/here/1`);
    await client.uploads.put(session, DIGEST, BLOB);
    expect(other.lines[1]).toBe(`PUT /deep/uploads/here/1?digest=${DIGEST_QUERY}`);
  });

  it.each([
    ['missing', {}],
    ['not http', { location: 'ftp://host/x' }],
    ['unreadable', { location: 'http://[' }],
  ])('a start whose Location is %s cannot go on', async (_, headers) => {
    const server = await scriptedServer([{ status: 202, headers }]);
    expect(await registryError(testClient(server.origin).client.uploads.start('app'))).toMatchObject({
      code: 'LOCATION_UNUSABLE',
      status: 202,
    });
  });
});

describe('uploads: streamed and chunked', () => {
  it('a streamed upload is one PATCH without Content-Range and an empty PUT, each to the newest Location', async () => {
    const server = await scriptedServer([opened('/u/1?_state=a'), opened('/u/1?_state=b', { range: '0-0' }), stored]);
    const { client, exchanges } = testClient(server.origin);
    const session = await client.uploads.patch(await client.uploads.start('team/app'), BLOB);
    expect(session.offset).toBe(10); // our own count, whatever the registry says
    await client.uploads.finish(session, DIGEST);
    expect(server.lines).toEqual([`POST ${UPLOADS}`, 'PATCH /u/1?_state=a', `PUT /u/1?_state=b&digest=${DIGEST_QUERY}`]);
    expect(server.requests[1]?.headers['content-range']).toBeUndefined();
    expect(server.requests[1]?.headers['content-length']).toBe('10');
    expect(server.requests[2]?.headers['content-length']).toBe('0');
    expect(exchanges.map(({ sizeClass }) => sizeClass)).toEqual(['', '<64KiB', '']);
  });

  it('chunks carry Content-Range without "bytes" and total; the last one may go with the PUT', async () => {
    const server = await scriptedServer([opened('/u/1', { 'oci-chunk-min-length': '4' }), opened('/u/2'), opened('/u/3'), stored]);
    const { client, story } = testClient(server.origin);
    let session = await client.uploads.start('team/app');
    expect(session.minChunk).toBe(4);
    session = await client.uploads.chunk(session, BLOB.subarray(0, 4), 0);
    session = await client.uploads.chunk(session, BLOB.subarray(4, 8), 4);
    await client.uploads.finish(session, DIGEST, BLOB.subarray(8));
    expect(server.requests.map(({ headers }) => headers['content-range'])).toEqual([undefined, '0-3', '4-7', '8-9']);
    expect(server.lines.slice(1)).toEqual(['PATCH /u/1', 'PATCH /u/2', `PUT /u/3?digest=${DIGEST_QUERY}`]);
    expect(story.slice(1)).toEqual([
      'upload_chunk PATCH registry 202',
      'upload_chunk PATCH registry 202',
      'upload_finish PUT registry 201',
    ]);
  });

  it('a streamed upload without a length goes in chunks of transfer encoding; the size it is told makes class and offset', async () => {
    const server = await scriptedServer([opened('/u/1'), opened('/u/2', { range: 'bytes=0-9' }), opened('/u/3', { range: '0-9' }), stored]);
    const { client, exchanges } = testClient(server.origin);
    const body: BodySource = { length: undefined, open: () => [BLOB] };
    const session = await client.uploads.start('team/app');
    expect(await client.uploads.patch(session, body, { size: 10 })).toMatchObject({ offset: 10 });
    const told = await client.uploads.patch(session, body);
    expect(told).toMatchObject({ offset: 10 }); // all that is known is what the registry says
    await client.uploads.finish(told, DIGEST);
    expect(server.requests[1]?.headers).toMatchObject({ 'transfer-encoding': 'chunked' });
    expect(server.requests[1]?.headers).not.toHaveProperty('content-length');
    expect(server.requests[1]).toMatchObject({ body: '0123456789' });
    expect(exchanges.map(({ sizeClass }) => sizeClass)).toEqual(['', '<64KiB', '', '']);
  });

  it('a chunk of no bytes makes no request', async () => {
    const server = await scriptedServer([opened('/u/1')]);
    const { client } = testClient(server.origin);
    const session = await client.uploads.start('team/app');
    expect(await client.uploads.chunk(session, Buffer.alloc(0), 0)).toBe(session);
    expect(server.lines).toHaveLength(1);
  });

  it('a blob of no bytes is a PUT of length 0 without Content-Range', async () => {
    const server = await scriptedServer([opened('/u/1'), stored]);
    const { client } = testClient(server.origin);
    await client.uploads.put(await client.uploads.start('team/app'), digestOf(Buffer.alloc(0)), Buffer.alloc(0));
    expect(server.requests[1]?.headers['content-length']).toBe('0');
    expect(server.requests[1]?.headers['content-range']).toBeUndefined();
  });

  it.each([[200], [202], [204]])('a PUT answered by %i counts as a commit', async (status) => {
    const server = await scriptedServer([opened('/u/1'), { status }]);
    const { client, story } = testClient(server.origin);
    await client.uploads.put(await client.uploads.start('app'), DIGEST, BLOB);
    expect(story[1]).toBe(`upload_put PUT registry ${status}`);
  });

  it.each([[201], [204]])('a PATCH answered by %i counts as taken, and stays where it was without a Location', async (status) => {
    const server = await scriptedServer([opened('/u/1'), { status }, stored]);
    const { client } = testClient(server.origin);
    const session = await client.uploads.patch(await client.uploads.start('team/app'), BLOB);
    await client.uploads.finish(session, DIGEST);
    expect(server.lines[2]).toBe(`PUT /u/1?digest=${DIGEST_QUERY}`);
  });

  it('after 416, status tells where to go on', async () => {
    const server = await scriptedServer([
      opened('/u/1'),
      { status: 416, headers: { range: '0-3' }, body: specError('RANGE_INVALID') },
      { status: 204, headers: { location: '/u/2', range: '0-3' } },
      opened('/u/3'),
    ]);
    const { client } = testClient(server.origin);
    const session = await client.uploads.start('team/app');
    expect(await registryError(client.uploads.chunk(session, BLOB.subarray(6), 6))).toMatchObject({ status: 416, code: 'RANGE_INVALID' });
    await expect(client.uploads.chunk(session, BLOB.subarray(4), 4)).rejects.toThrow(/its offset is unknown/);
    const known = await client.uploads.status(session);
    expect(known).toMatchObject({ offset: 4, location: `${server.origin}/u/2` });
    expect((await client.uploads.chunk(known, BLOB.subarray(4), known.offset)).offset).toBe(10);
    expect(server.lines).toEqual([`POST ${UPLOADS}`, 'PATCH /u/1', 'GET /u/1', 'PATCH /u/2']);
  });

  it.each([
    ['the last byte', '0-9', 0, {}, 10],
    ['old documents', 'bytes=0-9', 0, {}, 10],
    ['an empty session', '0-0', 0, {}, 0],
    ['a session of one byte', '0-0', 1, {}, 1],
    ['an empty session that does not want byte 0', '0-0', 0, { refused: 0 }, 1],
    ['a session of one byte that does not want byte 1', '0-0', 1, { refused: 1 }, 0],
    ['zot', '0--1', 5, {}, 0],
    ['Quay, empty', 'bytes=0--1', 5, {}, 0],
    ['Quay, which counts one too many', 'bytes=0-10', 5, { sent: 10 }, 10],
    ['no header', undefined, 5, {}, 5],
    ['nonsense', '7-9', 5, {}, 5],
  ])('the offset in a status is read as by %s', (_, range, own, hints, offset) => {
    expect(storedBytes(range, own, hints)).toBe(offset);
  });
});

describe('uploads: single POST, mount, cancel', () => {
  it('a single POST is done with 201', async () => {
    const server = await scriptedServer([stored]);
    const { client, exchanges } = testClient(server.origin);
    expect(await client.uploads.post('team/app', DIGEST, BLOB)).toEqual({ done: true });
    expect(server.requests[0]).toMatchObject({ line: `POST ${UPLOADS}?digest=${DIGEST_QUERY}`, body: '0123456789' });
    expect(exchanges[0]).toMatchObject({ operation: 'upload_post', sizeClass: '<64KiB' });
  });

  it('a single POST answered by 202 leaves a session to PUT to, and no failure', async () => {
    const server = await scriptedServer([opened('/u/1'), stored]);
    const { client, story } = testClient(server.origin);
    const result = await client.uploads.post('team/app', DIGEST, BLOB);
    if (result.done) throw new Error('a session was expected');
    await client.uploads.put(result.session, DIGEST, BLOB);
    expect(story).toEqual(['upload_post POST registry 202', 'upload_put PUT registry 201']);
  });

  it('a mount is done with 201', async () => {
    const server = await scriptedServer([stored]);
    const { client } = testClient(server.origin);
    expect(await client.uploads.mount('team/app', DIGEST, 'other/base')).toEqual({ mounted: true });
    expect(server.lines).toEqual([`POST ${UPLOADS}?mount=${DIGEST_QUERY}&from=other%2Fbase`]);
  });

  it('a mount answered by 202 leaves an ordinary session, and no failure', async () => {
    const server = await scriptedServer([opened('/u/1')]);
    const { client, story } = testClient(server.origin);
    expect(await client.uploads.mount('team/app', DIGEST, 'base')).toMatchObject({
      mounted: false,
      refused: false,
      session: { location: `${server.origin}/u/1` },
    });
    expect(story).toEqual(['upload_mount POST registry 202']);
  });

  it.each([[400], [401], [404]])('a mount refused by %i goes on as an ordinary upload', async (status) => {
    const server = await scriptedServer([{ status }, opened('/u/1')]);
    const { client } = testClient(server.origin);
    expect(await client.uploads.mount('team/app', DIGEST, 'base')).toMatchObject({
      mounted: false,
      refused: true,
      session: { location: `${server.origin}/u/1` },
    });
    expect(server.lines[1]).toBe(`POST ${UPLOADS}`);
  });

  it('a mount that fails with 500 fails', async () => {
    const server = await scriptedServer([{ status: 500 }]);
    expect(await registryError(testClient(server.origin).client.uploads.mount('app', DIGEST, 'base'))).toMatchObject({ code: 'HTTP_500' });
  });

  it.each([
    ['done', 204, true],
    ['gone already', 404, true],
    ['not allowed', 405, false],
  ])('cancel tells whether the session is %s', async (_, status, cancelled) => {
    const server = await scriptedServer([opened('/u/1?_state=a'), { status }]);
    const { client } = testClient(server.origin);
    expect(await client.uploads.cancel(await client.uploads.start('app'))).toBe(cancelled);
    expect(server.lines[1]).toBe('DELETE /u/1?_state=a');
  });
});

/** Counts how often it is opened. */
function source(): BodySource & { opened: number } {
  return {
    opened: 0,
    length: BLOB.length,
    open() {
      this.opened += 1;
      return [BLOB.subarray(0, 5), BLOB.subarray(5)];
    },
  };
}

describe('uploads: bodies and their repetition', () => {
  it('a PUT challenged by 401 is repeated once, with the body opened anew', async () => {
    const server = await scriptedServer([opened('/u/1'), { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } }, stored]);
    const { client, story } = testClient(server.origin, { credentials: { username: 'u', password: 'p' } });
    const session = await client.uploads.start('app');
    const body = source();
    await client.uploads.put(session, DIGEST, body);
    expect(body.opened).toBe(2);
    expect(server.requests.slice(1).map((request) => request.body)).toEqual(['0123456789', '0123456789']);
    expect(story).toEqual(['upload_start POST registry 202', 'upload_put PUT registry 401', 'upload_put PUT registry 201']);
  });

  it('a body follows a 307', async () => {
    const storage = await scriptedServer([stored]);
    const server = await scriptedServer([opened('/u/1'), { status: 307, headers: { location: `${storage.origin}/put?sig=s` } }]);
    const { client } = testClient(server.origin);
    const body = source();
    await client.uploads.put(await client.uploads.start('app'), DIGEST, body);
    expect(storage.requests[0]).toMatchObject({ line: 'PUT /put?sig=s', body: '0123456789' });
  });

  it('a body that was cut off is not sent into the same session again', async () => {
    const server = await scriptedServer([opened('/u/1'), { status: 204, headers: { range: '0-4' } }, opened('/u/1')]);
    const body = source();
    let cut = true;
    const { client } = testClient(server.origin, {
      through: (send) => async (request) => {
        if (request.method !== 'PATCH' || !cut) return send(request);
        cut = false;
        throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', retryable: true });
      },
    });
    const session = await client.uploads.start('app');
    await expect(client.uploads.patch(session, body)).rejects.toThrow('socket hang up');
    expect(session.uncertain).toBe(true);
    await expect(client.uploads.patch(session, body)).rejects.toThrow(/upload_patch: a body was cut off/);
    const known = await client.uploads.status(session);
    expect(known).toMatchObject({ offset: 5, uncertain: false });
    expect((await client.uploads.patch(known, BLOB.subarray(5))).offset).toBe(10);
    expect(server.lines).toEqual(['POST /v2/app/blobs/uploads/', 'GET /u/1', 'PATCH /u/1']);
  });
});
