import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { push, type PushImage, type PushOptions, type VU } from '../../src/flow/index.ts';
import type { BodySource, Send } from '../../src/http/index.ts';
import type { ImageBlob } from '../../src/image/index.ts';
import { Authorizer, digestOf, MEDIA_TYPES, RegistryClient } from '../../src/registry/index.ts';
import { startRegistry } from '../../src/serve/index.ts';
import { testVu, type TestVuOptions } from '../flow/support/vu.ts';
import { atEnd } from '../support/at-end.ts';
import { startDockerRegistry } from '../support/docker-registry.ts';
import { writeLayout } from '../support/layout.ts';
import { describeWith } from '../support/real-parts.ts';
import { skopeoCopy, skopeoManifest } from '../support/skopeo.ts';
import { tmpFolder } from '../support/tmp.ts';

const CHUNK = 100_000;
/** Layers that are smaller than a chunk, a little more than one, and many. Noise, so that gzip leaves them as long as they are. */
const layout = writeLayout(
  '1.0',
  [10, CHUNK + 1, 25 * CHUNK].map((size, i) => noise(size, i)),
);

function noise(size: number, seed: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0, state = seed + 1; at < size; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** The layout as an image to push. Pieces end where no chunk does. */
function image(repository: string): PushImage {
  const blob = (bytes: Buffer, mediaType: string): ImageBlob => {
    const body: BodySource = {
      length: bytes.length,
      *open() {
        for (let at = 0; at < bytes.length; at += 30_001) yield bytes.subarray(at, at + 30_001);
      },
    };
    return { digest: digestOf(bytes), size: bytes.length, mediaType, body, fresh: false };
  };
  const layers = layout.layers.map((bytes) => blob(bytes, MEDIA_TYPES.ociLayerGzip));
  const config = blob(layout.config, MEDIA_TYPES.ociConfig);
  const manifest = { bytes: layout.manifest, mediaType: MEDIA_TYPES.ociManifest, digest: layout.digest };
  return { repository, tag: '1.0', layers, config, manifest, size: layers.reduce((sum, { size }) => sum + size, config.size) };
}

/** Pushes, copies the image back with skopeo, and compares every blob of it. */
async function roundTrip(url: string, repository: string, options: PushOptions, vuOptions: TestVuOptions = {}) {
  const test = testVu(url, vuOptions);
  const pushed = await push(test.vu, image(repository), options);
  expect(pushed).toMatchObject({ ok: true, code: '', digest: layout.digest, uploaded: 4 });

  const at = `docker://${new URL(url).host}/${repository}:1.0`;
  expect(await skopeoManifest(at)).toBe(layout.manifest.toString());
  const back = tmpFolder();
  await skopeoCopy(at, `oci:${back}:back`);
  const blobs = (folder: string) => readdirSync(join(folder, 'blobs/sha256')).toSorted();
  expect(blobs(back)).toEqual(blobs(layout.folder));
  for (const name of blobs(back)) {
    expect(digestOf(readFileSync(join(back, 'blobs/sha256', name)))).toBe(`sha256:${name}`);
  }
  return { ...test, retries: test.seen.counts['retries'] ?? 0, failed: test.seen.exchanges.filter(({ expected }) => !expected) };
}

/** The sixth chunk, within the largest layer, is cut off in the middle, or whole but its answer is lost. */
function breaking(how: 'in its middle' | 'before its answer'): (send: Send) => Send {
  let chunks = 0;
  return (send) => async (request) => {
    if (request.operation !== 'upload_chunk' || ++chunks !== 6) return send(request);
    const { body } = request;
    if (body === undefined || body instanceof Uint8Array) throw new Error('a chunk has a source');
    if (how === 'before its answer') {
      await send(request);
      throw Object.assign(new Error('the answer was lost'), { name: 'ExchangeError', code: 'ECONNRESET', operation: request.operation });
    }
    const half: BodySource = {
      length: body.length,
      async *open() {
        let pieces = 0;
        for await (const piece of body.open()) {
          if (++pieces === 3) throw Object.assign(new Error('cut off'), { code: 'ECONNRESET' });
          yield piece;
        }
      },
    };
    return send({ ...request, body: half });
  };
}

const modes: [string, PushOptions][] = [
  ['monolithic', { mode: 'monolithic' }],
  ['stream', { mode: 'stream' }],
  ['stream-in-transfer-chunks', { mode: 'stream', framing: 'chunked' }],
  ['chunked', { mode: 'chunked', chunkSize: CHUNK }],
  ['single-post', { mode: 'single-post' }],
];

describeWith(['docker-registry', 'skopeo'], 'push modes on a real docker-registry', () => {
  let url: string;
  beforeAll(async () => void ({ url } = await startDockerRegistry()));

  it.each(modes)('%s: skopeo copies back what was pushed', async (name, options) => {
    const { failed, retries, operations } = await roundTrip(url, `modes/${name}`, options);
    expect(failed).toEqual([]);
    // It does not take a single POST: a session each, which is used.
    expect(retries).toBe(name === 'single-post' ? 4 : 0);
    expect(operations().filter((operation) => operation === 'upload_put')).toHaveLength(
      ['monolithic', 'single-post'].includes(name) ? 4 : 0,
    );
  });

  it.each(['in its middle', 'before its answer'] as const)('resumes where it stands after a chunk broke off %s', async (how) => {
    const options: PushOptions = { mode: 'chunked', chunkSize: CHUNK, retries: 1 };
    const { retries, operations } = await roundTrip(url, `resumed/${how.replaceAll(' ', '-')}`, options, {
      wrap: breaking(how),
      settings: { layerConcurrency: 1 },
    });
    expect(retries).toBeGreaterThan(0);
    expect(operations()).toContain('upload_status');
  });

  it('mounts from another repository, and uploads what that has not', async () => {
    await roundTrip(url, 'mount/from', {});
    const { vu, operations } = testVu(url);
    expect(await push(vu, image('mount/to'), { mountFrom: 'mount/from' })).toMatchObject({ ok: true, mounted: 4, uploaded: 0 });
    expect(operations()).not.toContain('upload_start');
    const { operations: others } = await roundTrip(url, 'mount/in-vain', { mountFrom: 'mount/nowhere' });
    expect(others().filter((operation) => operation === 'upload_mount')).toHaveLength(4);
  });
});

describeWith(['docker-registry', 'skopeo'], 'push modes on a real docker-registry below a path', () => {
  it.each([
    ['that puts its path into Locations', false],
    ['that leaves it out of relative Locations, where they are mended', true],
  ])('%s', async (_, relativeUrls) => {
    const { url } = await startDockerRegistry({ prefix: '/link/to/docker/registry/', relativeUrls });
    for (const [name, options] of modes) {
      const { vu: plain, seen } = testVu(url);
      const { send } = plain.internals;
      const registry = new RegistryClient({ baseUrl: url, send, auth: new Authorizer(), userAgent: 'test', restoreBasePath: relativeUrls });
      const vu: VU = { ...plain, registry, internals: { ...plain.internals, inFlow: () => vu } };
      expect(await push(vu, image(`modes/${name}`), options), name).toMatchObject({ ok: true, uploaded: 4 });
      expect(seen.exchanges.filter(({ expected }) => !expected)).toEqual([]);
    }
  });

  it('that leaves it out of relative Locations fails where they are taken as they are', async () => {
    const { url } = await startDockerRegistry({ prefix: '/link/to/docker/registry/', relativeUrls: true });
    const pushed = await push(testVu(url).vu, image('modes/not-mended'));
    expect(pushed).toMatchObject({ ok: false, code: 'HTTP_404', uploaded: 0 });
    expect(pushed.message).toContain('/v2/modes/not-mended/blobs/uploads/');
  });
});

describeWith(['skopeo'], 'push modes on the embedded registry', () => {
  let url: string;
  beforeAll(async () => {
    const registry = await startRegistry();
    atEnd(registry.close);
    ({ url } = registry);
  });

  it.each(modes)('%s: skopeo copies back what was pushed', async (name, options) => {
    const { failed, retries } = await roundTrip(url, `modes/${name}`, options);
    expect(failed).toEqual([]);
    expect(retries).toBe(0);
  });

  it.each(['in its middle', 'before its answer'] as const)('resumes where it stands after a chunk broke off %s', async (how) => {
    const options: PushOptions = { mode: 'chunked', chunkSize: CHUNK, retries: 1 };
    const { retries, operations } = await roundTrip(url, `resumed/${how.replaceAll(' ', '-')}`, options, {
      wrap: breaking(how),
      settings: { layerConcurrency: 1 },
    });
    expect(retries).toBe(1);
    expect(operations().filter((operation) => operation === 'upload_status')).toHaveLength(1);
  });
});
