import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type ArchivedImage,
  type BuildOptions,
  builtImageOf,
  checkLayers,
  type ImageArchive,
  openArchive,
} from '../../src/archive/index.ts';
import type { BuiltImage } from '../../src/image/index.ts';
import { tmpFolder } from '../support/tmp.ts';
import {
  type Blobs,
  configOf,
  descriptor,
  digestOf,
  entriesOf,
  fileOf,
  json,
  layerOf,
  layoutOf,
  named,
  ociImage,
  oldDockerSave,
  put,
  tarOf,
  TYPES,
} from './read-make.ts';

const BASE = layerOf('base');
const TOP = layerOf('top');
const DIFF_IDS = [digestOf(BASE), digestOf(TOP)];
/** A zstd frame of raw blocks (RFC 8878). */
const zstd = (bytes: Buffer) => {
  const header = Buffer.alloc(3);
  header.writeUIntLE(1 + bytes.length * 8, 0, 3);
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x50]), header, bytes]);
};

let open: ImageArchive[] = [];
afterEach(async () => {
  for (const archive of open) await archive.close();
  open = [];
});

async function first(path: string): Promise<ArchivedImage> {
  const archive = await openArchive(path);
  open.push(archive);
  return archive.images[0] as ArchivedImage;
}

const build = async (path: string, options?: BuildOptions) => builtImageOf(await first(path), options);
const docker = (layers: readonly Buffer[]) => fileOf(tarOf(oldDockerSave(layers)));

/** A docker archive with files of any name. */
function crane(layers: readonly Buffer[], tars: readonly Buffer[], more: object = {}): string {
  const config = configOf(tars.map((tar) => digestOf(tar)));
  const files = Object.fromEntries(layers.map((layer, index) => [`layer-${index}`, layer]));
  const entry = { Config: 'index.json', RepoTags: ['team/app:1.0'], Layers: Object.keys(files), ...more };
  return fileOf(tarOf(entriesOf({ ...files, 'index.json': config, 'manifest.json': json([entry]) })));
}

function layout(tars: readonly Buffer[], more: Parameters<typeof ociImage>[2] = {}): { path: string; manifest: Buffer } {
  const blobs: Blobs = {};
  const manifest = ociImage(blobs, tars, more);
  return { path: tmpFolder(layoutOf(blobs, [descriptor(TYPES.manifest, manifest, named('1.0'))])), manifest };
}

interface Fields {
  mediaType: string;
  config: { mediaType: string; digest: string; size: number };
  layers: { mediaType: string; digest: string; size: number; urls?: string[]; annotations?: object }[];
  manifests: { digest: string; mediaType: string; size: number }[];
  annotations?: object;
}
const fieldsOf = ({ manifest }: BuiltImage) => JSON.parse(manifest.bytes.toString()) as Fields;

describe('checkLayers', () => {
  it.each<[string, () => string, RegExp]>([
    ['a plain layer', () => crane([BASE, TOP], [BASE, BASE]), /layer-1 is not what it should be: its diff_id is/],
    ['a gzip layer', () => layout([BASE, TOP], { pack: () => gzipSync(BASE) }).path, /is not what it should be: its diff_id is/],
  ])('finds what is wrong with %s of an image that was built unchecked', async (_case, make, message) => {
    const image = await first(make());
    await builtImageOf(image, { unchecked: true });
    await expect(checkLayers(image)).rejects.toThrow(message);
  });
});

describe('builtImageOf', () => {
  it.each<[string, () => string, BuildOptions, string, string, readonly string[]]>([
    [
      'plain layers of a docker archive',
      () => docker([BASE, TOP]),
      {},
      TYPES.dockerManifest,
      TYPES.dockerConfig,
      [TYPES.dockerTar, TYPES.dockerTar],
    ],
    [
      'gzip layers of a docker archive',
      () => crane([gzipSync(BASE), TOP], [BASE, TOP]),
      {},
      TYPES.dockerManifest,
      TYPES.dockerConfig,
      [TYPES.dockerGzip, TYPES.dockerTar],
    ],
    [
      'zstd layers of a docker archive',
      () => crane([zstd(BASE), TOP], [BASE, TOP]),
      {},
      TYPES.manifest,
      TYPES.config,
      [TYPES.zstd, TYPES.tar],
    ],
    ['a docker archive as OCI', () => docker([BASE, TOP]), { format: 'oci' }, TYPES.manifest, TYPES.config, [TYPES.tar, TYPES.tar]],
    [
      'a docker archive that is compressed',
      () => docker([BASE, TOP]),
      { compress: 'gzip' },
      TYPES.dockerManifest,
      TYPES.dockerConfig,
      [TYPES.dockerGzip, TYPES.dockerGzip],
    ],
    ['an OCI layout', () => layout([BASE, TOP]).path, {}, TYPES.manifest, TYPES.config, [TYPES.gzip, TYPES.gzip]],
    [
      'an OCI layout with zstd',
      () => layout([BASE, TOP], { type: TYPES.zstd, pack: zstd }).path,
      {},
      TYPES.manifest,
      TYPES.config,
      [TYPES.zstd, TYPES.zstd],
    ],
    [
      'an OCI layout that is compressed',
      () => layout([BASE, TOP], { type: TYPES.tar, pack: (tar) => tar }).path,
      { compress: 'gzip' },
      TYPES.manifest,
      TYPES.config,
      [TYPES.gzip, TYPES.gzip],
    ],
    [
      'an OCI layout of wrong types that is compressed',
      () => layout([BASE, TOP], { type: TYPES.tar }).path,
      { compress: 'gzip' },
      TYPES.manifest,
      TYPES.config,
      [TYPES.gzip, TYPES.gzip],
    ],
    [
      'an OCI layout as Docker',
      () => layout([BASE, TOP]).path,
      { format: 'docker' },
      TYPES.dockerManifest,
      TYPES.dockerConfig,
      [TYPES.dockerGzip, TYPES.dockerGzip],
    ],
  ])('gives %s the media types of what the bytes are', async (_case, make, options, manifestType, configType, layerTypes) => {
    const path = make();
    const built = await build(path, options);
    const unchecked = await build(path, { ...options, unchecked: true });
    expect([unchecked.manifest, unchecked.layers.map(({ digest }) => digest)]).toEqual([
      built.manifest,
      built.layers.map(({ digest }) => digest),
    ]);
    const fields = fieldsOf(built);
    expect([built.manifest.mediaType, fields.mediaType, built.config.mediaType, fields.config.mediaType]).toEqual([
      manifestType,
      manifestType,
      configType,
      configType,
    ]);
    expect(built.layers.map(({ mediaType }) => mediaType)).toEqual(layerTypes);
    expect(fields.layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size }))).toEqual(
      built.layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
    );
    for (const { body, digest, size, diffId } of built.layers) {
      const bytes = await read(body);
      expect([digestOf(bytes), bytes.length, DIFF_IDS.includes(diffId ?? '')]).toEqual([digest, size, true]);
    }
    expect(built.manifest.digest).toBe(digestOf(built.manifest.bytes));
  });

  it('keeps the config byte for byte and computes its digest, whatever its file is called', async () => {
    const config = configOf(DIFF_IDS);
    for (const options of [{}, { compress: 'gzip' }, { format: 'oci' }] as BuildOptions[]) {
      const built = await build(crane([BASE, TOP], [BASE, TOP]), options);
      expect((await read(built.config.body)).equals(config)).toBe(true);
      expect([built.config.digest, built.config.size, fieldsOf(built).config.digest]).toEqual([
        digestOf(config),
        config.length,
        digestOf(config),
      ]);
    }
  });

  it('keeps the manifest of an OCI layout byte for byte', async () => {
    const { path, manifest } = layout([BASE, TOP], { manifest: { annotations: { 'org.example': 'kept' }, unknown: [1, 2] } });
    for (const options of [{}, { compress: 'gzip' }, { format: 'oci' }] as BuildOptions[]) {
      const built = await build(path, options);
      expect(built.manifest.bytes.equals(manifest)).toBe(true);
      expect(built.manifest.digest).toBe(digestOf(manifest));
    }
  });

  it('keeps what it does not know in a manifest that changes', async () => {
    const { path } = layout([BASE], {
      type: TYPES.tar,
      pack: (tar) => tar,
      manifest: { annotations: { 'org.example': 'kept' }, unknown: [1, 2] },
    });
    const built = await build(path, { compress: 'gzip' });
    expect(fieldsOf(built)).toMatchObject({ schemaVersion: 2, annotations: { 'org.example': 'kept' }, unknown: [1, 2] });
  });

  it('lists a layer that comes twice twice, and reads and compresses it once', async () => {
    let read_ = 0;
    const archive = await openArchive(docker([BASE, TOP, BASE]), { onRead: (bytes) => (read_ += bytes) });
    open.push(archive);
    const built = await builtImageOf(archive.images[0] as ArchivedImage, { compress: 'gzip' });
    expect(fieldsOf(built).layers.map(({ digest }) => digest)).toEqual([0, 1, 0].map((index) => built.layers[index]?.digest));
    expect(read_).toBe(BASE.length + TOP.length);
    await builtImageOf(archive.images[0] as ArchivedImage, { compress: 'gzip' });
    expect(read_).toBe(BASE.length + TOP.length);
  });

  it('compresses to equal bytes each time: no time, no name, an unknown system', async () => {
    const digests = new Set<string>();
    for (let run = 0; run < 2; run += 1) {
      const built = await build(docker([BASE]), { compress: 'gzip' });
      const bytes = await read(built.layers[0]?.body);
      expect([...bytes.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
      expect(gunzipSync(bytes).equals(BASE)).toBe(true);
      digests.add(digestOf(bytes));
    }
    expect(digests.size).toBe(1);
  });

  it('leaves compressed layers as they are stored when it compresses', async () => {
    const stored = gzipSync(BASE, { level: 1 });
    const built = await build(crane([stored, zstd(TOP)], [BASE, TOP]), { compress: 'gzip' });
    expect(built.layers.map(({ digest }) => digest)).toEqual([digestOf(stored), digestOf(zstd(TOP))]);
  });

  it('leaves no temporary file, not even while it is at work', async () => {
    const ours = () => readdirSync(tmpdir()).filter((name) => /^loadreg-(?!test-|serve)/.test(name));
    const before = ours();
    const archive = await openArchive(fileOf(gzipSync(tarOf(oldDockerSave([BASE, TOP])))));
    const built = await builtImageOf(archive.images[0] as ArchivedImage, { compress: 'gzip' });
    expect(ours().filter((name) => !before.includes(name))).toEqual([]);
    expect(gunzipSync(await read(built.layers[0]?.body)).equals(BASE)).toBe(true);
    await archive.close();
  });

  it('keeps foreign layers by their urls, and never among the blobs', async () => {
    const foreign = descriptor(TYPES.foreign, Buffer.from('elsewhere'), { urls: ['https://example.com/layer'] });
    const { path } = ociWithForeign(foreign);
    const built = await build(path);
    expect(fieldsOf(built).layers[0]).toEqual(foreign);
    expect(built.layers.map(({ digest }) => digest)).toEqual([digestOf(gzipSync(TOP))]);
  });

  it('keeps the foreign layers of a docker archive by its LayerSources, and heeds these for nothing else', async () => {
    const foreign = descriptor(TYPES.dockerForeign, Buffer.from('elsewhere'), { urls: ['https://example.com/layer'] });
    const LayerSources = { [digestOf(BASE)]: foreign, [digestOf(TOP)]: descriptor(TYPES.dockerGzip, Buffer.from('a lie')) };
    const built = await build(crane([Buffer.from('not the layer'), TOP], [BASE, TOP], { LayerSources }));
    expect(fieldsOf(built).layers).toEqual([foreign, { mediaType: TYPES.dockerTar, digest: digestOf(TOP), size: TOP.length }]);
    expect(built.layers.map(({ digest }) => digest)).toEqual([digestOf(TOP)]);
  });

  it('builds an index with its children, byte for byte, and anew where a child changes', async () => {
    const blobs: Blobs = {};
    const plain = { type: TYPES.tar, pack: (tar: Buffer) => tar };
    const platform = (architecture: string) => ({ platform: { os: 'linux', architecture } });
    const amd = ociImage(blobs, [BASE], plain);
    const arm = ociImage(blobs, [TOP], { ...plain, config: { architecture: 'arm64' } });
    const manifests = [descriptor(TYPES.manifest, amd, platform('amd64')), descriptor(TYPES.manifest, arm, platform('arm64'))];
    const index = json({ schemaVersion: 2, mediaType: TYPES.index, manifests });
    put(blobs, index);
    const path = tmpFolder(layoutOf(blobs, [descriptor(TYPES.index, index, named('1.0'))]));
    const built = await build(path);
    expect([built.manifest.bytes.equals(index), built.children?.map(({ manifest }) => manifest.bytes)]).toEqual([true, [amd, arm]]);
    const packed = await build(path, { compress: 'gzip' });
    expect(fieldsOf(packed).manifests).toEqual(
      packed.children?.map(({ manifest, platform: own }) => ({
        ...descriptor(TYPES.manifest, manifest.bytes),
        platform: own,
      })),
    );
    expect(fieldsOf(packed).manifests[0]?.digest).not.toBe(digestOf(amd));
  });

  it('takes an artifact as it is: what is no layer of a file system has no diff_id', async () => {
    const blobs: Blobs = {};
    const empty = Buffer.from('{}');
    const content = Buffer.from('anything');
    const manifest = json({
      schemaVersion: 2,
      mediaType: TYPES.manifest,
      artifactType: 'text/x',
      config: descriptor('application/vnd.oci.empty.v1+json', empty),
      layers: [descriptor('text/plain', content)],
      subject: descriptor(TYPES.manifest, Buffer.from('other')),
    });
    for (const blob of [empty, content, manifest]) put(blobs, blob);
    const path = tmpFolder(layoutOf(blobs, [descriptor(TYPES.manifest, manifest, named('sbom'))]));
    for (const options of [{}, { compress: 'gzip' }] as BuildOptions[]) {
      const built = await build(path, options);
      expect(built.manifest.bytes.equals(manifest)).toBe(true);
      expect(built.subject?.digest).toBe(digestOf('other'));
    }
    await expect(build(path, { format: 'docker' })).rejects.toThrow(/is no image but an artifact/);
  });

  it('takes sha512 digests', async () => {
    const blobs: Blobs = {};
    const config = configOf([digestOf(BASE, 'sha512')]);
    const sha512 = (mediaType: string, bytes: Buffer) => {
      const digest = digestOf(bytes, 'sha512');
      blobs[`blobs/${digest.replace(':', '/')}`] = bytes;
      return { mediaType, digest, size: bytes.length };
    };
    const manifest = json({
      schemaVersion: 2,
      mediaType: TYPES.manifest,
      config: sha512(TYPES.config, config),
      layers: [sha512(TYPES.gzip, gzipSync(BASE)), sha512(TYPES.tar, BASE)].slice(0, 1),
    });
    const path = tmpFolder(layoutOf(blobs, [{ ...sha512(TYPES.manifest, manifest), ...named('1.0') }]));
    const built = await build(path);
    expect([built.manifest.digest, built.config.digest]).toEqual([digestOf(manifest, 'sha512'), digestOf(config, 'sha512')]);
  });

  it('refuses media types that a family does not have', async () => {
    await expect(build(layout([BASE], { type: TYPES.zstd, pack: zstd }).path, { format: 'docker' })).rejects.toThrow(
      /is compressed with zstd, which has no media type of docker/,
    );
  });
});

function ociWithForeign(foreign: object): { path: string } {
  const blobs: Blobs = {};
  const config = configOf(DIFF_IDS);
  const top = gzipSync(TOP);
  const manifest = json({
    schemaVersion: 2,
    mediaType: TYPES.manifest,
    config: descriptor(TYPES.config, config),
    layers: [foreign, descriptor(TYPES.gzip, top)],
  });
  for (const blob of [config, top, manifest]) put(blobs, blob);
  return { path: tmpFolder(layoutOf(blobs, [descriptor(TYPES.manifest, manifest, named('1.0'))])) };
}

async function read(body: BuiltImage['config']['body']): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body?.open() ?? []) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
