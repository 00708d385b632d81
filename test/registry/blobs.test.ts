import { describe, expect, it } from 'vitest';
import { CountingSink, digestOf, DigestSink } from '../../src/registry/index.ts';
import { registryError, testClient } from './support/client.ts';
import { scriptedServer, specError } from './support/scripted-server.ts';

const BLOB = Buffer.from('0123456789');
const DIGEST = digestOf(BLOB);

describe('blobs', () => {
  it('get hands the bytes to the sink and tells size and class', async () => {
    const server = await scriptedServer([{ status: 200, body: BLOB }]);
    const { client, exchanges } = testClient(server.origin);
    const sink = new DigestSink();
    const got = await client.blobs.get('team/app', DIGEST, { sink, size: 10 });
    expect(got).toMatchObject({ status: 200, bytes: 10, size: 10, mismatch: undefined });
    expect(sink.digest()).toBe(DIGEST);
    expect(server.lines).toEqual([`GET /v2/team/app/blobs/${DIGEST}`]);
    expect(server.requests[0]?.headers).toMatchObject({ 'accept-encoding': 'identity' });
    expect(exchanges[0]).toMatchObject({ operation: 'blob_get', sizeClass: '<64KiB' });
  });

  it('without a size there is no size class', async () => {
    const server = await scriptedServer([{ status: 200, body: BLOB }]);
    const { client, exchanges } = testClient(server.origin);
    await client.blobs.get('app', DIGEST);
    expect(exchanges[0]?.sizeClass).toBe('');
  });

  it.each([
    [
      'from 4 on',
      { start: 4 },
      'bytes=4-',
      { status: 206, headers: { 'content-range': 'bytes 4-9/10' }, body: '456789' },
      { status: 206, bytes: 6, size: 10 },
      undefined,
    ],
    [
      'from 2 to 3',
      { start: 2, end: 3 },
      'bytes=2-3',
      { status: 206, headers: { 'content-range': 'bytes 2-3/*' }, body: '23' },
      { status: 206, bytes: 2 },
      undefined,
    ],
    ['ignored by the registry', { start: 4 }, 'bytes=4-', { status: 200, body: BLOB }, { status: 200, bytes: 10, size: 10 }, undefined],
    [
      'answered by another part',
      { start: 4 },
      'bytes=4-',
      { status: 206, headers: { 'content-range': 'bytes 0-9/10' }, body: BLOB },
      { status: 206 },
      'RANGE_MISMATCH',
    ],
    ['answered without Content-Range', { start: 4 }, 'bytes=4-', { status: 206, body: '456789' }, { status: 206 }, 'RANGE_MISMATCH'],
  ])('asks for a range %s', async (_, range, sent, reply, result, mismatch) => {
    const server = await scriptedServer([reply]);
    const got = await testClient(server.origin).client.blobs.get('app', DIGEST, { range });
    expect(server.requests[0]?.headers['range']).toBe(sent);
    expect(got).toMatchObject(result);
    expect(got.mismatch?.code).toBe(mismatch);
  });

  it('an unsatisfiable range is 416', async () => {
    const server = await scriptedServer([{ status: 416, body: specError('RANGE_INVALID') }]);
    const error = await registryError(testClient(server.origin).client.blobs.get('app', DIGEST, { range: { start: 99 } }));
    expect(error).toMatchObject({ status: 416, code: 'RANGE_INVALID' });
  });

  it('verify sees the last answer only, never a redirect', async () => {
    const storage = await scriptedServer([{ status: 200, body: BLOB }]);
    const server = await scriptedServer([{ status: 307, headers: { location: `${storage.origin}/x` } }]);
    const { client, exchanges } = testClient(server.origin);
    const sink = new CountingSink();
    const statuses: number[] = [];
    const got = await client.blobs.get('app', DIGEST, {
      sink,
      verify: (response) => {
        statuses.push(response.status);
        return { code: 'SIZE_MISMATCH', detail: `${sink.bytes} bytes` };
      },
    });
    expect(statuses).toEqual([200]);
    expect(got.mismatch).toEqual({ code: 'SIZE_MISMATCH', detail: '10 bytes' });
    expect(exchanges.map(({ errorCode }) => errorCode)).toEqual(['', 'SIZE_MISMATCH']);
  });

  it('head and exists read size and digest; exists takes 404 for an answer', async () => {
    const headers = { 'content-length': '10', 'docker-content-digest': DIGEST };
    const server = await scriptedServer([{ status: 200, headers }, { status: 200, headers }, { status: 404 }, { status: 404 }]);
    const { client } = testClient(server.origin);
    expect(await client.blobs.head('app', DIGEST)).toEqual({ size: 10, digest: DIGEST });
    expect(await client.blobs.exists('app', DIGEST)).toEqual({ size: 10, digest: DIGEST });
    expect(await client.blobs.exists('app', DIGEST)).toBeUndefined();
    expect(await registryError(client.blobs.head('app', DIGEST))).toMatchObject({ status: 404, code: 'HTTP_404' });
    expect(server.lines[0]).toBe(`HEAD /v2/app/blobs/${DIGEST}`);
  });

  it('delete expects 202, and 404 only where that is fine', async () => {
    const server = await scriptedServer([{ status: 202 }, { status: 404 }, { status: 404, body: specError('BLOB_UNKNOWN') }]);
    const { client, story } = testClient(server.origin);
    await client.blobs.delete('app', DIGEST);
    await client.blobs.delete('app', DIGEST, { missingOk: true });
    expect(await registryError(client.blobs.delete('app', DIGEST))).toMatchObject({ code: 'BLOB_UNKNOWN' });
    expect(server.lines[0]).toBe(`DELETE /v2/app/blobs/${DIGEST}`);
    expect(story).toEqual(['blob_delete DELETE registry 202', 'blob_delete DELETE registry 404', 'blob_delete DELETE registry 404!']);
  });
});
