import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { images, type SeedImagesOptions } from '../../../src/flow/index.ts';
import { startRegistry } from '../../../src/serve/index.ts';
import { atEnd } from '../../support/at-end.ts';
import { commandPath } from '../../support/parts.ts';
import { describeWith } from '../../support/real-parts.ts';
import { runOk } from '../../support/run.ts';
import { skopeoCopy, skopeoManifest } from '../../support/skopeo.ts';
import { tmpFolder } from '../../support/tmp.ts';
import { testVu } from '../support/vu.ts';

/** Sizes of the files that umoci unpacks of an image in a layout, smallest first. */
async function unpackedSizes(folder: string, tag: string): Promise<number[]> {
  const bundle = join(folder, `bundle-${tag}`);
  await runOk(commandPath('umoci') ?? 'umoci', ['unpack', '--rootless', '--image', `${folder}/layout:${tag}`, bundle]);
  const root = join(bundle, 'rootfs/loadreg');
  return readdirSync(root)
    .map((name) => statSync(join(root, name)).size)
    .toSorted((a, b) => a - b);
}

async function seeded(options: SeedImagesOptions) {
  const registry = await startRegistry();
  atEnd(() => registry.close());
  const [image] = await images.seed(testVu(registry.url).vu, options);
  return { image, docker: `docker://${new URL(registry.url).host}/${image?.repository}:${image?.tag}`, folder: tmpFolder() };
}

describeWith(['skopeo', 'umoci'], 'a seeded image', () => {
  const layers = ['512B', '1KiB', '8KiB', 100_000];

  it.each(['oci', 'docker'] as const)('is one that other tools copy and unpack (%s)', async (format) => {
    const { docker, folder } = await seeded({ layers, base: { size: '1MiB' }, format });
    await skopeoCopy(docker, `oci:${folder}/layout:app`);
    expect(await unpackedSizes(folder, 'app')).toEqual([0, 512, 6656, 98_304, 1_047_040]);
  });

  it.each(['oci', 'docker'] as const)('with gzipped layers is one that other tools copy and unpack (%s)', async (format) => {
    const { image, docker, folder } = await seeded({ layers: [23, ...layers], base: { size: '1MiB' }, format, compression: 'gzip' });
    await skopeoCopy(docker, `oci:${folder}/layout:app`);
    expect(await unpackedSizes(folder, 'app')).toEqual([0, 6144, 98_304, 1_046_528]); // of 23 and 512 bytes: an archive of nothing
    // Taken apart and put together again by another compressor, it is the same image inside.
    await skopeoCopy(`oci:${folder}/layout:app`, `dir:${folder}/plain`, { args: ['--dest-decompress'] });
    const manifest = JSON.parse(readFileSync(join(folder, 'plain/manifest.json'), 'utf8')) as { layers: { digest: string }[] };
    expect(manifest.layers.map(({ digest }) => digest)).toEqual(image?.diffIds);
  });

  it.each(['oci', 'docker'] as const)('for two platforms is one that other tools copy and unpack (%s)', async (format) => {
    const { image, docker, folder } = await seeded({ layers, platforms: ['linux/amd64', 'linux/arm64/v8'], format, compression: 'gzip' });
    expect(JSON.parse(await skopeoManifest(docker))).toEqual(JSON.parse(image?.manifest ?? ''));
    await skopeoCopy(docker, `dir:${folder}/all`, { args: ['--all', '--preserve-digests'] });
    for (const arch of ['amd64', 'arm64']) {
      await skopeoCopy(docker, `oci:${folder}/layout:${arch}`, { args: [`--override-arch=${arch}`] });
      expect(await unpackedSizes(folder, arch)).toEqual([0, 6144, 98_304]);
    }
  });
});
