import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { commandPath } from '../support/parts.ts';
import { run, runOk } from '../support/run.ts';
import { skopeoCopy } from '../support/skopeo.ts';
import { type Files, tmpFolder } from '../support/tmp.ts';

/** An image of these tars, as an OCI layout on disk. */
export interface TestImage {
  /** `oci:<folder>:<tag>` is how skopeo and umoci name it. */
  readonly folder: string;
  readonly tag: string;
  readonly manifest: Buffer;
  readonly digest: string;
  readonly config: { readonly digest: string; readonly bytes: Buffer };
  /** As stored: gzipped. */
  readonly layers: readonly { readonly digest: string; readonly bytes: Buffer; readonly diffId: string }[];
}

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

/** Makes an image of layers, each a tar, base first. `config` fields replace those of its config. */
export function imageOf(tars: readonly Buffer[], options: { tag?: string; config?: object; configType?: string } = {}): TestImage {
  const { tag = '1.0', configType = 'application/vnd.oci.image.config.v1+json' } = options;
  const layers = tars.map((tar) => {
    const bytes = gzipSync(tar, { level: 1 });
    return { bytes, digest: digestOf(bytes), diffId: digestOf(tar) };
  });
  const configBytes = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
      history: layers.map(() => ({ created: '2024-01-01T00:00:00Z' })),
      ...options.config,
    }),
  );
  const descriptor = (mediaType: string, bytes: Buffer) => ({ mediaType, digest: digestOf(bytes), size: bytes.length });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: descriptor(configType, configBytes),
      layers: layers.map((layer) => descriptor('application/vnd.oci.image.layer.v1.tar+gzip', layer.bytes)),
    }),
  );
  const annotations = { 'org.opencontainers.image.ref.name': tag };
  const files: Record<string, string | Uint8Array> = {
    'oci-layout': '{"imageLayoutVersion":"1.0.0"}',
    'index.json': JSON.stringify({ schemaVersion: 2, manifests: [{ ...descriptor(MANIFEST_TYPE, manifest), annotations }] }),
  };
  for (const bytes of [manifest, configBytes, ...layers.map((layer) => layer.bytes)]) {
    files[`blobs/sha256/${digestOf(bytes).slice('sha256:'.length)}`] = bytes;
  }
  const config = { digest: digestOf(configBytes), bytes: configBytes };
  return { folder: tmpFolder(files satisfies Files), tag, manifest, digest: digestOf(manifest), config, layers };
}

/** Puts an image into a registry as it is, with skopeo: `host:5000/team/app`. */
export async function putImage(image: TestImage, name: string, to?: { username: string; password: string }): Promise<void> {
  await skopeoCopy(`oci:${image.folder}:${image.tag}`, `docker://${name}:${image.tag}`, to === undefined ? {} : { to });
}

/** Puts blobs and a manifest into a registry that asks for no credentials, by plain requests and unchecked. */
export async function putRaw(
  url: string,
  repository: string,
  manifest: { readonly reference: string; readonly bytes: Buffer | string; readonly mediaType: string },
  blobs: readonly Buffer[] = [],
): Promise<void> {
  for (const bytes of blobs) {
    const started = await fetch(`${url}/v2/${repository}/blobs/uploads/`, { method: 'POST' });
    const location = new URL(started.headers.get('location') ?? '', started.url);
    location.searchParams.set('digest', digestOf(bytes));
    const put = await fetch(location, {
      method: 'PUT',
      body: new Uint8Array(bytes),
      headers: { 'content-type': 'application/octet-stream' },
    });
    if (put.status !== 201) throw new Error(`blob: ${put.status} ${await put.text()}`);
  }
  const put = await fetch(`${url}/v2/${repository}/manifests/${manifest.reference}`, {
    method: 'PUT',
    body: new Uint8Array(Buffer.from(manifest.bytes)),
    headers: { 'content-type': manifest.mediaType },
  });
  if (put.status !== 201) throw new Error(`manifest: ${put.status} ${await put.text()}`);
}

/**
 * A layer of so many files that Debian packages installed on this machine, as a tar archive. Packages may come and go meanwhile: what tar finds
 * changed or gone is in there as it was read, or not at all.
 */
export async function debianLayer(count: number): Promise<Buffer> {
  const within = async (folder: string) => {
    const found = await runOk('find', [folder, '-size', '-64', '-printf', '%p\\0']);
    const names = found.split('\0').filter((name) => name !== '');
    return names.map((name) => name.slice(1)).toSorted(); // a folder before what is in it
  };
  const [doc, perl] = [await within('/usr/share/doc'), (await within('/usr/share/perl')).slice(0, count / 4)];
  const list = tmpFolder({ names: ['usr/share', ...doc.slice(0, count - perl.length), ...perl].join('\0') });
  const tar = join(list, 'layer.tar');
  const changing = ['--ignore-failed-read', '--format=pax', '--no-recursion', '--null'];
  const { exitCode, stderr } = await run('tar', ['-C', '/', ...changing, '-T', join(list, 'names'), '-cf', tar]);
  if (exitCode > 1) throw new Error(stderr);
  return readFileSync(tar);
}

/** What umoci unpacks of an image in a layout; returns the folder. As root with owners, else for the user alone. */
export async function umociUnpack(folder: string, tag: string): Promise<string> {
  const bundle = join(tmpFolder(), 'bundle');
  const rootless = process.getuid?.() === 0 ? [] : ['--rootless'];
  await runOk(commandPath('umoci') ?? 'umoci', ['unpack', ...rootless, '--image', `${folder}:${tag}`, bundle]);
  return join(bundle, 'rootfs');
}

/** `sha256:…` of bytes. */
export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
