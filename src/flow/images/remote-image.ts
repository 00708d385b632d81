import { type BuiltImage, bytesBlob, existingBlob, type ImageBlob, imageOfBytes } from '../../image/index.ts';
import {
  type Descriptor,
  digestOf,
  algorithmOf,
  type ImageManifest,
  isForeignLayer,
  ManifestError,
  parseManifest,
  type Platform,
  type RegistryClient,
} from '../../registry/index.ts';
import { FlowError } from '../failure.ts';
import { choosePlatform } from '../platform.ts';
import { remoteBlob } from './remote-blob.ts';

/** Where an image is read from. */
export interface RemoteSource {
  readonly registry: RegistryClient;
  readonly repository: string;
}

/** Indexes on the way to an image; a registry that nests deeper, or in a circle, is refused. */
const DEEPEST_INDEX = 4;

/** Configs are JSON and small; larger ones are streamed like layers, and nobody looks into them. */
const CONFIG_LIMIT = 4 * 1024 * 1024;

/**
 * Reads the manifests of an image, and its configs, and makes something to push of them: layers are fetched when they are sent. With a platform,
 * an index is left behind, and only the image of that platform is taken.
 */
export async function remoteImage(source: RemoteSource, reference: string, platform?: string): Promise<BuiltImage> {
  return read(source, reference, platform, 0);
}

async function read(source: RemoteSource, reference: string, platform: string | undefined, depth: number): Promise<BuiltImage> {
  if (depth > DEEPEST_INDEX) throw new FlowError('INDEX_TOO_DEEP', `the image leads through more than ${DEEPEST_INDEX} indexes`);
  const content = await source.registry.manifests.get(source.repository, reference);
  if (content.mismatch !== undefined) throw new FlowError(content.mismatch.code, content.mismatch.detail);
  const manifest = parseManifest(content.bytes, content.mediaType);
  if (manifest.kind === 'schema1')
    throw new ManifestError('it is in Docker schema 1, which has no digests of what it holds, so it cannot be copied');
  if (manifest.kind === 'image') return readImage(source, content.bytes, manifest);
  if (platform !== undefined) return read(source, choosePlatform(manifest, platform).digest, platform, depth + 1);
  if (manifest.manifests.length === 0) throw new ManifestError('it is an index of nothing');
  const children: BuiltImage[] = [];
  for (const entry of manifest.manifests) {
    const child = await read(source, entry.digest, undefined, depth + 1);
    children.push(withPlatform(child, entry.platform));
  }
  return imageOfBytes(content.bytes, manifest.mediaType, { children });
}

function withPlatform(image: BuiltImage, platform: Platform | undefined): BuiltImage {
  return platform === undefined ? image : { ...image, platform };
}

async function readImage(source: RemoteSource, bytes: Buffer, manifest: ImageManifest): Promise<BuiltImage> {
  const config = await readConfig(source, manifest.config);
  const diffIds = config.diffIds?.length === manifest.layers.length ? config.diffIds : [];
  const layers = manifest.layers.map((layer, i) => remoteLayer(source, layer, diffIds[i]));
  const image = imageOfBytes(bytes, manifest.mediaType, { layers, config: config.blob });
  return manifest.subject === undefined ? image : { ...image, subject: manifest.subject };
}

function remoteLayer({ registry, repository }: RemoteSource, layer: Descriptor, diffId: string | undefined): ImageBlob {
  const known = { ...existingBlob(layer), ...(diffId === undefined || diffId === layer.digest ? {} : { diffId }) };
  return isForeignLayer(layer.mediaType) ? known : { ...known, body: remoteBlob(registry, repository, layer) };
}

/** The config, and what it calls its layers, where it says so. */
async function readConfig(source: RemoteSource, config: Descriptor): Promise<{ blob: ImageBlob; diffIds: readonly string[] | undefined }> {
  const body = remoteBlob(source.registry, source.repository, config);
  if (config.size > CONFIG_LIMIT) return { blob: { ...existingBlob(config), body }, diffIds: undefined };
  const chunks: Uint8Array[] = [];
  for await (const chunk of body.open()) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  if (digestOf(bytes, algorithmOf(config.digest)) !== config.digest) {
    throw new FlowError('DIGEST_MISMATCH', 'the bytes of a config do not have the digest that it was asked for by');
  }
  return { blob: { ...bytesBlob(bytes, config.mediaType, false), digest: config.digest }, diffIds: diffIdsIn(bytes) };
}

function diffIdsIn(bytes: Buffer): readonly string[] | undefined {
  try {
    const config = JSON.parse(bytes.toString()) as { rootfs?: { diff_ids?: unknown } } | null;
    const diffIds = config?.rootfs?.diff_ids;
    return Array.isArray(diffIds) && diffIds.every((id) => typeof id === 'string') ? diffIds : undefined;
  } catch {
    return undefined; // the config of an artifact may be anything
  }
}
