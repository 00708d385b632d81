import { beforeEach, describe, expect, it } from 'vitest';
import { remoteBlob } from '../../../src/flow/images/remote-blob.ts';
import { images, pull, push } from '../../../src/flow/index.ts';
import { buildLayer, type SeededImage } from '../../../src/image/index.ts';
import { startRegistry } from '../../../src/serve/index.ts';
import { atEnd } from '../../support/at-end.ts';
import { startDockerRegistry } from '../../support/docker-registry.ts';
import { describeWith } from '../../support/real-parts.ts';
import { tmpFolder } from '../../support/tmp.ts';
import { testVu, type TestVuOptions } from '../support/vu.ts';

const MIB = 1024 ** 2;

async function registry(): Promise<string> {
  const started = await startRegistry();
  atEnd(() => started.close());
  return started.url;
}

let source = '';
let target = '';
beforeEach(async () => {
  [source, target] = await Promise.all([registry(), registry()]);
});

const host = () => new URL(source).host;
async function seeded(options: Partial<Parameters<typeof images.seed>[1]> = {}): Promise<SeededImage> {
  const [image] = await images.seed(testVu(source).vu, { layers: ['1KiB', 9 * MIB], name: 'src', ...options });
  return image as SeededImage;
}

/** A VU whose blob GETs answer with all of the blob, whatever range they ask for. */
function withoutRanges(): TestVuOptions {
  return {
    wrap: (send) => (request) => {
      if (request.operation !== 'blob_get') return send(request);
      const { range: _, ...headers } = request.headers;
      return send({ ...request, headers });
    },
  };
}

describe('images.fromRegistry from another registry', () => {
  it('copies the image, byte for byte, and a second time only looks', async () => {
    const image = await seeded();
    const { vu, seen } = testVu(target);
    const copy = await images.fromRegistry(vu, `${host()}/${image.repository}:v1`);
    const { digest, config, layers } = image;
    expect(copy).toMatchObject({ repository: `loadreg/${image.repository}`, tag: 'v1', digest, config, layers });
    expect(JSON.parse(JSON.stringify(copy))).toEqual(copy);
    expect(await pull(vu, copy)).toMatchObject({ ok: true, digest });
    expect(seen.log[0]).toMatch(/^copy: pushing 1 of 1 images in 1 repository, at most 9/);

    const next = testVu(target);
    expect(await images.fromRegistry(next.vu, `${host()}/${image.repository}:v1`)).toEqual(copy);
    expect(next.operations().filter((operation) => operation.startsWith('upload'))).toEqual([]);
    expect(next.seen.log).toEqual(['copy: the image is in the registry already']);
  });

  it('takes a base URL, a place, and a digest instead of a tag', async () => {
    const image = await seeded({ layers: ['1KiB'] });
    const { vu } = testVu(target);
    const copy = await images.fromRegistry(vu, `${image.repository}@${image.digest}`, { from: `${source}/`, repository: 'mine/app' });
    expect(copy).toMatchObject({ repository: 'mine/app', tag: image.digest.slice(7, 19), digest: image.digest });
    expect(await images.fromRegistry(vu, image.repository + ':v1', { from: source, tag: 'x', mode: 'stream' })).toMatchObject({ tag: 'x' });
  });

  it('copies an index with all that it lists, or one platform of it', async () => {
    const image = await seeded({ layers: ['1KiB'], platforms: ['linux/amd64', 'linux/arm64/v8'], compression: 'gzip' });
    const { vu } = testVu(target);
    const copy = await images.fromRegistry(vu, `${host()}/${image.repository}:v1`);
    const { digest, manifest, platforms } = image;
    expect(copy).toMatchObject({ digest, manifest, platforms, diffIds: image.diffIds });
    expect(await pull(vu, copy, { platform: 'linux/arm64/v8' })).toMatchObject({ ok: true, digest: platforms?.[1]?.digest });
    const arm = await images.fromRegistry(vu, `${host()}/${image.repository}:v1`, { platform: 'linux/arm64', tag: 'arm' });
    expect(arm).toMatchObject({ digest: platforms?.[1]?.digest, tag: 'arm' });
    const missing = images.fromRegistry(vu, `${host()}/${image.repository}:v1`, { platform: 'linux/mips' });
    await expect(missing).rejects.toThrow('it has linux/amd64, linux/arm64/v8');
  });

  it('gives images that can be built upon and tagged anew', async () => {
    const image = await seeded({ layers: ['1KiB'], compression: 'gzip' });
    const { vu } = testVu(target);
    const copy = await images.fromRegistry(vu, `${host()}/${image.repository}:v1`);
    expect(await push(vu, await images.fresh(vu, { on: copy, layers: ['1KiB'] }))).toMatchObject({ ok: true, existed: 1 });
    expect(await push(vu, images.retag(vu, copy))).toMatchObject({ ok: true, digest: image.digest, uploaded: 0 });
  });

  it('copies what a registry gives that knows no ranges', async () => {
    const image = await seeded();
    const { vu } = testVu(target, withoutRanges());
    expect(await images.fromRegistry(vu, `${host()}/${image.repository}:v1`)).toMatchObject({ digest: image.digest });
  });

  it.each([
    ['an image that is not there', () => 'none/app:1', 'manifest_get failed with'],
    ['a reference that is none', () => 'None/app:1', 'lower case'],
  ])('refuses %s', async (_, image, message) => {
    await expect(images.fromRegistry(testVu(target).vu, `${host()}/${image()}`)).rejects.toThrow(message);
  });

  it('refuses a base URL that is none', async () => {
    const copying = images.fromRegistry(testVu(target).vu, 'a/b:1', { from: 'nowhere' });
    await expect(copying).rejects.toThrow('images.fromRegistry().from: "nowhere" is no URL');
  });
});

describe('images.fromRegistry within one registry', () => {
  it('mounts every blob', async () => {
    const image = await seeded();
    const { vu, operations } = testVu(source);
    const copy = await images.fromRegistry(vu, `${image.repository}:v1`, { repository: 'other/app' });
    expect(copy).toMatchObject({ repository: 'other/app', digest: image.digest });
    expect(operations().filter((operation) => /upload|blob_get/.test(operation))).toEqual([
      'blob_get', // the config, to look into
      'upload_mount',
      'upload_mount',
      'upload_mount',
    ]);
  });

  it('sends them where it does not mount, on as few connections as there are', async () => {
    const image = await seeded();
    const { vu, operations } = testVu(source, {
      wrap: (send) => (request) => {
        if (request.operation !== 'upload_mount') return send(request);
        return send({ ...request, path: request.path.replace(/\?.*/, '') }); // an ordinary session
      },
    });
    const copy = await images.fromRegistry(vu, `${host()}/${image.repository}:v1`, { repository: 'other/app' });
    expect(await pull(vu, copy)).toMatchObject({ ok: true, digest: image.digest });
    expect(operations()).toContain('upload_chunk');
  });
});

describe('a blob of another registry', () => {
  const size = 40 * MIB;

  it('is fetched as fast as it is taken, and no faster', async () => {
    const [image] = await images.seed(testVu(source).vu, { layers: [size] });
    const layer = image?.layers[0];
    if (image === undefined || layer === undefined) throw new Error('nothing was seeded');
    const { vu, operations } = testVu(target);
    const { registry: from } = testVu(source).vu;
    const body = remoteBlob(from.with(vu.internals.send), image.repository, layer);
    const ahead: number[] = [];
    let taken = 0;
    for await (const window of body.open()) {
      await new Promise((resolve) => setTimeout(resolve, 30)); // a slow receiver
      taken += 1;
      expect(window.length).toBeLessThanOrEqual(8 * MIB);
      ahead.push(operations().length - taken);
    }
    expect(taken).toBe(5);
    expect(Math.max(...ahead)).toBeLessThanOrEqual(1);
  });

  it('that has other bytes than its digest says is not sent to its end', async () => {
    const image = await seeded();
    const { vu } = testVu(source);
    const wrong = await buildLayer({ size: 9 * MIB, key: ['other'] });
    const [, layer] = image.layers;
    if (layer === undefined) throw new Error('nothing was seeded');
    const { registry: from } = testVu(source, {
      wrap: (send) => (request) => send({ ...request, path: request.path.replace(wrong.digest, layer.digest) }),
    }).vu;
    const sent: number[] = [];
    const sending = (async () => {
      const body = remoteBlob(from, image.repository, { ...layer, digest: wrong.digest });
      for await (const chunk of body.open()) sent.push(chunk.length);
    })();
    await expect(sending).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(sent).toEqual([8 * MIB]);
    expect(vu.signal.aborted).toBe(false);
  });
});

describeWith('docker-registry', 'images.fromRegistry with another registry that asks for a password', () => {
  it('shows what docker login left for it, and never the credentials of the run', async () => {
    const other = await startDockerRegistry({ auth: 'htpasswd' });
    const auth = Buffer.from(`${other.username}:${other.password}`).toString('base64');
    const folder = tmpFolder({ 'config.json': JSON.stringify({ auths: { [other.host]: { auth } } }) });
    const { username, password } = other;
    const [image] = await images.seed(testVu(other.url, { credentials: { username, password } }).vu, { layers: ['1KiB', '64KiB'] });
    const reference = `${other.host}/${image?.repository}:v1`;
    const before = process.env['DOCKER_CONFIG'];
    try {
      process.env['DOCKER_CONFIG'] = tmpFolder();
      const { vu } = testVu(target, { credentials: { username, password } });
      await expect(images.fromRegistry(vu, reference)).rejects.toMatchObject({ status: 401 });
      process.env['DOCKER_CONFIG'] = folder;
      expect(await images.fromRegistry(vu, reference)).toMatchObject({ digest: image?.digest });
    } finally {
      if (before === undefined) delete process.env['DOCKER_CONFIG'];
      else process.env['DOCKER_CONFIG'] = before;
    }
  });
});
