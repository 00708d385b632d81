import { beforeAll, describe, expect, it } from 'vitest';
import { images, pull, push, type PushOptions } from '../../src/flow/index.ts';
import type { HttpRequest, Send } from '../../src/http/index.ts';
import { startRegistry } from '../../src/serve/index.ts';
import { atEnd } from '../support/at-end.ts';
import { testVu } from './support/vu.ts';

let url = '';
beforeAll(async () => {
  const registry = await startRegistry();
  atEnd(() => registry.close());
  url = registry.url;
});

/** The calls that a missing blob takes. */
const blob = ['blob_head', 'upload_start', 'upload_put'];

let run = 0;
/** A VU of a run of its own, so that what is fresh is fresh. */
function freshVu(options: { wrap?: (send: Send) => Send; layerConcurrency?: number } = {}) {
  run += 1;
  const { layerConcurrency = 3, wrap } = options;
  return testVu(url, { settings: { runId: `push-${run}`, layerConcurrency }, ...(wrap === undefined ? {} : { wrap }) });
}

/** Changes requests of one operation on their way. */
const changing =
  (operation: string, change: (request: HttpRequest) => HttpRequest) =>
  (send: Send): Send =>
  (request) =>
    send(request.operation === operation ? change(request) : request);

/** Adds header fields to the answers of one operation. */
const answering =
  (operation: string, headers: Record<string, string>) =>
  (send: Send): Send =>
  async (request) => {
    const response = await send(request);
    return request.operation === operation ? { ...response, headers: { ...response.headers, ...headers } } : response;
  };

/** A single POST as a registry sees it that does not know of them. */
function withoutBlob(request: HttpRequest): HttpRequest {
  const { body, ...rest } = request;
  expect(body).toBeDefined();
  return { ...rest, path: request.path.replace(/\?.*/, '') };
}

describe('push', () => {
  it('asks for each blob, uploads what is missing, and names the manifest last', async () => {
    const { vu, seen, operations } = freshVu({ layerConcurrency: 1 });
    const image = await images.fresh(vu, { layers: ['1KiB', '2MiB'] });
    const pushed = await push(vu, image);
    expect(pushed).toMatchObject({ ok: true, code: '', message: '', uploaded: 3, existed: 0, mounted: 0, digest: image.manifest.digest });
    expect(pushed.reference).toBe(`${image.repository}:${image.tag}`);
    expect(pushed.bytes).toBe(image.size + image.manifest.bytes.length);
    expect(operations()).toEqual([...blob, ...blob, ...blob, 'manifest_put']);
    expect(seen.exchanges.every(({ expected, flow }) => expected && flow === 'push')).toBe(true);
    expect(seen.flows).toMatchObject([{ flow: 'push', code: '' }]);
    expect(seen.throughputs).toMatchObject([{ operation: 'upload_put' }]);
    expect(seen.pushed).toEqual([{ repository: image.repository, digest: image.manifest.digest, tag: image.tag }]);
    expect(await pull(vu, image)).toMatchObject({ ok: true, digest: image.manifest.digest, bytes: pushed.bytes });
  });

  const small = ['blob_head', 'upload_start'];
  it.each([
    ['monolithic', {}, [...small, 'upload_put']],
    ['stream', {}, [...small, 'upload_patch', 'upload_finish']],
    ['chunked', { chunkSize: '100KiB' }, [...small, ...Array.from({ length: 11 }, () => 'upload_chunk'), 'upload_finish']],
    ['chunked', { chunkSize: '512KiB' }, [...small, 'upload_chunk', 'upload_chunk', 'upload_chunk', 'upload_finish']],
    ['chunked', {}, [...small, 'upload_chunk', 'upload_finish']],
    ['single-post', {}, ['blob_head', 'upload_post']],
  ] satisfies [PushOptions['mode'], PushOptions, string[]][])(
    'uploads %s %o, and what arrives can be pulled',
    async (mode, options, expected) => {
      const { vu, operations } = freshVu();
      const image = await images.fresh(vu, { layers: [1_100_000] });
      expect(await push(vu, image, { mode, ...options })).toMatchObject({ ok: true, uploaded: 2 });
      expect(operations().slice(0, expected.length)).toEqual(expected);
      expect(await pull(vu, image)).toMatchObject({ ok: true, digest: image.manifest.digest });
    },
  );

  it('uploads an empty layer', async () => {
    const { vu } = freshVu();
    const [ref] = await images.seed(vu, { layers: [0, 1] });
    expect(await pull(vu, ref ?? '')).toMatchObject({ ok: true });
    const image = { ...images.retag(vu, ref ?? { repository: '' }), repository: 'empty/again' };
    expect(await push(vu, image)).toMatchObject({ ok: false, code: 'BLOB_MISSING' });
  });

  it.each(['monolithic', 'stream', 'chunked', 'single-post'] as const)('puts an empty blob (%s)', async (mode) => {
    const { vu, seen } = freshVu();
    await images.seed(vu, { layers: [0], mode, name: `empty-${mode}` });
    expect(seen.exchanges.filter(({ expected }) => !expected)).toEqual([]);
  });

  it('sends chunks no smaller than the registry asks for', async () => {
    const { vu, operations } = freshVu({ wrap: answering('upload_start', { 'oci-chunk-min-length': '300000' }) });
    expect(await push(vu, await images.fresh(vu, { layers: [1_000_000] }), { mode: 'chunked', chunkSize: 1000 })).toMatchObject({
      ok: true,
    });
    expect(operations().filter((operation) => operation === 'upload_chunk')).toHaveLength(4 + 1); // the layer, and the config
  });

  it('falls back to a PUT where a registry does not take a single POST', async () => {
    const wrap = changing('upload_post', withoutBlob);
    const { vu, operations } = freshVu({ wrap });
    const image = await images.fresh(vu, { layers: ['64KiB'] });
    expect(await push(vu, image, { mode: 'single-post' })).toMatchObject({ ok: true, uploaded: 2 });
    expect(operations()).toEqual(['blob_head', 'upload_post', 'upload_put', 'blob_head', 'upload_post', 'upload_put', 'manifest_put']);
  });

  it('sends only what is new of an image that builds on another', async () => {
    const { vu, operations } = freshVu({ layerConcurrency: 1 });
    const [base] = await images.seed(vu, { layers: ['1KiB', '8KiB'], fresh: true });
    const before = operations().length;
    const image = await images.fresh(vu, { on: base ?? { repository: '' }, layers: ['2KiB'] });
    expect(await push(vu, image)).toMatchObject({ ok: true, uploaded: 2, existed: 2 });
    expect(image.repository).toBe(base?.repository);
    expect(operations().slice(before)).toEqual(['blob_head', 'blob_head', ...blob, ...blob, 'manifest_put']);
    expect(await pull(vu, image)).toMatchObject({ ok: true, layers: [{}, {}, { size: 2048 }] });
  });

  it('puts a new tag on an image with nothing but HEADs that hit and the manifest', async () => {
    const { vu, operations, seen } = freshVu();
    const [base] = await images.seed(vu, { layers: ['1KiB', '8KiB'], fresh: true });
    const before = operations().length;
    const image = images.retag(vu, base ?? { repository: '' });
    expect(image.manifest.digest).toBe(base?.digest);
    expect(image.tag).not.toBe(base?.tag);
    expect(await push(vu, image)).toMatchObject({ ok: true, uploaded: 0, existed: 3 });
    expect(operations().slice(before)).toEqual(['blob_head', 'blob_head', 'blob_head', 'manifest_put']);
    // Cleanup removes by digest, and this one is not the tag's own.
    expect(seen.pushed).toEqual([{ repository: base?.repository, digest: base?.digest, tag: base?.tag }]);
  });

  it('fails when a fresh blob is in the registry already', async () => {
    const { vu, seen } = freshVu();
    const image = await images.fresh(vu, { layers: ['64KiB'] });
    expect(await push(vu, image)).toMatchObject({ ok: true });
    expect(await push(vu, image)).toMatchObject({ ok: false, code: 'FRESH_BLOB_EXISTS', uploaded: 0 });
    expect(seen.failedFlows).toBe(1);
    expect(seen.flows.map(({ code }) => code)).toEqual(['', 'FRESH_BLOB_EXISTS']);
  });

  it('fails when what it builds on is gone', async () => {
    const { vu } = freshVu();
    const [base] = await images.seed(vu, { layers: ['1KiB'], fresh: true });
    const image = { ...images.retag(vu, base ?? { repository: '' }), repository: 'somewhere/else' };
    expect(await push(vu, image)).toMatchObject({ ok: false, code: 'BLOB_MISSING' });
  });

  it('mounts what another repository has, and uploads the rest', async () => {
    const { vu, operations } = freshVu();
    const shared = { base: { size: '64KiB' }, layers: ['1KiB'] };
    const first = await images.fresh(vu, { ...shared, repository: 'mount/first' });
    expect(await push(vu, first)).toMatchObject({ uploaded: 3 });
    const second = await images.fresh(vu, { ...shared, repository: 'mount/second' });
    expect(await push(vu, second, { mountFrom: 'mount/first' })).toMatchObject({ ok: true, mounted: 1, uploaded: 2 });
    const third = await images.fresh(vu, { ...shared, repository: 'mount/third' });
    const before = operations().length;
    expect(await push(vu, third, { mountFrom: 'mount/nowhere' })).toMatchObject({ ok: true, mounted: 0, uploaded: 3 });
    expect(
      operations()
        .slice(before)
        .filter((operation) => operation === 'upload_start'),
    ).toHaveLength(2); // the refused mount left a session
    expect(await pull(vu, third)).toMatchObject({ ok: true });
  });

  it('counts a manifest that comes back under another digest', async () => {
    const { vu, seen } = freshVu({ wrap: answering('manifest_put', { 'docker-content-digest': `sha256:${'0'.repeat(64)}` }) });
    expect(await push(vu, await images.fresh(vu, { layers: ['1KiB'] }))).toMatchObject({ ok: false, code: 'DIGEST_MISMATCH' });
    expect(seen.counts).toEqual({ digest_mismatches: 1 });
  });

  it('settles the other layers when one fails, and never names the image', async () => {
    let puts = 0;
    const wrap =
      (send: Send): Send =>
      async (request) => {
        const response = await send(request);
        if (request.operation !== 'upload_put') return response;
        puts += 1;
        return puts === 1 ? { ...response, headers: response.headers, status: 403, errorBody: '{"errors":[{"code":"DENIED"}]}' } : response;
      };
    const { vu, seen, operations } = freshVu({ wrap });
    const pushed = await push(vu, await images.fresh(vu, { layers: Array.from({ length: 8 }, () => '256KiB') }));
    expect(pushed).toMatchObject({ ok: false, code: 'DENIED' });
    const atTheEnd = operations().length;
    expect(operations()).not.toContain('manifest_put');
    expect(puts).toBeLessThanOrEqual(4);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(operations()).toHaveLength(atTheEnd);
    expect(seen.pushed).toEqual([]);
  });

  it('refuses a chunk size that is none', async () => {
    const { vu } = freshVu();
    const image = await images.fresh(vu, { layers: ['1KiB'] });
    await expect(push(vu, image, { mode: 'chunked', chunkSize: '5M' })).rejects.toThrow(/no size of a chunk/);
  });
});
