import { readdirSync } from 'node:fs';
import { request as send } from 'node:http';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { startRegistry } from '../../src/serve/index.ts';
import { atEnd } from '../support/at-end.ts';
import { tmpFolder } from '../support/tmp.ts';
import { type Answer, call, digestOf, fresh, pushBlob } from './client.ts';

let url: string;
const dir = tmpFolder();

beforeAll(async () => {
  const registry = await startRegistry({ dir });
  atEnd(registry.close);
  url = registry.url;
});

const start = async (repository = 'team/app') => {
  const answer = await call(url, 'POST', `/v2/${repository}/blobs/uploads/`, { body: '' });
  expect(answer.status).toBe(202);
  expect(answer.headers).toMatchObject({ range: '0-0', 'content-length': '0' });
  return locationOf(answer);
};
const locationOf = (answer: Answer) => answer.headers.location ?? '';
const chunk = (location: string, bytes: Buffer, first: number, method = 'PATCH', query = '') =>
  call(url, method, location + query, { headers: { 'content-range': `${first}-${first + bytes.length - 1}` }, body: bytes });
const get = (digest: string, repository = 'team/app') => call(url, 'GET', `/v2/${repository}/blobs/${digest}`);

// Both kept in memory until they are complete, and written to a file while they come.
const SIZES = [0, 1, 1000, 64 * 1024, 64 * 1024 + 1, 3_000_000];

describe.each(SIZES)('a blob of %i bytes', (size) => {
  const blob = fresh(size);
  const digest = digestOf(blob);
  const created = (answer: Answer, repository: string) => {
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({ location: `/v2/${repository}/blobs/${digest}`, 'docker-content-digest': digest });
  };

  it('is pushed by POST and PUT', async () => {
    const location = await start('a');
    created(await call(url, 'PUT', `${location}&digest=${digest}`, { body: blob }), 'a');
    expect((await get(digest, 'a')).body.equals(blob)).toBe(true);
    expect((await call(url, 'GET', location)).code).toBe('BLOB_UPLOAD_UNKNOWN');
  });

  it('is pushed by a streamed PATCH of unknown length and an empty PUT', async () => {
    const location = await start('b');
    const patched = await call(url, 'PATCH', location, { body: blob, headers: { 'transfer-encoding': 'chunked' } });
    expect(patched.status).toBe(202);
    expect(patched.headers.range).toBe(`0-${Math.max(0, size - 1)}`);
    created(await call(url, 'PUT', `${locationOf(patched)}&digest=${digest}`, { body: '' }), 'b');
    expect((await get(digest, 'b')).body.equals(blob)).toBe(true);
  });

  it('is pushed by a single POST', async () => {
    created(await call(url, 'POST', `/v2/c/blobs/uploads/?digest=${digest}`, { body: blob }), 'c');
    expect((await get(digest, 'c')).body.equals(blob)).toBe(true);
  });
});

describe('a chunked upload', () => {
  const blob = fresh(1_500_000);
  const digest = digestOf(blob);

  it('goes on chunk by chunk, the last one in the PUT', async () => {
    let location = await start();
    for (const first of [0, 500_000]) {
      const answer = await chunk(location, blob.subarray(first, first + 500_000), first);
      expect(answer.status).toBe(202);
      expect(answer.headers.range).toBe(`0-${first + 499_999}`);
      location = locationOf(answer);
    }
    const finished = await chunk(location, blob.subarray(1_000_000), 1_000_000, 'PUT', `&digest=${digest}`);
    expect(finished.status).toBe(201);
    expect((await get(digest)).body.equals(blob)).toBe(true);
  });

  it.each(['PATCH', 'PUT'])('refuses a %s out of order, says where it stands, and goes on there', async (method) => {
    const location = await start();
    await chunk(location, blob.subarray(0, 100_000), 0);
    for (const wrong of [0, 99_999, 100_001]) {
      const refused = await chunk(location, blob.subarray(wrong, wrong + 1000), wrong, method, `&digest=${digest}`);
      expect(refused).toMatchObject({ status: 416, code: 'RANGE_INVALID' });
      expect(refused.headers).toMatchObject({ range: '0-99999', location });
    }
    const status = await call(url, 'GET', location);
    expect(status.status).toBe(204);
    expect(status.headers).toMatchObject({ range: '0-99999', location });
    expect((await chunk(location, blob.subarray(100_000), 100_000, 'PUT', `&digest=${digest}`)).status).toBe(201);
  });

  it('takes nothing of a chunk that was cut off, so that it can be repeated', async () => {
    const location = await start();
    await chunk(location, blob.subarray(0, 700_000), 0);
    const headers = { 'content-range': '700000-1499999', 'content-length': '800000' };
    await new Promise<void>((resolve) => {
      const broken = send(url + location, { method: 'PATCH', headers, agent: false });
      broken.once('error', () => {});
      broken.write(blob.subarray(700_000, 1_400_000), () => {
        broken.destroy();
        resolve();
      });
    });
    expect((await call(url, 'GET', location)).headers.range).toBe('0-699999');
    expect((await chunk(location, blob.subarray(700_000), 700_000)).status).toBe(202);
    expect((await call(url, 'PUT', `${location}&digest=${digest}`, { body: '' })).status).toBe(201);
    expect((await get(digest)).body.equals(blob)).toBe(true);
  });

  it.each([
    ['bytes 0-9/10', 'BLOB_UPLOAD_INVALID'],
    ['9-0', 'BLOB_UPLOAD_INVALID'],
    ['0-8', 'SIZE_INVALID'],
    ['0-10', 'SIZE_INVALID'],
  ])('refuses Content-Range: %s for ten bytes', async (range, code) => {
    const location = await start();
    const refused = await call(url, 'PATCH', location, { headers: { 'content-range': range }, body: fresh(10) });
    expect(refused).toMatchObject({ status: 400, code });
    expect((await call(url, 'GET', location)).headers.range).toBe('0-0');
  });
});

describe('a wrong digest', () => {
  it.each([
    ['PUT with the whole blob', async (query: string) => call(url, 'PUT', `${await start()}&${query}`, { body: fresh(100_000) })],
    ['single POST', (query: string) => call(url, 'POST', `/v2/team/app/blobs/uploads/?${query}`, { body: fresh(100_000) })],
    [
      'PATCH and empty PUT',
      async (query: string) => {
        const location = await start();
        await call(url, 'PATCH', location, { body: fresh(1_000_000) });
        return call(url, 'PUT', `${location}&${query}`, { body: '' });
      },
    ],
  ])('is refused after a %s, and leaves nothing behind', async (_, push) => {
    const wrong = digestOf(fresh(8));
    expect(await push(`digest=${wrong}`)).toMatchObject({ status: 400, code: 'DIGEST_INVALID' });
    expect((await get(wrong)).code).toBe('BLOB_UNKNOWN');
    expect(readdirSync(join(dir, 'uploads')).length).toBe(0);
  });

  it.each(['digest=sha256:abc', 'digest=md5:00', 'digest=', ''])(
    'of no digest at all (%j) is refused, and the upload goes on',
    async (query) => {
      const location = await start();
      expect(await call(url, 'PUT', `${location}&${query}`, { body: '' })).toMatchObject({ status: 400, code: 'DIGEST_INVALID' });
      expect((await call(url, 'DELETE', location)).status).toBe(204);
    },
  );
});

it('checks a sha512 digest', async () => {
  for (const blob of [fresh(100), fresh(2_000_000)]) {
    const digest = digestOf(blob, 'sha512');
    expect((await call(url, 'POST', `/v2/team/app/blobs/uploads/?digest=${digest}`, { body: blob })).status).toBe(201);
    expect((await get(digest)).body.equals(blob)).toBe(true);
  }
});

it('knows an upload only under its whole URL and in its own repository', async () => {
  const location = await start();
  const [path = '', query = ''] = location.split('?');
  for (const other of [path, `${path}?_state=x`, `${path.replace('team/app', 'team/other')}?${query}`]) {
    expect(await call(url, 'PATCH', other, { body: 'x' })).toMatchObject({ status: 404, code: 'BLOB_UPLOAD_UNKNOWN' });
  }
});

it('cancels an upload', async () => {
  const location = await start();
  await call(url, 'PATCH', location, { body: fresh(1_000_000) });
  expect((await call(url, 'DELETE', location)).status).toBe(204);
  expect((await call(url, 'DELETE', location)).code).toBe('BLOB_UPLOAD_UNKNOWN');
  expect(readdirSync(join(dir, 'uploads')).length).toBe(0);
});

const files = () => readdirSync(join(dir, 'blobs/sha256'));

describe('mount', () => {
  const blob = fresh(5000);

  it('adds a blob of another repository at once', async () => {
    const digest = await pushBlob(url, 'source', blob);
    const answer = await call(url, 'POST', `/v2/target/blobs/uploads/?mount=${digest}&from=source`, { body: '' });
    expect(answer.status).toBe(201);
    expect(answer.headers.location).toBe(`/v2/target/blobs/${digest}`);
    expect((await get(digest, 'target')).body.equals(blob)).toBe(true);
  });

  it.each(['&from=nobody', ''])('opens an upload when the source (%j) does not have it', async (from) => {
    const other = fresh(10);
    const answer = await call(url, 'POST', `/v2/target/blobs/uploads/?mount=${digestOf(other)}${from}`, { body: '' });
    expect(answer.status).toBe(202);
    expect((await call(url, 'PUT', `${locationOf(answer)}&digest=${digestOf(other)}`, { body: other })).status).toBe(201);
  });

  it('keeps the blob when the source drops it, and its file until the last repository drops it', async () => {
    const digest = digestOf(blob);
    expect((await call(url, 'DELETE', `/v2/source/blobs/${digest}`)).status).toBe(202);
    expect((await get(digest, 'source')).code).toBe('BLOB_UNKNOWN');
    expect((await get(digest, 'target')).status).toBe(200);
    expect(files()).toContain(digest.slice(7));
    expect((await call(url, 'DELETE', `/v2/target/blobs/${digest}`)).status).toBe(202);
    expect(files()).not.toContain(digest.slice(7));
  });
});

it('serves many uploads of the same and of different blobs at once', async () => {
  const same = fresh(300_000);
  const blobs = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? same : fresh(200_000 + i)));
  await Promise.all(
    blobs.map(async (blob, i) => {
      const repository = `many/r${i % 3}`;
      const digest = digestOf(blob);
      const patched = await call(url, 'PATCH', await start(repository), { body: blob });
      expect((await call(url, 'PUT', `${locationOf(patched)}&digest=${digest}`, { body: '' })).status).toBe(201);
      expect((await get(digest, repository)).body.equals(blob)).toBe(true);
    }),
  );
});
