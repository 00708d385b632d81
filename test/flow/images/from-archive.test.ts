import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { images, pull, push } from '../../../src/flow/index.ts';
import type { SeededImage } from '../../../src/image/index.ts';
import { digestOf } from '../../../src/registry/index.ts';
import { startRegistry } from '../../../src/serve/index.ts';
import { atEnd } from '../../support/at-end.ts';
import { type Layout, writeLayout } from '../../support/layout.ts';
import { describeWith } from '../../support/real-parts.ts';
import { runOk } from '../../support/run.ts';
import { skopeoCopy } from '../../support/skopeo.ts';
import { tmpFolder } from '../../support/tmp.ts';
import { testVu } from '../support/vu.ts';

let url = '';
let layout: Layout;
beforeEach(async () => {
  const registry = await startRegistry();
  atEnd(() => registry.close());
  url = registry.url;
  layout = writeLayout('1.0', [Buffer.alloc(3000, 'a'), Buffer.from('b'), Buffer.alloc(0)]);
});

/** A VU of a scenario in the folder that the layout is in, and the layout's name there. */
function inScenario() {
  return { ...testVu(url, { settings: { scenarioDir: dirname(layout.folder) } }), path: `./${basename(layout.folder)}` };
}

describe('images.fromLayout', () => {
  it('pushes the image as it is, from a path that starts at the scenario, and a second time only looks', async () => {
    const { vu, path, seen } = inScenario();
    const [image, ...others] = await images.fromLayout(vu, path, { repository: 'team/app' });
    expect(others).toEqual([]);
    expect(image).toMatchObject({ repository: 'team/app', tag: '1.0', digest: layout.digest });
    expect(image?.layers.map(({ digest }) => digest)).toEqual(layout.layers.map((layer) => digestOf(layer)));
    expect(JSON.parse(JSON.stringify(image))).toEqual(image);
    expect(await pull(vu, image ?? '')).toMatchObject({ ok: true, digest: layout.digest });
    expect(seen.log[0]).toMatch(/^archive: pushing 1 of 1 images in 1 repository, at most/);

    const next = inScenario();
    expect(await images.fromLayout(next.vu, path, { repository: 'team/app' })).toEqual([image]);
    expect(next.operations()).toEqual(['manifest_head']);
  });

  it('names a repository after the folder when it tells none', async () => {
    const { vu, path } = inScenario();
    const [image] = await images.fromArchive(vu, path);
    expect(image?.repository).toBe(`loadreg/${basename(layout.folder).toLowerCase()}`);
    expect(await images.fromArchive(vu, path, { tag: 'x' })).toMatchObject([{ tag: 'x' }]);
  });

  it('gives images that can be built upon and tagged anew, byte for byte', async () => {
    const { vu, path } = inScenario();
    const [image] = (await images.fromLayout(vu, path, { repository: 'team/app' })) as [SeededImage];
    const kept = JSON.parse(JSON.stringify(image)) as SeededImage;
    expect(await push(vu, images.retag(vu, kept))).toMatchObject({ ok: true, digest: layout.digest, uploaded: 0 });
    const made = await images.fresh(vu, { on: kept, layers: ['1KiB'] });
    expect(await push(vu, made)).toMatchObject({ ok: true, existed: 3, uploaded: 2 });
    const config = (await readConfig(vu, made.repository, made.config.digest)) as { rootfs: { diff_ids: string[] } };
    const { rootfs } = JSON.parse(layout.config.toString()) as typeof config;
    expect(config.rootfs.diff_ids.slice(0, 3)).toEqual(rootfs.diff_ids);
  });

  it.each([
    ['what is not there', { path: './nothing' }, /nothing: no such file or folder/],
    ['an image that the layout does not have', { image: '2.0' }, /no image "2.0".*there is 1\.0/],
    ['a repository that is none', { repository: 'Team/App' }, /lower case/],
  ])('refuses %s', async (_, { path: other, ...options }: { path?: string; image?: string; repository?: string }, message) => {
    const { vu, path } = inScenario();
    await expect(images.fromLayout(vu, other ?? path, options)).rejects.toThrow(message);
  });

  it('refuses a layer that was changed on disk, by name, before anything is pushed', async () => {
    const copy = join(tmpFolder(), 'layout');
    cpSync(layout.folder, copy, { recursive: true });
    const digest = digestOf(layout.layers[0] ?? Buffer.alloc(0));
    const bytes = Buffer.from(layout.layers[0] ?? Buffer.alloc(0));
    bytes[10] = (bytes[10] ?? 0) ^ 1;
    writeFileSync(join(copy, 'blobs/sha256', digest.slice(7)), bytes);
    const { vu, operations } = inScenario();
    await expect(images.fromLayout(vu, copy)).rejects.toThrow(digest.slice(7));
    expect(operations()).toEqual([]);
  });
});

describe('images.archived', () => {
  it('is pushed in any iteration, and read once', async () => {
    const { vu, path } = inScenario();
    const first = await images.archived(vu, path);
    expect(await push(vu, first)).toMatchObject({ ok: true, digest: layout.digest, uploaded: 4 });
    rmSync(join(layout.folder, 'index.json')); // nobody looks there again
    const second = await images.archived(vu, path);
    expect(second.tag).not.toBe(first.tag);
    expect(second.repository).toBe(first.repository);
    expect(await push(vu, second)).toMatchObject({ ok: true, uploaded: 0, existed: 4 });
    expect(await push(vu, await images.archived(vu, path, { repository: 'own/a', tag: 't' }))).toMatchObject({
      reference: 'own/a:t',
      uploaded: 4,
    });
  });
});

async function readConfig(vu: ReturnType<typeof testVu>['vu'], repository: string, digest: string): Promise<unknown> {
  const chunks: Buffer[] = [];
  await vu.registry.blobs.get(repository, digest, { sink: { write: (chunk) => void chunks.push(Buffer.from(chunk)) } });
  return JSON.parse(Buffer.concat(chunks).toString());
}

describeWith('skopeo', 'images.fromArchive', () => {
  it('pushes every image and tag of a docker archive by its names', async () => {
    const file = join(tmpFolder(), 'saved.tar');
    await skopeoCopy(`oci:${layout.folder}:1.0`, `docker-archive:${file}:example.test/team/app:1.0`, {
      args: ['--additional-tag', 'example.test/team/app:stable'],
    });
    const { vu } = testVu(url);
    const refs = await images.fromArchive(vu, file);
    expect(refs.map(({ repository, tag }) => `${repository}:${tag}`)).toEqual(['loadreg/team/app:1.0', 'loadreg/team/app:stable']);
    expect(new Set(refs.map(({ digest }) => digest)).size).toBe(1);
    for (const ref of refs) expect(await pull(vu, ref)).toMatchObject({ ok: true, digest: ref.digest });
    expect(await images.fromArchive(vu, file, { tag: 'x' })).toMatchObject([{ tag: 'x' }]);
    expect(await images.fromArchive(vu, file, { image: 'example.test/team/app:stable' })).toMatchObject([{ tag: 'stable' }]);
    await expect(images.fromLayout(vu, file)).rejects.toThrow(
      /is a docker-archive, no OCI image layout.*fromArchive\(\) takes every format/,
    );
  });

  it('compresses layers when asked to, and only then', async () => {
    const file = join(tmpFolder(), 'saved.tar');
    await skopeoCopy(`oci:${layout.folder}:1.0`, `docker-archive:${file}:team/app:1.0`);
    const { vu } = testVu(url);
    const types = async (compress: boolean) => {
      const [image] = await images.fromArchive(vu, file, { compress, tag: String(compress) });
      expect(await pull(vu, image ?? '')).toMatchObject({ ok: true });
      return new Set(image?.layers.map(({ mediaType }) => mediaType));
    };
    expect(await types(false)).toEqual(new Set(['application/vnd.docker.image.rootfs.diff.tar']));
    expect(await types(true)).toEqual(new Set(['application/vnd.docker.image.rootfs.diff.tar.gzip']));
  });

  it('takes an index of several platforms, or one of them, from a tar of an OCI layout', async () => {
    const { vu } = testVu(url);
    const [index] = (await images.seed(vu, { layers: ['1KiB'], platforms: ['linux/amd64', 'linux/arm64'], compression: 'gzip' })) as [
      SeededImage,
    ];
    const folder = tmpFolder();
    await skopeoCopy(`docker://${new URL(url).host}/${index.repository}:v1`, `oci:${folder}/layout:v1`, { args: ['--all'] });
    const file = join(folder, 'layout.tar');
    await runOk('tar', ['cf', file, '-C', join(folder, 'layout'), '.']);
    const { digest, platforms, manifest } = index;
    expect(await images.fromLayout(vu, file, { repository: 'a/b' })).toMatchObject([{ digest, platforms, manifest, tag: 'v1' }]);
    const one = await images.fromArchive(vu, file, { repository: 'a/b', tag: 'arm', platform: 'linux/arm64' });
    expect(one).toMatchObject([{ tag: 'arm', digest: platforms?.[1]?.digest }]);
    const none = images.fromArchive(vu, file, { platform: 'linux/mips' });
    await expect(none).rejects.toThrow(/no linux\/mips.*linux\/amd64, linux\/arm64/);
    expect(await push(vu, await images.archived(vu, file))).toMatchObject({ ok: true, digest });
  });

  it('refuses to put two images under one name', async () => {
    const folder = join(tmpFolder(), 'layout');
    const other = writeLayout('2.0', [Buffer.from('other')]);
    await skopeoCopy(`oci:${layout.folder}:1.0`, `oci:${folder}:app:1.0`);
    await skopeoCopy(`oci:${other.folder}:2.0`, `oci:${folder}:tool:1.0`);
    const { vu } = testVu(url);
    await expect(images.fromLayout(vu, folder, { repository: 'a/b' })).rejects.toThrow(/two images of the archive would become a\/b:1\.0/);
    await expect(images.fromLayout(vu, folder, { tag: 'x' })).rejects.toThrow(/2 images cannot all have the tag "x".*app:1\.0, tool:1\.0/);
    await expect(images.archived(vu, folder)).rejects.toThrow(/holds 2 images: app:1\.0, tool:1\.0/);
    expect((await images.fromLayout(vu, folder)).map(({ repository }) => repository)).toEqual(['loadreg/app', 'loadreg/tool']);
  });
});
