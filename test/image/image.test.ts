import { describe, expect, it } from 'vitest';
import { buildImage, descriptorOf, freshLayers, type ImageSpec, imageOf, type LayerCache } from '../../src/image/index.ts';

const spec: ImageSpec = { id: '1/a/0/0', layers: [512, 8192].map((size, i) => ({ size, key: ['seeded', 1, 'a/0/0', i] })) };

function json(bytes: Uint8Array): Record<string, unknown> {
  return JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>;
}

async function configOf(image: Awaited<ReturnType<typeof buildImage>>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of image.config.body?.open() ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('buildImage', () => {
  it('is the same image on every run', async () => {
    const image = await buildImage(spec);
    expect(image.manifest.digest).toBe('sha256:1c679d1ede77471c3a69e31bee465dd21d34d7a8a57952854b219b36c6d03854');
    expect((await buildImage(spec)).manifest.bytes.equals(image.manifest.bytes)).toBe(true);
  });

  it('names its layers in manifest and config, which is what unpacks them: layers are not compressed', async () => {
    const image = await buildImage(spec);
    const manifest = json(image.manifest.bytes);
    expect(manifest).toEqual({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: image.config.digest, size: 4096 },
      layers: image.layers.map((layer) => ({
        mediaType: 'application/vnd.oci.image.layer.v1.tar',
        digest: layer.digest,
        size: layer.size,
      })),
    });
    const config = json(await configOf(image)) as { rootfs: unknown; history: unknown[] };
    expect(config.rootfs).toEqual({ type: 'layers', diff_ids: image.layers.map(({ digest }) => digest) });
    expect(config.history).toHaveLength(2);
    expect(image.size).toBe(512 + 8192 + 4096);
  });

  it.each([
    ['of the size asked for', 4096, 4096],
    ['of any size', 100_001, 100_001],
    ['of what its fields need, when that is more', 0, 368],
  ])('makes a config %s', async (_, configSize, expected) => {
    const bytes = await configOf(await buildImage({ ...spec, configSize }));
    expect(bytes).toHaveLength(expected);
    expect(json(bytes)).toMatchObject({ architecture: 'amd64', os: 'linux' });
  });

  it('speaks Docker media types when asked to', async () => {
    const image = await buildImage({ ...spec, format: 'docker' });
    expect(image.manifest.mediaType).toBe('application/vnd.docker.distribution.manifest.v2+json');
    expect(image.layers[0]?.mediaType).toBe('application/vnd.docker.image.rootfs.diff.tar');
  });

  it('can be put together again from its descriptors, byte for byte', async () => {
    const image = await buildImage(spec);
    const again = imageOf({
      mediaType: image.manifest.mediaType,
      config: descriptorOf(image.config),
      layers: image.layers.map(descriptorOf),
    });
    expect(again.manifest.bytes.equals(image.manifest.bytes)).toBe(true);
    expect(again.layers.every(({ body }) => body === undefined)).toBe(true);
  });

  it('builds on layers that exist, and marks what is fresh', async () => {
    const base = await buildImage(spec);
    const cache: LayerCache = new Map();
    const build = (salt: string) =>
      buildImage(
        {
          id: salt,
          fresh: true,
          layers: [
            ...base.layers.map((l) => ({ existing: descriptorOf(l) })),
            ...freshLayers({ compressible: 0, compression: undefined }, [65_536], salt),
          ],
        },
        cache,
      );
    const [one, two] = [await build('run/1'), await build('run/2')];
    expect(one.layers.map(({ fresh }) => fresh)).toEqual([false, false, true]);
    expect(one.layers.slice(0, 2).map(({ digest }) => digest)).toEqual(base.layers.map(({ digest }) => digest));
    expect(one.config.fresh).toBe(true);
    expect(new Set([one.manifest.digest, two.manifest.digest, one.config.digest, two.config.digest]).size).toBe(4);
  });
});
