import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { tmpFolder } from '../support/tmp.ts';

/** An entry of a tar archive, as wrong as a test wants it. */
export interface Entry {
  readonly name: string;
  readonly content?: string | Buffer;
  /** Of a link; makes the entry a symbolic link unless `type` says otherwise. */
  readonly target?: string;
  readonly type?: string;
  /** What the header says; default: the length of the content. */
  readonly size?: number;
}

/** A tar archive, ended as it should be unless `end` is false. */
export function tarOf(entries: readonly Entry[], end = true): Buffer {
  return Buffer.concat([...entries.flatMap(blocksOf), ...(end ? [Buffer.alloc(1024)] : [])]);
}

function blocksOf({ name, content = '', target = '', type, size }: Entry): Buffer[] {
  const bytes = Buffer.from(content);
  const kind = type ?? (target === '' ? '0' : '2');
  if (name.length > 100)
    return [
      ...blocksOf({ name: '././@LongLink', content: `${name}\0`, type: 'L' }),
      ...blocksOf({ name: name.slice(0, 100), content, target, type: kind }),
    ];
  const header = Buffer.alloc(512);
  const octal = (value: number, at: number, length: number) => header.write(value.toString(8).padStart(length - 1, '0'), at, 'latin1');
  header.write(name, 0);
  octal(0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size ?? bytes.length, 124, 12);
  octal(0, 136, 12);
  header.write('        ', 148);
  header.write(kind, 156);
  header.write(target, 157);
  header.write('ustar\u000000', 257, 'latin1');
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  header[154] = 0;
  return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
}

/** A PAX header before the next entry. */
export function pax(records: Readonly<Record<string, string>>): Entry {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = Buffer.byteLength(` ${key}=${value}\n`);
    let length = rest + 1;
    while (String(length).length + rest !== length) length += 1;
    return `${length} ${key}=${value}\n`;
  });
  return { name: 'PaxHeaders/x', type: 'x', content: lines.join('') };
}

export function digestOf(bytes: Buffer | string, algorithm: 'sha256' | 'sha512' = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

export const hex = (digest: string) => digest.slice(digest.indexOf(':') + 1);
export const blobName = (digest: string) => `blobs/${digest.replace(':', '/')}`;
export const json = (value: unknown) => Buffer.from(JSON.stringify(value));

/** A layer of one small file. */
export function layerOf(text: string): Buffer {
  return tarOf([{ name: 'file', content: text }]);
}

export const TYPES = {
  config: 'application/vnd.oci.image.config.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  tar: 'application/vnd.oci.image.layer.v1.tar',
  gzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  zstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerTar: 'application/vnd.docker.image.rootfs.diff.tar',
  dockerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  dockerForeign: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  foreign: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
};

/** A config of unusual spacing, so that one that was written anew shows. */
export function configOf(diffIds: readonly string[], more: object = {}): Buffer {
  return Buffer.from(
    `${JSON.stringify({ architecture: 'amd64', os: 'linux', ...more, rootfs: { type: 'layers', diff_ids: diffIds } }, undefined, 3)}\n`,
  );
}

export function descriptor(mediaType: string, bytes: Buffer, more: object = {}) {
  return { mediaType, digest: digestOf(bytes), size: bytes.length, ...more };
}

export type Blobs = Record<string, Buffer>;

/** Adds blobs under their digests; returns the first one's descriptor fields. */
export function put(blobs: Blobs, bytes: Buffer): string {
  const digest = digestOf(bytes);
  blobs[blobName(digest)] = bytes;
  return digest;
}

/** An OCI image in `blobs`; returns its manifest. */
export function ociImage(
  blobs: Blobs,
  tars: readonly Buffer[],
  more: { config?: object; type?: string; pack?: (tar: Buffer) => Buffer; manifest?: object } = {},
): Buffer {
  const { type = TYPES.gzip, pack = (tar: Buffer) => gzipSync(tar) } = more;
  const layers = tars.map(pack);
  const config = configOf(
    tars.map((tar) => digestOf(tar)),
    more.config,
  );
  const manifest = json({
    schemaVersion: 2,
    mediaType: TYPES.manifest,
    config: descriptor(TYPES.config, config),
    layers: layers.map((layer) => descriptor(type, layer)),
    ...more.manifest,
  });
  for (const blob of [...layers, config, manifest]) put(blobs, blob);
  return manifest;
}

/** The files of an OCI layout. */
export function layoutOf(blobs: Blobs, manifests: readonly object[]): Record<string, Buffer> {
  return { 'oci-layout': Buffer.from('{"imageLayoutVersion":"1.0.0"}'), 'index.json': json({ schemaVersion: 2, manifests }), ...blobs };
}

export const named = (name: string) => ({ annotations: { 'org.opencontainers.image.ref.name': name } });

/** Files as the entries of a tar, `manifest.json` last as docker has it. */
export function entriesOf(files: Readonly<Record<string, Buffer | string>>): Entry[] {
  return Object.entries(files).map(([name, content]) => ({ name, content }));
}

/** What docker save up to 24 writes: `layer.tar` in folders, one that comes again as a link. */
export function oldDockerSave(layers: readonly Buffer[], options: { tags?: readonly string[] | null; config?: Buffer } = {}): Entry[] {
  const config = options.config ?? configOf(layers.map((layer) => digestOf(layer)));
  const folders = layers.map((_, index) => hex(digestOf(`v1 ${index}`)));
  const entries: Entry[] = [];
  const first = new Map<string, string>();
  for (const [index, layer] of layers.entries()) {
    const folder = folders[index] as string;
    const other = first.get(digestOf(layer));
    entries.push(
      { name: `${folder}/`, type: '5' },
      { name: `${folder}/VERSION`, content: '1.0' },
      { name: `${folder}/json`, content: '{}' },
    );
    entries.push(
      other === undefined
        ? { name: `${folder}/layer.tar`, content: layer }
        : { name: `${folder}/layer.tar`, target: `../${other}/layer.tar` },
    );
    first.set(digestOf(layer), other ?? folder);
  }
  const Config = `${hex(digestOf(config))}.json`;
  const tags = options.tags === undefined ? ['team/app:1.0'] : options.tags;
  entries.push({ name: Config, content: config });
  entries.push({
    name: 'manifest.json',
    content: json([{ Config, RepoTags: tags, Layers: folders.map((folder) => `${folder}/layer.tar`) }]),
  });
  entries.push({ name: 'repositories', content: '{}' });
  return entries;
}

/** Writes a file into a temporary folder of its own. */
export function fileOf(bytes: Buffer, name = 'image.tar'): string {
  return join(tmpFolder({ [name]: bytes }), name);
}

/** Unpacks entries into a temporary folder. */
export function folderOf(entries: readonly Entry[]): string {
  const folder = tmpFolder();
  for (const { name, content = '', target, type } of entries) {
    const path = join(folder, name);
    mkdirSync(type === '5' ? path : dirname(path), { recursive: true });
    if (type === '5') continue;
    if (target === undefined) writeFileSync(path, content);
    else symlinkSync(target, path);
  }
  return folder;
}
