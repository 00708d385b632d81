import { readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { request as send } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { LoadregError } from '../../src/base/index.ts';
import { type RegistryOptions, startRegistry } from '../../src/serve/index.ts';
import { atEnd } from '../support/at-end.ts';
import { tmpFolder } from '../support/tmp.ts';
import { call, digestOf, fresh, pushBlob, pushImage } from './client.ts';

const start = async (options: RegistryOptions = {}) => {
  const registry = await startRegistry(options);
  atEnd(registry.close);
  return registry;
};
const refusal = (options: RegistryOptions) =>
  startRegistry(options).then(
    () => undefined,
    (error: unknown) => error as LoadregError,
  );

describe('with a folder', () => {
  it('has everything again after a restart, in the same state', async () => {
    const dir = join(tmpFolder(), 'made', 'when needed');
    const before = await startRegistry({ dir });
    const kept = await pushImage(before.url, 'team/app', '1.0', { layers: [fresh(10), fresh(2_000_000)] });
    const subject = { mediaType: 'x', digest: kept.digest, size: 1 };
    const referrer = await pushImage(before.url, 'team/app', 'sig', { layers: [], more: { subject } });
    await call(before.url, 'DELETE', '/v2/team/app/manifests/sig');
    const dropped = await pushImage(before.url, 'team/app', '2.0');
    await call(before.url, 'DELETE', `/v2/team/app/manifests/${dropped.digest}`);
    await before.close();

    for (const round of [1, 2]) {
      const { url, close } = await start({ dir });
      const get = (path: string) => call(url, 'GET', `/v2/team/app/${path}`);
      expect((await get('manifests/1.0')).body.equals(kept.manifest), `restart ${round}`).toBe(true);
      for (const layer of kept.layers) expect((await get(`blobs/${digestOf(layer)}`)).body.equals(layer)).toBe(true);
      expect(JSON.parse((await get('tags/list')).body.toString())).toEqual({ name: 'team/app', tags: ['1.0'] });
      expect((await get(`manifests/${dropped.digest}`)).code).toBe('MANIFEST_UNKNOWN');
      expect((await get(`referrers/${kept.digest}`)).body.toString()).toContain(referrer.digest);
      await close();
    }
  });

  it('does not offer after a restart what was cut short or lost on disk', async () => {
    const dir = tmpFolder();
    const before = await startRegistry({ dir });
    const blobs = [fresh(1000), fresh(1000), fresh(1000)] as const;
    for (const blob of blobs) await pushBlob(before.url, 'team/app', blob);
    await before.close();
    truncateSync(join(dir, 'blobs/sha256', digestOf(blobs[0]).slice(7)), 999);
    writeFileSync(join(dir, 'contents.jsonl'), '{"op":"blob","repos', { flag: 'a' }); // a crash in the middle of a line

    const { url } = await start({ dir });
    const statuses = blobs.map(async (blob) => (await call(url, 'HEAD', `/v2/team/app/blobs/${digestOf(blob)}`)).status);
    expect(await Promise.all(statuses)).toEqual([404, 200, 200]);
    await pushBlob(url, 'team/app', blobs[0]);
    expect((await call(url, 'GET', `/v2/team/app/blobs/${digestOf(blobs[0])}`)).body.equals(blobs[0])).toBe(true);
  });

  it('that cannot be used it says so', async () => {
    const folder = tmpFolder({ file: '', 'bad/contents.jsonl': 'not ours\n' });
    for (const name of ['file', 'bad']) {
      const error = await refusal({ dir: join(folder, name) });
      expect(error).toBeInstanceOf(LoadregError);
      expect(error?.exit).toBe('invalidConfig');
      expect(error?.message).toContain(join(folder, name));
    }
  });
});

it('removes its temporary folder on close, also with an upload and a download under way', async () => {
  const temporary = tmpFolder();
  vi.stubEnv('TMPDIR', temporary);
  const { url, close } = await startRegistry();
  vi.unstubAllEnvs();
  expect(readdirSync(temporary)).toHaveLength(1);
  const digest = await pushBlob(url, 'a', fresh(20_000_000));
  const opened = await call(url, 'POST', '/v2/a/blobs/uploads/', { body: '' });
  const upload = send(url + opened.headers.location, { method: 'PATCH' });
  upload.once('error', () => {});
  upload.write(fresh(1_000_000));
  const download = send(`${url}/v2/a/blobs/${digest}`);
  download.once('error', () => {});
  await new Promise<void>((resolve) => {
    download.once('response', (response) => {
      response.once('error', () => {});
      resolve();
    });
    download.end();
  });
  await close();
  expect(readdirSync(temporary)).toHaveLength(0);
});

it.each(['/link/to/docker/registry', 'link/to/docker/registry/'])('answers under the base path %s alone', async (prefix) => {
  const { url } = await start({ prefix });
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/link\/to\/docker\/registry$/);
  const { origin } = new URL(url);
  expect((await call(url, 'GET', '/v2/')).status).toBe(200);
  expect((await call(origin, 'GET', '/v2/')).status).toBe(404);
  const opened = await call(url, 'POST', '/v2/a/blobs/uploads/', { body: '' });
  expect(opened.headers.location).toMatch(/^\/link\/to\/docker\/registry\/v2\/a\/blobs\/uploads\//);
  const put = await call(origin, 'PUT', `${opened.headers.location}&digest=${digestOf('x')}`, { body: 'x' });
  expect(put.headers.location).toBe(`/link/to/docker/registry/v2/a/blobs/${digestOf('x')}`);
});

it('says that a port is taken', async () => {
  const { url } = await start();
  const error = await refusal({ port: Number(new URL(url).port) });
  expect(error).toMatchObject({ exit: 'invalidConfig', hint: expect.stringContaining('another port') as string });
});

it('survives clients that leave in the middle of a download', async () => {
  const { url } = await start();
  const blob = fresh(8_000_000);
  const path = `/v2/a/blobs/${await pushBlob(url, 'a', blob)}`;
  const leave = () =>
    new Promise<void>((resolve) => {
      const request = send(url + path, { agent: false }, (response) => {
        response.once('error', () => {});
        response.once('data', () => {
          request.destroy();
          resolve();
        });
      });
      request.once('error', () => {});
      request.end();
    });
  await Promise.all(Array.from({ length: 30 }, leave));
  expect((await call(url, 'GET', path)).body.equals(blob)).toBe(true);
});
