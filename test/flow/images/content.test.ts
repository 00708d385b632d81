import { gunzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { images, pull, push, type SeedImagesOptions } from '../../../src/flow/index.ts';
import type { PlatformImage, SeededImage } from '../../../src/image/index.ts';
import { digestOf } from '../../../src/registry/index.ts';
import { startRegistry } from '../../../src/serve/index.ts';
import { atEnd } from '../../support/at-end.ts';
import { startDockerRegistry } from '../../support/docker-registry.ts';
import { describeWith } from '../../support/real-parts.ts';
import { testVu } from '../support/vu.ts';

let url = '';
beforeEach(async () => {
  const registry = await startRegistry();
  atEnd(() => registry.close());
  url = registry.url;
});

async function seedOne(options: SeedImagesOptions): Promise<{ image: SeededImage; vu: ReturnType<typeof testVu>['vu'] }> {
  const { vu } = testVu(url);
  const [image] = await images.seed(vu, options);
  if (image === undefined) throw new Error('nothing was seeded');
  return { image, vu };
}

async function blobBytes(vu: ReturnType<typeof testVu>['vu'], repository: string, digest: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  await vu.registry.blobs.get(repository, digest, { sink: { write: (chunk) => void chunks.push(Buffer.from(chunk)) } });
  return Buffer.concat(chunks);
}

describe('images.seed with gzip', () => {
  it('stores layers of the sizes asked for, whose archives the config names', async () => {
    const { image, vu } = await seedOne({ layers: [0, 1, 23, '4KiB', 100_000], base: { size: '64KiB' }, compression: 'gzip' });
    expect(image.layers.map(({ size }) => size)).toEqual([65_536, 0, 1, 23, 4096, 100_000]);
    expect(image.layers.map(({ mediaType }) => mediaType.endsWith('gzip'))).toEqual([true, false, false, true, true, true]);
    const config = JSON.parse((await blobBytes(vu, image.repository, image.config.digest)).toString()) as {
      rootfs: { diff_ids: string[] };
    };
    expect(image.diffIds).toEqual(config.rootfs.diff_ids);
    for (const [i, layer] of image.layers.entries()) {
      const bytes = await blobBytes(vu, image.repository, layer.digest);
      expect(digestOf(layer.mediaType.endsWith('gzip') ? gunzipSync(bytes) : bytes)).toBe(image.diffIds?.[i]);
    }
    expect(await pull(vu, image)).toMatchObject({ ok: true, digest: image.digest });
  });

  it('can be built upon: the config of the new image names the archives of the old layers', async () => {
    const { image, vu } = await seedOne({ layers: ['4KiB'], compression: 'gzip', format: 'docker', fresh: true });
    const built = await images.fresh(vu, { on: image, layers: ['1KiB', '40B'], compression: 'gzip' });
    expect(await push(vu, built)).toMatchObject({ ok: true, existed: 1, uploaded: 3 });
    const config = JSON.parse((await blobBytes(vu, built.repository, built.config.digest)).toString()) as {
      rootfs: { diff_ids: string[] };
    };
    expect(config.rootfs.diff_ids[0]).toBe(image.diffIds?.[0]);
    expect(await push(vu, images.retag(vu, image))).toMatchObject({ ok: true, digest: image.digest, uploaded: 0 });
  });
});

describe('images.seed with platforms', () => {
  const options: SeedImagesOptions = { layers: ['1KiB'], base: { size: '2KiB' }, platforms: ['linux/amd64', 'linux/arm64/v8'] };

  it.each(['oci', 'docker'] as const)('stores an index, of which each platform is pulled (%s)', async (format) => {
    const { image, vu } = await seedOne({ ...options, format });
    expect(image.mediaType).toMatch(format === 'oci' ? /image\.index/ : /manifest\.list/);
    const [amd, arm] = image.platforms as [PlatformImage, PlatformImage];
    expect([amd.platform, arm.platform]).toEqual(['linux/amd64', 'linux/arm64/v8']);
    expect(await pull(vu, image)).toMatchObject({ ok: true, digest: amd.digest, layers: image.layers });
    expect(await pull(vu, image, { platform: 'linux/arm64' })).toMatchObject({ ok: true, digest: arm.digest, layers: arm.layers });
    expect(new Set([...amd.layers, ...arm.layers].map(({ digest }) => digest)).size).toBe(4);
    const config = JSON.parse((await blobBytes(vu, image.repository, arm.config.digest)).toString()) as object;
    expect(config).toMatchObject({ os: 'linux', architecture: 'arm64', variant: 'v8' });
  });

  it('finds the index on the next run, and can give it another tag', async () => {
    const { image } = await seedOne(options);
    const next = testVu(url);
    const refs = await images.seed(next.vu, options);
    expect(refs).toEqual([image]);
    expect(next.operations()).toEqual(['manifest_head']);
    const ref = JSON.parse(JSON.stringify(image)) as SeededImage;
    expect(await push(next.vu, images.retag(next.vu, ref, { tag: 'stable' }))).toMatchObject({ ok: true, digest: image.digest });
  });

  it('makes fresh indexes too', async () => {
    const { vu } = testVu(url);
    const made = await images.synthetic(vu, { ...options, layers: ['1KiB'], fresh: true });
    expect(await push(vu, made)).toMatchObject({ ok: true, uploaded: 6 }); // for each platform base, layer and config
    const { base: _, ...withoutBase } = options;
    const two = [await images.fresh(vu, withoutBase), await images.fresh(vu, withoutBase)];
    const digests = two.flatMap(({ children = [] }) => children.flatMap(({ layers }) => layers.map(({ digest }) => digest)));
    expect(new Set(digests).size).toBe(4);
  });
});

describe('images.seed with drawn layers', () => {
  it('draws number and sizes for each image, the same on every run', async () => {
    const options: SeedImagesOptions = { count: 8, layers: { distribution: 'ibm-2017', cap: '4KiB' }, compression: 'gzip' };
    const shapes = async () => (await images.seed(testVu(url).vu, options)).map(({ layers }) => layers.map(({ size }) => size));
    const first = await shapes();
    expect(new Set(first.map(({ length }) => length)).size).toBeGreaterThan(2);
    expect(new Set(first.flat()).size).toBeGreaterThan(8);
    expect(Math.max(...first.flat())).toBeLessThanOrEqual(4096);
    expect(await shapes()).toEqual(first);
  });

  it('takes a number of layers', async () => {
    const { image } = await seedOne({ layers: { distribution: 'hub-2024', cap: 1000, count: 3 } });
    expect(image.layers).toHaveLength(3);
  });

  it('says what is wrong', async () => {
    const layers = { distribution: 'hub', cap: 3, count: 0 };
    const wrong = { layers, compression: 'zip', platforms: ['linux', 'a/b', 'a/b'] } as unknown as SeedImagesOptions;
    const seeding = images.seed(testVu(url).vu, wrong);
    const told = ['layers.distribution', 'layers.cap', 'layers.count', 'compression', 'platforms[0]', 'platforms[2]'];
    for (const where of told) await expect(seeding).rejects.toThrow(`images.seed().${where}: `);
    await expect(seeding).rejects.toThrow("'ibm-2017' or 'hub-2024'");
  });
});

describe('images.synthetic', () => {
  it('is the same image on every call, and pushing it again sends HEADs that hit', async () => {
    const { vu } = testVu(url);
    const make = (variant: number) => images.synthetic(vu, { layers: ['1KiB', '2KiB'], variant });
    expect(await push(vu, await make(1))).toMatchObject({ ok: true, uploaded: 3, existed: 0 });
    expect(await push(vu, await make(1))).toMatchObject({ ok: true, uploaded: 0, existed: 3 });
    expect(await push(vu, await make(2))).toMatchObject({ ok: true, uploaded: 3, existed: 0 });
    const other = testVu(url, { settings: { runId: 'run-2' } }).vu;
    const again = await images.synthetic(other, { layers: ['1KiB', '2KiB'], variant: 1 });
    expect(again).toMatchObject({ repository: (await make(1)).repository, manifest: { digest: (await make(1)).manifest.digest } });
  });

  it('is new on every call when it is to be fresh', async () => {
    const { vu } = testVu(url);
    const make = () => images.synthetic(vu, { layers: { distribution: 'hub-2024', cap: '1KiB' }, compression: 'gzip', fresh: true });
    for (let i = 0; i < 10; i += 1) expect(await push(vu, await make())).toMatchObject({ ok: true, code: '', existed: 0 });
  });

  it('refuses an index on an image', async () => {
    const { image, vu } = await seedOne({ layers: [512] });
    const making = images.fresh(vu, { on: image, layers: ['1KiB'], platforms: ['linux/amd64'] });
    await expect(making).rejects.toThrow('an index cannot be built on an image');
  });
});

describe('images.artifact', () => {
  const sbom = 'application/vnd.example.sbom';

  it('is listed among the referrers of its image', async () => {
    const { image, vu } = await seedOne({ layers: [512] });
    const made = await images.artifact(vu, { subject: image, artifactType: sbom, layers: ['2KiB'], annotations: { a: 'b' } });
    expect(await push(vu, made)).toMatchObject({
      ok: true,
      reference: `${image.repository}@${made.manifest.digest}`,
      uploaded: 2,
    });
    const { manifests } = await vu.registry.referrers.list(image.repository, image.digest, { artifactType: sbom });
    expect(manifests).toMatchObject([{ digest: made.manifest.digest, artifactType: sbom, annotations: { a: 'b' } }]);
    expect((await vu.registry.referrers.list(image.repository, image.digest, { artifactType: 'a/b' })).manifests).toEqual([]);
  });

  it('belongs to an image that is about to be pushed, or to one of which the name is known, at the cost of a HEAD', async () => {
    const { vu, operations } = testVu(url);
    const image = await images.fresh(vu, { layers: ['1KiB'] });
    await push(vu, image);
    const before = operations().length;
    const ofBuilt = await images.artifact(vu, { subject: image });
    expect(operations()).toHaveLength(before);
    const ofNamed = await images.artifact(vu, { subject: { repository: image.repository, tag: image.tag } });
    expect(operations().slice(before)).toEqual(['manifest_head']);
    expect(ofNamed.subject).toEqual(ofBuilt.subject);
    expect(ofBuilt.subject).toMatchObject({ digest: image.manifest.digest, size: image.manifest.bytes.length });
  });

  it('is new on every call, with files or without', async () => {
    const { image, vu } = await seedOne({ layers: [512] });
    const digests = new Set<string>();
    for (const layers of [['16B'], ['16B'], [], []]) {
      const made = await images.artifact(vu, { subject: image, layers });
      digests.add(made.manifest.digest);
      expect(await push(vu, made)).toMatchObject({ ok: true });
    }
    expect(digests.size).toBe(4);
    expect((await vu.registry.referrers.list(image.repository, image.digest)).manifests).toHaveLength(4);
  });

  it('goes under the referrers tag where the registry does not list it by itself', async () => {
    const { image } = await seedOne({ layers: [512] });
    const { vu } = testVu(url, {
      wrap: (send) => async (request) => {
        const without = request.operation === 'referrers_list' ? { ...request, path: '/v2/none/referrers' } : request;
        const response = await send(without);
        return { ...response, headers: { ...response.headers, 'oci-subject': undefined } };
      },
    });
    const made = [await images.artifact(vu, { subject: image, artifactType: sbom }), await images.artifact(vu, { subject: image })];
    for (const one of made) expect(await push(vu, one)).toMatchObject({ ok: true });
    expect(await push(vu, made[0] ?? (await images.artifact(vu, { subject: image })))).toMatchObject({ code: 'FRESH_BLOB_EXISTS' });
    const listed = await vu.registry.referrers.list(image.repository, image.digest);
    expect(listed).toMatchObject({ source: 'tag', manifests: made.map(({ manifest }) => ({ digest: manifest.digest })) });
    expect((await vu.registry.referrers.list(image.repository, image.digest, { artifactType: sbom })).manifests).toHaveLength(1);
  });

  it('says what is wrong', async () => {
    const { image, vu } = await seedOne({ layers: [512] });
    const making = images.artifact(vu, { subject: image, artifactType: 'sbom', layers: ['1B'] });
    await expect(making).rejects.toThrow(/layers\[0\][^]*artifactType/);
  });
});

describeWith('docker-registry', 'images on a registry of before OCI 1.1', () => {
  it('are listed by the referrers tag, and every kind of image is taken', async () => {
    const docker = await startDockerRegistry();
    const { vu } = testVu(docker.url);
    const platforms = ['linux/amd64', 'linux/arm64/v8'];
    for (const format of ['oci', 'docker'] as const) {
      const [image] = await images.seed(vu, { layers: [0, 1, '8KiB'], compression: 'gzip', format, platforms });
      expect(await pull(vu, image ?? '', { platform: 'linux/arm64' })).toMatchObject({ ok: true, layers: image?.platforms?.[1]?.layers });
    }
    const image = await images.fresh(vu, { layers: ['1KiB'], compression: 'gzip' });
    expect(await push(vu, image)).toMatchObject({ ok: true });
    const made = [await images.artifact(vu, { subject: image }), await images.artifact(vu, { subject: image, layers: [] })];
    for (const one of made) expect(await push(vu, one)).toMatchObject({ ok: true, code: '' });
    const { manifests, source } = await vu.registry.referrers.list(image.repository, image.manifest.digest);
    expect(source).toBe('tag');
    expect(manifests.map(({ digest }) => digest)).toEqual(made.map(({ manifest }) => manifest.digest));
    const pulled = await pull(vu, { repository: image.repository, digest: made[0]?.manifest.digest ?? '' });
    expect(pulled).toMatchObject({ ok: true, layers: [{ size: 1024 }] });
  });
});
