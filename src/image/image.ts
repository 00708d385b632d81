import { type Descriptor, digestOf } from '../registry/index.ts';
import { buildConfig } from './config.ts';
import { FORMATS, type ImageFormat } from './format.ts';
import { buildLayer, type GeneratedBlob, type LayerCache, type LayerSpec } from './layer.ts';

/** A blob of an image as a push needs it. */
export interface ImageBlob {
  /** `sha256:…` of the bytes. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly mediaType: string;
  /** The bytes; undefined for a blob that the repository is known to hold. */
  readonly body: GeneratedBlob['body'] | undefined;
  /** Made for this run alone: a registry that has it already makes the push fail with `FRESH_BLOB_EXISTS`. */
  readonly fresh: boolean;
}

/** A manifest, byte for byte as it is pushed. */
interface ImageManifest {
  readonly bytes: Buffer;
  readonly mediaType: string;
  /** `sha256:…` of the bytes. */
  readonly digest: string;
}

/** An image ready to be pushed: every digest is known, no layer is held. */
export interface BuiltImage {
  readonly layers: readonly ImageBlob[];
  readonly config: ImageBlob;
  readonly manifest: ImageManifest;
  /** Bytes of all blobs. */
  readonly size: number;
}

/** A layer to make, or one that is there already (and is no more than its descriptor). */
export type ImageLayer = (LayerSpec & { readonly fresh?: boolean; readonly cached?: boolean }) | { readonly existing: Descriptor };

/** What decides an image, down to its digest. */
export interface ImageSpec {
  /** Base first. */
  readonly layers: readonly ImageLayer[];
  /** Names the image: goes into its config, so that two images of the same layers differ. */
  readonly id: string;
  /** Bytes of the config; raised to what its fields need. Default 4 KiB. */
  readonly configSize?: number;
  /** Whether the config was made for this run alone. Default false. */
  readonly fresh?: boolean;
  /** Media types. Default `oci`. */
  readonly format?: ImageFormat;
}

/** Makes an image: layers, a config with their diff_ids, and the manifest. `cache` keeps the hash states of layers marked `cached`. */
export async function buildImage(spec: ImageSpec, cache?: LayerCache): Promise<BuiltImage> {
  const format = FORMATS[spec.format ?? 'oci'];
  const layers: ImageBlob[] = [];
  for (const layer of spec.layers) layers.push(await buildImageLayer(layer, format.layer, cache));
  const configBytes = buildConfig({ id: spec.id, diffIds: layers.map((layer) => layer.digest), size: spec.configSize ?? 4096 });
  const config: ImageBlob = {
    digest: digestOf(configBytes),
    size: configBytes.length,
    mediaType: format.config,
    body: { length: configBytes.length, open: () => [configBytes] },
    fresh: spec.fresh ?? false,
  };
  return assemble(layers, config, format.manifest);
}

/** An image that is in a registry, put together from its descriptors: the manifest has the same bytes that {@link buildImage} gave it. */
export function imageOf(ref: {
  readonly layers: readonly Descriptor[];
  readonly config: Descriptor;
  readonly mediaType: string;
}): BuiltImage {
  return assemble(ref.layers.map(existingBlob), existingBlob(ref.config), ref.mediaType);
}

async function buildImageLayer(layer: ImageLayer, mediaType: string, cache: LayerCache | undefined): Promise<ImageBlob> {
  if ('existing' in layer) return existingBlob(layer.existing);
  const built = await buildLayer(layer, layer.cached === true ? cache : undefined);
  return { ...built, mediaType, fresh: layer.fresh ?? false };
}

function existingBlob(descriptor: Descriptor): ImageBlob {
  return { digest: descriptor.digest, size: descriptor.size, mediaType: descriptor.mediaType, body: undefined, fresh: false };
}

function assemble(layers: readonly ImageBlob[], config: ImageBlob, mediaType: string): BuiltImage {
  const bytes = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType, config: descriptorOf(config), layers: layers.map(descriptorOf) }, undefined, 2),
  );
  return {
    layers,
    config,
    manifest: { bytes, mediaType, digest: digestOf(bytes) },
    size: layers.reduce((sum, layer) => sum + layer.size, config.size),
  };
}

/** The descriptor of a blob, fields in the order that manifests have them. */
export function descriptorOf(blob: Pick<ImageBlob, 'mediaType' | 'digest' | 'size'>): Descriptor {
  return { mediaType: blob.mediaType, digest: blob.digest, size: blob.size };
}
