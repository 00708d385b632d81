import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type Files, tmpFolder } from './tmp.ts';

/** An OCI image layout on disk. */
export interface Layout {
  readonly folder: string;
  /** Digest and bytes of the manifest under the tag. */
  readonly digest: string;
  readonly manifest: Buffer;
  readonly config: Buffer;
  readonly layers: readonly Buffer[];
}

/**
 * Writes an OCI image layout by hand: one image with a tag, each layer a gzipped tar with one file of the given content. Equal input gives equal
 * digests.
 */
export function writeLayout(tag: string, contents: readonly Buffer[]): Layout {
  const tars = contents.map((content, i) => tarOf(`file-${i}`, content));
  const layers = tars.map((tar) => gzipSync(tar));
  const config = json({
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: tars.map(digestOf) },
    history: tars.map(() => ({ created: '2024-01-01T00:00:00Z' })),
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: descriptor('application/vnd.oci.image.config.v1+json', config),
    layers: layers.map((layer) => descriptor('application/vnd.oci.image.layer.v1.tar+gzip', layer)),
  });
  const annotations = { 'org.opencontainers.image.ref.name': tag };
  const files: Record<string, string | Uint8Array> = {
    'oci-layout': '{"imageLayoutVersion":"1.0.0"}',
    'index.json': json({
      schemaVersion: 2,
      manifests: [{ ...descriptor('application/vnd.oci.image.manifest.v1+json', manifest), annotations }],
    }),
  };
  for (const blob of [manifest, config, ...layers]) files[`blobs/sha256/${digestOf(blob).slice(7)}`] = blob;
  return { folder: tmpFolder(files satisfies Files), digest: digestOf(manifest), manifest, config, layers };
}

/** A tar archive (ustar) of one file. */
function tarOf(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512);
  const octal = (value: number, at: number, length: number) => header.write(value.toString(8).padStart(length - 1, '0'), at, 'latin1');
  header.write(name, 0);
  octal(0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(content.length, 124, 12);
  octal(0, 136, 12);
  header.write('        0', 148); // the checksum counts as blanks while it is reckoned; then the type: a file
  header.write('ustar\u000000', 257, 'latin1');
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  header[154] = 0;
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, content, padding, Buffer.alloc(1024)]);
}

function descriptor(mediaType: string, bytes: Buffer) {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
