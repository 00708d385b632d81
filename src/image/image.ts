import type { BodySource } from '../http/index.ts';
import { type Descriptor, digestOf, type Platform } from '../registry/index.ts';
import { buildConfig } from './config.ts';
import { FORMATS, type ImageFormat } from './format.ts';
import { buildLayer, type Compression, type LayerCache, type LayerSpec } from './layer.ts';

/** A blob of an image as a push needs it. */
export interface ImageBlob {
  /** `sha256:…` of the bytes. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly mediaType: string;
  /** The bytes; undefined for a blob that the repository is known to hold. */
  readonly body: BodySource | undefined;
  /** Made for this run alone: a registry that has it already makes the push fail with `FRESH_BLOB_EXISTS`. */
  readonly fresh: boolean;
  /** Of a compressed layer: digest of its bytes before compression. Default: `digest`. */
  readonly diffId?: string;
}

/** A manifest, byte for byte as it is pushed. */
interface ImageManifest {
  readonly bytes: Buffer;
  readonly mediaType: string;
  /** `sha256:…` of the bytes. */
  readonly digest: string;
}

/**
 * An image ready to be pushed: every digest is known, no layer is held. Or an index: its `children` are pushed first, each by its digest, and
 * `layers` and `config` are those of the first of them. Foreign layers are listed and not pushed.
 */
export interface BuiltImage {
  /** Base first. */
  readonly layers: readonly ImageBlob[];
  readonly config: ImageBlob;
  readonly manifest: ImageManifest;
  /** Bytes of all blobs. */
  readonly size: number;
  /** What an index lists, in its order; undefined for an image. */
  readonly children?: readonly BuiltImage[];
  /** What a child of an index is built for. */
  readonly platform?: Platform;
  /** The manifest that this one, an artifact, belongs to. */
  readonly subject?: Descriptor;
}

/** A layer to make, or one that is there already (and is no more than its descriptor). */
export type ImageLayer =
  | (LayerSpec & { readonly fresh?: boolean; readonly cached?: boolean })
  | { readonly existing: Descriptor; readonly diffId?: string };

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
  /** What the config says that it is built for. Default linux/amd64. */
  readonly platform?: Platform;
  /** Makes an index of one image for each of these, which share no layers. */
  readonly platforms?: readonly Platform[];
}

/**
 * Makes an image: layers, a config with their diff_ids, and the manifest; or an index of such. `cache` keeps the hash states of layers marked
 * `cached`.
 */
export async function buildImage(spec: ImageSpec, cache?: LayerCache): Promise<BuiltImage> {
  const format = FORMATS[spec.format ?? 'oci'];
  if (spec.platforms !== undefined) return buildIndex(spec, spec.platforms, format.index, cache);
  const layers: ImageBlob[] = [];
  for (const layer of spec.layers) layers.push(await buildImageLayer(layer, format.layer, cache));
  const { id, platform } = spec;
  const diffIds = layers.map((layer) => layer.diffId ?? layer.digest);
  const config = bytesBlob(buildConfig({ id, diffIds, size: spec.configSize ?? 4096, platform }), format.config, spec.fresh ?? false);
  const image = assemble(layers, config, format.manifest);
  return platform === undefined ? image : { ...image, platform };
}

async function buildIndex(
  spec: ImageSpec,
  platforms: readonly Platform[],
  mediaType: string,
  cache: LayerCache | undefined,
): Promise<BuiltImage> {
  const { platforms: _, ...one } = spec;
  const children: BuiltImage[] = [];
  for (const platform of platforms) {
    const name = formatPlatform(platform);
    // A salt alone tells fresh layers apart, so that all of a size still share a hash.
    const layers = spec.layers.map((layer) => {
      if ('existing' in layer) return layer;
      return layer.salt === undefined ? { ...layer, key: [...layer.key, name] } : { ...layer, salt: `${layer.salt}/${name}` };
    });
    children.push(await buildImage({ ...one, id: `${spec.id}/${name}`, layers, platform }, cache));
  }
  return indexOf(children, mediaType);
}

/** An index of images, which carry the platforms that it tells. It needs at least one. */
function indexOf(children: readonly BuiltImage[], mediaType: string): BuiltImage {
  const manifests = children.map(({ manifest, platform }) => ({
    mediaType: manifest.mediaType,
    digest: manifest.digest,
    size: manifest.bytes.length,
    ...(platform === undefined ? {} : { platform: platformFields(platform) }),
  }));
  return imageOfBytes(json({ schemaVersion: 2, mediaType, manifests }), mediaType, { children });
}

/** An image around a manifest that is there byte for byte: an index of `children`, or what `blobs` are told. */
export function imageOfBytes(
  bytes: Buffer,
  mediaType: string,
  content: { readonly children: readonly BuiltImage[] } | { readonly layers: readonly ImageBlob[]; readonly config: ImageBlob },
): BuiltImage {
  const manifest = { bytes, mediaType, digest: digestOf(bytes) };
  if (!('children' in content)) return { ...content, manifest, size: sizeOf([...content.layers, content.config]) };
  const { children } = content;
  const [first] = children;
  if (first === undefined) throw new RangeError('an index needs at least one image');
  return { layers: first.layers, config: first.config, manifest, size: sizeOf(blobsOf(children)), children };
}

/** Every blob of images and of what indexes among them list, repeats included. */
function blobsOf(images: readonly BuiltImage[]): ImageBlob[] {
  return images.flatMap(({ children, layers, config }) => (children === undefined ? [...layers, config] : blobsOf(children)));
}

/** `linux/arm64/v8`. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return `${os}/${architecture}${variant === undefined ? '' : `/${variant}`}`;
}

/** Fields in the order that indexes have them. */
function platformFields({ os, architecture, variant }: Platform): Platform {
  return { architecture, os, ...(variant === undefined ? {} : { variant }) };
}

/**
 * An image that is in a registry, put together from its descriptors: the manifest has the same bytes that {@link buildImage} gave it, or
 * those of `manifest` where it is not of our making.
 */
export function imageOf(ref: {
  readonly layers: readonly Descriptor[];
  readonly config: Descriptor;
  readonly mediaType: string;
  readonly manifest?: string;
}): BuiltImage {
  const layers = ref.layers.map(existingBlob);
  const config = existingBlob(ref.config);
  if (ref.manifest === undefined) return assemble(layers, config, ref.mediaType);
  return imageOfBytes(Buffer.from(ref.manifest), ref.mediaType, { layers, config });
}

async function buildImageLayer(
  layer: ImageLayer,
  mediaTypes: Readonly<Record<Compression, string>>,
  cache?: LayerCache,
): Promise<ImageBlob> {
  if ('existing' in layer) return { ...existingBlob(layer.existing), ...(layer.diffId === undefined ? {} : { diffId: layer.diffId }) };
  const { digest, size, body, diffId, compression } = await buildLayer(layer, layer.cached === true ? cache : undefined);
  const blob = { digest, size, mediaType: mediaTypes[compression], body, fresh: layer.fresh ?? false };
  return diffId === digest ? blob : { ...blob, diffId };
}

/** A small blob at hand. */
export function bytesBlob(bytes: Buffer, mediaType: string, fresh: boolean): ImageBlob {
  return { digest: digestOf(bytes), size: bytes.length, mediaType, body: { length: bytes.length, open: () => [bytes] }, fresh };
}

/** A blob of which only the descriptor is known, since the repository is known to hold it. */
export function existingBlob(descriptor: Descriptor): ImageBlob {
  return { digest: descriptor.digest, size: descriptor.size, mediaType: descriptor.mediaType, body: undefined, fresh: false };
}

function assemble(layers: readonly ImageBlob[], config: ImageBlob, mediaType: string): BuiltImage {
  const bytes = json({ schemaVersion: 2, mediaType, config: descriptorOf(config), layers: layers.map(descriptorOf) });
  return imageOfBytes(bytes, mediaType, { layers, config });
}

/** Manifests as loadreg writes them. */
export function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value, undefined, 2));
}

function sizeOf(blobs: readonly ImageBlob[]): number {
  return blobs.reduce((sum, { size }) => sum + size, 0);
}

/** The descriptor of a blob, fields in the order that manifests have them. */
export function descriptorOf(blob: Pick<ImageBlob, 'mediaType' | 'digest' | 'size'>): Descriptor {
  return { mediaType: blob.mediaType, digest: blob.digest, size: blob.size };
}
