import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { packTar, type TarSource } from 'modern-tar/fs';
import { shown } from '../base/index.ts';
import { decompress, type DecompressLimits } from './decompress.ts';
import { explainLayer, LayerError } from './extract-error.ts';
import type { RootfsLayer } from './rootfs.ts';

/** What an archive of one image is made of. */
export interface DockerArchiveContent {
  /** The config, byte for byte. */
  readonly config: { readonly bytes: Uint8Array; readonly digest: string };
  /** Uncompressed layers, base first; one that comes twice may be listed twice. */
  readonly layers: readonly { readonly diffId: string; readonly path: string }[];
  /** `host:5000/team/app:1.0`; undefined: none. */
  readonly name: { readonly repository: string; readonly tag: string } | undefined;
}

/** Nothing in the archive depends on when it was made. */
const PLAIN = { mtime: new Date(0), uid: 0, gid: 0, mode: 0o644 };

/**
 * Writes the tar that `docker load`, podman (`docker-archive:`) and skopeo read: `manifest.json`, the config, a tar for each layer, and
 * `repositories`. Fails when the file is there.
 */
export async function writeDockerArchive(file: string, { config, layers, name }: DockerArchiveContent): Promise<void> {
  const hex = (digest: string) => digest.slice(digest.indexOf(':') + 1);
  const manifest = [
    {
      Config: `${hex(config.digest)}.json`,
      RepoTags: name === undefined ? null : [`${name.repository}:${name.tag}`],
      Layers: layers.map((layer) => `${hex(layer.diffId)}.tar`),
    },
  ];
  const last = layers.at(-1);
  const repositories = name === undefined || last === undefined ? {} : { [name.repository]: { [name.tag]: hex(last.diffId) } };
  const distinct = new Map(layers.map((layer) => [layer.diffId, layer]));
  const sources: TarSource[] = [
    { type: 'content', target: `${hex(config.digest)}.json`, content: config.bytes, ...PLAIN },
    ...[...distinct.values()].map((layer) => ({
      type: 'file' as const,
      source: layer.path,
      target: `${hex(layer.diffId)}.tar`,
      ...PLAIN,
    })),
    { type: 'content', target: 'manifest.json', content: JSON.stringify(manifest), ...PLAIN },
    { type: 'content', target: 'repositories', content: JSON.stringify(repositories), ...PLAIN },
  ];
  await pipeline(packTar(sources), createWriteStream(file, { flags: 'wx' }));
}

/** Writes a layer uncompressed into a new file; returns its diff_id. Throws LayerError when it is not the one that `layer` has. */
export async function storeUncompressed(
  layer: RootfsLayer,
  file: string,
  options: { readonly limits?: DecompressLimits; readonly signal?: AbortSignal } = {},
): Promise<string> {
  const algorithm = layer.diffId?.startsWith('sha512:') === true ? 'sha512' : 'sha256';
  const hash = createHash(algorithm);
  const out: FileHandle = await open(file, 'wx');
  try {
    for await (const chunk of decompress(layer.open(), { ...options.limits, signal: options.signal })) {
      hash.update(chunk);
      await out.writeFile(chunk);
    }
  } catch (error) {
    throw explainLayer(error, layer.name);
  } finally {
    await out.close();
  }
  const diffId = `${algorithm}:${hash.digest('hex')}`;
  if (layer.diffId !== undefined && layer.diffId !== diffId) {
    throw new LayerError('DIFF_ID_MISMATCH', `layer ${layer.name}: it unpacks to ${diffId}, and the config says ${shown(layer.diffId)}`);
  }
  return diffId;
}
