import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { type ArchivedImage, builtImageOf, type ImageArchive, isIndex, openArchive } from '../../src/archive/index.ts';
import { tmpFolder } from '../support/tmp.ts';
import {
  blobName,
  type Blobs,
  configOf,
  descriptor,
  digestOf,
  type Entry,
  entriesOf,
  fileOf,
  folderOf,
  hex,
  json,
  layerOf,
  layoutOf,
  named,
  ociImage,
  oldDockerSave,
  pax,
  put,
  tarOf,
  TYPES,
} from './read-make.ts';

const BASE = layerOf('base');
const TOP = layerOf('top');
const LAYERS = [BASE, TOP];
const DIFF_IDS = LAYERS.map((layer) => digestOf(layer));
const CONFIG = configOf(DIFF_IDS);
/** zstd of raw blocks. */
const ZSTD_EMPTY = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x00, 0x01, 0x00, 0x00]);

let open: ImageArchive[] = [];
afterEach(async () => {
  for (const archive of open) await archive.close();
  open = [];
});

async function opened(path: string): Promise<ImageArchive> {
  const archive = await openArchive(path);
  open.push(archive);
  return archive;
}

/** Every row of the table of formats in the protocol's notes, section 4, as its writer lays it out. */
function dockerManifest(config: string, layers: readonly string[], more: object = {}): Entry {
  return { name: 'manifest.json', content: json([{ Config: config, RepoTags: ['team/app:1.0'], Layers: layers, ...more }]) };
}

function newDockerSave(blobs: Blobs, layers: readonly Buffer[], manifest: Buffer): Entry[] {
  const annotations = { 'io.containerd.image.name': 'docker.io/team/app:1.0', 'org.opencontainers.image.ref.name': '1.0' };
  // What docker 25 writes here describes types that the files do not have.
  const LayerSources = Object.fromEntries(layers.map((layer) => [digestOf(layer), descriptor(TYPES.gzip, Buffer.from('not this'))]));
  const names = layers.map((layer) => blobName(digestOf(layer)));
  return [
    ...entriesOf(layoutOf(blobs, [descriptor(TYPES.manifest, manifest, { annotations })])),
    dockerManifest(blobName(digestOf(CONFIG)), names, { LayerSources }),
  ];
}

const docker25: Blobs = {};
const docker25Manifest = ociImage(docker25, LAYERS, { type: TYPES.tar, pack: (tar) => tar });
const packed: Blobs = {};
const packedManifest = ociImage(packed, LAYERS);
const packedLayers = LAYERS.map((layer) => gzipSync(layer));

const crane: Entry[] = [
  ...packedLayers.map((layer) => ({ name: `${hex(digestOf(layer))}.tar.gz`, content: layer })),
  { name: digestOf(CONFIG), content: CONFIG },
  dockerManifest(
    digestOf(CONFIG),
    packedLayers.map((layer) => `${hex(digestOf(layer))}.tar.gz`),
  ),
];
const podman: Entry[] = [
  ...LAYERS.map((layer) => ({ name: `${hex(digestOf(layer))}.tar`, content: layer })),
  ...LAYERS.map((layer, index) => ({ name: `v1-${index}/layer.tar`, target: `../${hex(digestOf(layer))}.tar` })),
  { name: `${hex(digestOf(CONFIG))}.json`, content: CONFIG },
  dockerManifest(
    `${hex(digestOf(CONFIG))}.json`,
    LAYERS.map((layer) => `${hex(digestOf(layer))}.tar`),
  ),
  { name: 'repositories', content: '{}' },
];
const layout = layoutOf(packed, [descriptor(TYPES.manifest, packedManifest, named('1.0'))]);

describe('openArchive', () => {
  it.each<[string, () => string, ImageArchive['kind'], readonly string[], 'none' | 'gzip']>([
    ['docker save up to 24', () => fileOf(tarOf(oldDockerSave(LAYERS))), 'docker-archive', ['team/app:1.0'], 'none'],
    [
      'docker save from 25 on',
      () => fileOf(tarOf(newDockerSave(docker25, LAYERS, docker25Manifest))),
      'oci-layout',
      ['docker.io/team/app:1.0'],
      'none',
    ],
    [
      'containerd and BuildKit, compressed',
      () => fileOf(tarOf(newDockerSave(packed, packedLayers, packedManifest))),
      'oci-layout',
      ['docker.io/team/app:1.0'],
      'gzip',
    ],
    ['crane', () => fileOf(tarOf(crane)), 'docker-archive', ['team/app:1.0'], 'gzip'],
    ['podman docker-archive', () => fileOf(tarOf(podman)), 'docker-archive', ['team/app:1.0'], 'none'],
    ['an OCI layout as a tar', () => fileOf(tarOf(entriesOf(layout))), 'oci-layout', ['1.0'], 'gzip'],
    ['an OCI layout as a folder', () => tmpFolder(layout), 'oci-layout', ['1.0'], 'gzip'],
    ['a docker save that was unpacked', () => folderOf(oldDockerSave(LAYERS)), 'docker-archive', ['team/app:1.0'], 'none'],
    [
      'a docker save that was gzipped',
      () => fileOf(gzipSync(tarOf(oldDockerSave(LAYERS))), 'x'),
      'docker-archive',
      ['team/app:1.0'],
      'none',
    ],
    ['an OCI layout that was gzipped', () => fileOf(gzipSync(tarOf(entriesOf(layout))), 'x.zip'), 'oci-layout', ['1.0'], 'gzip'],
  ])('takes %s', async (_case, make, kind, names, compression) => {
    const archive = await opened(make());
    expect([archive.kind, archive.notes, archive.images.length]).toEqual([kind, [], 1]);
    const [image] = archive.images as [ArchivedImage];
    expect(image.names).toEqual(names);
    const built = await builtImageOf(image);
    const stored = compression === 'none' ? LAYERS : packedLayers;
    expect(built.layers.map(({ digest }) => digest)).toEqual(stored.map((layer) => digestOf(layer)));
    expect(built.config.digest).toBe(digestOf(CONFIG));
    for (const [index, layer] of built.layers.entries()) expect((await bytesOf(layer)).equals(stored[index] as Buffer)).toBe(true);
  });

  it('reads layers by the order of manifest.json, whatever the order of the files', async () => {
    const entries = oldDockerSave(LAYERS);
    const archive = await opened(fileOf(tarOf([...entries].toReversed())));
    const built = await builtImageOf(archive.images[0] as ArchivedImage);
    expect(built.layers.map(({ digest }) => digest)).toEqual(DIFF_IDS);
  });

  it('names every image and every tag of an archive', async () => {
    const other = [TOP];
    const config = configOf([digestOf(TOP)]);
    const content = json([
      { Config: 'a.json', RepoTags: ['team/app:1.0', 'team/app:latest'], Layers: ['base.tar', 'top.tar'] },
      { Config: 'b.json', RepoTags: null, Layers: ['top.tar'] },
    ]);
    const files = { 'a.json': CONFIG, 'b.json': config, 'base.tar': BASE, 'top.tar': TOP, 'manifest.json': content };
    const archive = await opened(fileOf(tarOf(entriesOf(files))));
    expect(archive.images.map(({ names }) => names)).toEqual([['team/app:1.0', 'team/app:latest'], []]);
    expect(other).toHaveLength(1);
  });

  it('takes the entries of one manifest in index.json for one image with several names', async () => {
    const manifests = ['1.0', '1', 'latest'].map((name) => descriptor(TYPES.manifest, packedManifest, named(name)));
    const archive = await opened(tmpFolder(layoutOf(packed, manifests)));
    expect(archive.images.map(({ names }) => names)).toEqual([['1.0', '1', 'latest']]);
  });

  it('takes index.json itself for the index where it lists platforms and no names', async () => {
    const blobs: Blobs = {};
    const arm = ociImage(blobs, [TOP], { config: { architecture: 'arm64' } });
    const amd = ociImage(blobs, LAYERS);
    const files = layoutOf(blobs, [
      descriptor(TYPES.manifest, amd, { platform: { os: 'linux', architecture: 'amd64' } }),
      descriptor(TYPES.manifest, arm, { platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } }),
    ]);
    const { images } = await opened(tmpFolder(files));
    expect(images).toHaveLength(1);
    const built = await builtImageOf(images[0] as ArchivedImage);
    expect(built.manifest.bytes.equals(files['index.json'] as Buffer)).toBe(true);
    expect(built.children?.map(({ platform }) => platform)).toEqual([
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64', variant: 'v8' },
    ]);
  });

  it('follows links to links, through folders, and hard links, inside the archive', async () => {
    const entries: Entry[] = [
      { name: 'real/deep/layer.tar', content: BASE },
      { name: 'folder', target: 'real/deep' },
      { name: 'one', target: './folder/../deep/layer.tar' },
      { name: 'two', target: 'one' },
      { name: 'three', target: 'real/deep/layer.tar', type: '1' },
      { name: 'c.json', content: configOf(Array.from({ length: 3 }, () => digestOf(BASE))) },
      dockerManifest('c.json', ['two', 'three', 'folder/layer.tar']),
    ];
    for (const path of [
      fileOf(tarOf(entries)),
      folderOf(entries.filter(({ type }) => type !== '1').concat({ name: 'three', content: BASE })),
    ]) {
      const built = await builtImageOf((await opened(path)).images[0] as ArchivedImage);
      expect(built.layers.map(({ digest }) => digest)).toEqual(Array.from({ length: 3 }, () => digestOf(BASE)));
    }
  });

  it('reads long names, PAX paths and leading dots', async () => {
    const long = `${'folder/'.repeat(40)}layer.tar`;
    const entries: Entry[] = [
      { name: './', type: '5' },
      { name: long, content: BASE },
      pax({ path: `${'päx/'.repeat(50)}layer.tar` }),
      { name: 'short', content: TOP },
      { name: './c.json', content: CONFIG },
      dockerManifest('c.json', [long, `${'päx/'.repeat(50)}layer.tar`]),
    ];
    const built = await builtImageOf((await opened(fileOf(tarOf(entries)))).images[0] as ArchivedImage);
    expect(built.layers.map(({ digest }) => digest)).toEqual(DIFF_IDS);
  });

  it('goes without the platforms that an export left out, and says so', async () => {
    const blobs: Blobs = {};
    const amd = ociImage(blobs, LAYERS);
    const absent: Blobs = {};
    const arm = ociImage(absent, [TOP], { config: { architecture: 'arm64' } });
    const s390x = ociImage(absent, [BASE], { config: { architecture: 's390x' } });
    put(blobs, s390x); // a manifest alone, as metadata of all platforms
    const platform = (architecture: string) => ({ platform: { os: 'linux', architecture } });
    const index = json({
      schemaVersion: 2,
      mediaType: TYPES.index,
      manifests: [
        descriptor(TYPES.manifest, arm, platform('arm64')),
        descriptor(TYPES.manifest, amd, platform('amd64')),
        descriptor(TYPES.manifest, s390x, platform('s390x')),
      ],
      annotations: { kept: 'yes' },
    });
    put(blobs, index);
    const archive = await opened(fileOf(tarOf(entriesOf(layoutOf(blobs, [descriptor(TYPES.index, index, named('1.0'))])))));
    expect(archive.notes).toEqual([
      'not in the archive, and left out of the index, which gets another digest by it: linux/arm64, linux/s390x',
    ]);
    const [image] = archive.images as [ArchivedImage];
    expect(isIndex(image)).toBe(true);
    const built = await builtImageOf(image);
    expect(JSON.parse(built.manifest.bytes.toString())).toEqual({
      schemaVersion: 2,
      mediaType: TYPES.index,
      manifests: [descriptor(TYPES.manifest, amd, platform('amd64'))],
      annotations: { kept: 'yes' },
    });
    expect(built.manifest.digest).toBe(digestOf(built.manifest.bytes));
  });

  it('cannot be read any more once it is closed', async () => {
    for (const path of [fileOf(tarOf(entriesOf(layout))), tmpFolder(layout), fileOf(gzipSync(tarOf(entriesOf(layout))))]) {
      const archive = await openArchive(path);
      const built = await builtImageOf(archive.images[0] as ArchivedImage);
      await archive.close();
      await archive.close();
      await expect(bytesOf(built.layers[0] as (typeof built.layers)[number])).rejects.toThrow('closed');
    }
  });

  it('fails a read that is under way when it is closed, and nothing else', async () => {
    const big = tarOf([{ name: 'big', content: Buffer.alloc(3_000_000) }]);
    for (const path of [fileOf(tarOf(oldDockerSave([big]))), folderOf(oldDockerSave([big]))]) {
      const archive = await openArchive(path);
      const built = await builtImageOf(archive.images[0] as ArchivedImage);
      const chunks = chunksOf(built.layers[0] as (typeof built.layers)[number]);
      await chunks.next();
      await chunks.next();
      await archive.close();
      await setTimeout(20); // a rejection that nobody heard of would be seen now
      await expect(async () => {
        while ((await chunks.next()).done !== true);
      }).rejects.toThrow('closed');
    }
  });

  it('keeps a config once that manifest.json lists 250 times, which took 2 GB', async () => {
    const config = configOf(DIFF_IDS, { padding: 'x'.repeat(1_000_000) });
    const entry = { Config: './c.json', RepoTags: null, Layers: ['0.tar', '1.tar'] };
    const list = json(Array.from({ length: 250 }, (_, n) => (n === 0 ? { ...entry, Config: 'c.json' } : entry)));
    const files = { 'c.json': config, '0.tar': BASE, '1.tar': TOP, 'manifest.json': list };
    const { images } = await opened(fileOf(tarOf(entriesOf(files))));
    expect(images).toHaveLength(250);
    expect(new Set(images.map((image) => (isIndex(image) ? undefined : image.config.bytes))).size).toBe(1);
  });

  it('keeps a config once that many manifests name', async () => {
    const blobs: Blobs = {};
    const manifests = Array.from({ length: 20 }, (_, n) => ociImage(blobs, LAYERS, { manifest: { annotations: { n: String(n) } } }));
    const entries = manifests.map((manifest) => descriptor(TYPES.manifest, manifest));
    const { images } = await opened(fileOf(tarOf(entriesOf(layoutOf(blobs, entries)))));
    expect(images).toHaveLength(20);
    expect(new Set(images.map((image) => (isIndex(image) ? undefined : image.config.bytes))).size).toBe(1);
  });

  it.each([
    ['a docker archive', () => fileOf(tarOf(oldDockerSave(LAYERS)))],
    ['a compressed one', () => fileOf(gzipSync(tarOf(oldDockerSave(LAYERS))))],
    ['a folder', () => folderOf(oldDockerSave(LAYERS))],
  ])('stops opening %s when the signal aborts', async (_what, make) => {
    await expect(openArchive(make(), { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });

  it('shows no platform of an index as it is that a terminal would obey', async () => {
    const blobs: Blobs = {};
    const manifest = ociImage(blobs, LAYERS);
    const gone = {
      mediaType: TYPES.manifest,
      digest: digestOf('gone'),
      size: 3,
      platform: { os: 'linux', architecture: '\u001b[2J\u202eevil' },
    };
    const index = json({ schemaVersion: 2, mediaType: TYPES.index, manifests: [descriptor(TYPES.manifest, manifest), gone] });
    put(blobs, index);
    const { notes } = await opened(fileOf(tarOf(entriesOf(layoutOf(blobs, [descriptor(TYPES.index, index)])))));
    expect(notes).toEqual([expect.stringMatching(/: linux\/\?\[2J\?evil$/)]);
  });

  it('takes a zstd-compressed archive for what it is', async () => {
    await expect(openArchive(fileOf(ZSTD_EMPTY))).rejects.toThrow('image.tar: is no image: it is no tar archive');
  });
});

type Body = { readonly body: { open(): Iterable<Uint8Array> | AsyncIterable<Uint8Array> } | undefined };

async function* chunksOf({ body }: Body): AsyncGenerator<Uint8Array> {
  yield* body?.open() ?? [];
}

async function bytesOf(blob: Body): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of chunksOf(blob)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
