import { shown } from '../base/index.ts';
import { type BuiltImage, bytesBlob, type ImageBlob, type ImageFormat, imageFormatOf } from '../image/index.ts';
import { type Descriptor, digestOf } from '../registry/index.ts';
import { declaredCompression, FAMILIES, foreignType, layerType } from './built-types.ts';
import { isFields, isImageConfig, parseJson } from './read-config.ts';
import {
  type ArchivedImage,
  type ArchivedIndex,
  type ArchivedLayer,
  type ArchivedManifest,
  type ArchivedSingle,
  isIndex,
} from './read-image.ts';
import type { LayerBytes } from './read-layer.ts';

/** How an archived image is pushed. */
export interface BuildOptions {
  /**
   * `gzip`: layers that are not compressed are, once, at a fixed level and with a fixed header, so that the same archive gives the same digests
   * on the same machine. Default: as they are stored.
   */
  readonly compress?: 'gzip' | undefined;
  /** Family of media types. Default: what the manifest has; Docker's for a docker archive, or OCI's where it has a zstd layer. */
  readonly format?: ImageFormat | undefined;
  /** Take layers as the archive tells of them, where they need not be compressed; whoever asks for that has {@link checkLayers} to check them. */
  readonly unchecked?: boolean | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * An image of an archive as a push needs it. Reads every layer once and checks it against its digest and diff_id (unless `unchecked`); the bodies stream from disk, so
 * the archive has to stay open while they are pushed. A manifest of the archive is kept byte for byte where nothing in it changes; the config
 * always is. Media types are those of what the bytes are. Foreign layers stay in the manifest and are not among the blobs. Throws
 * ArchiveError with the name of what does not fit.
 */
export async function builtImageOf(image: ArchivedImage, options: BuildOptions = {}): Promise<BuiltImage> {
  if (isIndex(image)) return buildIndex(image, options);
  const bytes: (LayerBytes | undefined)[] = [];
  for (const { content, diffId } of image.layers) {
    const packed = options.compress === 'gzip' && diffId !== undefined;
    if (packed) bytes.push(await content?.gzipped());
    else bytes.push(options.unchecked === true ? await content?.told() : await content?.stored());
  }
  const manifest =
    image.manifest === undefined ? writtenManifest(image, bytes, options) : keptManifest(image, image.manifest, bytes, options);
  const descriptors = manifest.layers;
  const layers = bytes.flatMap((layer, index): ImageBlob[] => {
    if (layer === undefined) return [];
    const { digest, size, body } = layer;
    const diffId = image.layers[index]?.diffId;
    return [
      {
        digest,
        size,
        mediaType: (descriptors[index] as Descriptor).mediaType,
        body,
        fresh: false,
        ...(diffId === undefined ? {} : { diffId }),
      },
    ];
  });
  const config = { ...bytesBlob(image.config.bytes, manifest.configType, false), digest: image.config.digest };
  return {
    layers,
    config,
    manifest: manifest.manifest,
    size: [...layers, config].reduce((sum, { size }) => sum + size, 0),
    ...(image.platform === undefined ? {} : { platform: image.platform }),
    ...(image.subject === undefined ? {} : { subject: image.subject }),
  };
}

/**
 * Reads every layer of an image that was not read yet and checks it against its digest and diff_id, one after the other. Throws ArchiveError
 * with the name of the first that does not fit.
 */
export async function checkLayers(image: ArchivedImage): Promise<void> {
  if (isIndex(image)) for (const child of image.children) await checkLayers(child);
  else for (const { content } of image.layers) await content?.stored();
}

interface Written {
  readonly manifest: ArchivedManifest;
  readonly configType: string;
  /** In the order of the image's layers. */
  readonly layers: readonly Descriptor[];
}

/** The manifest of a docker archive, which has none. */
function writtenManifest(image: ArchivedSingle, bytes: readonly (LayerBytes | undefined)[], options: BuildOptions): Written {
  const format = options.format ?? (bytes.some((layer) => layer?.compression === 'zstd') ? 'oci' : 'docker');
  const { manifest: mediaType, config: configType } = FAMILIES[format];
  const layers = image.layers.map((layer, index) => describe(image, layer, bytes[index], format));
  const config = { mediaType: configType, size: image.config.bytes.length, digest: image.config.digest };
  return { manifest: manifestOf({ schemaVersion: 2, mediaType, config, layers }, mediaType), configType, layers };
}

/** The manifest of an OCI layout: as it is, or with other layers where they are compressed now or belong to another family. */
function keptManifest(
  image: ArchivedSingle,
  manifest: ArchivedManifest,
  bytes: readonly (LayerBytes | undefined)[],
  options: BuildOptions,
): Written {
  const own = imageFormatOf(manifest.mediaType);
  const format = options.format ?? own;
  const told = image.layers.map(({ descriptor }) => descriptor as Descriptor);
  const converted = format !== own;
  if (!converted && options.compress === undefined) {
    for (const [index, layer] of image.layers.entries()) expectType(image, layer, bytes[index]);
    return { manifest, configType: image.config.mediaType, layers: told };
  }
  if (converted && !isImageConfig(image.config.mediaType)) {
    throw image.files.refuse(`${manifest.digest} is no image but an artifact, which has no media types of ${format}`);
  }
  const layers = image.layers.map((layer, index) => describe(image, layer, bytes[index], format));
  const configType = converted ? FAMILIES[format].config : image.config.mediaType;
  const mediaType = converted ? FAMILIES[format].manifest : manifest.mediaType;
  const changed =
    converted || layers.some((layer, index) => layer.digest !== told[index]?.digest || layer.mediaType !== told[index].mediaType);
  if (!changed) return { manifest, configType, layers };
  const fields = fieldsOf(image, manifest);
  const rawLayers = (fields['layers'] as readonly Fields[]).map((layer, index) => ({ ...layer, ...layers[index] }));
  const rawConfig = { ...(fields['config'] as Fields), mediaType: configType };
  return { manifest: manifestOf({ ...fields, mediaType, config: rawConfig, layers: rawLayers }, mediaType), configType, layers };
}

/** What a manifest says of a layer: its type by its bytes. What has no bytes here, or is no layer of a file system, keeps what it has. */
function describe(
  image: ArchivedSingle,
  { descriptor, diffId }: ArchivedLayer,
  bytes: LayerBytes | undefined,
  format: ImageFormat,
): Descriptor {
  if (bytes === undefined) {
    const foreign = descriptor as Descriptor;
    const mediaType = foreignType(format, foreign.mediaType);
    if (mediaType === undefined) throw image.files.refuse(`the foreign layer ${foreign.digest} has no media type of ${format}`);
    return { ...foreign, mediaType };
  }
  const { digest, size, compression } = bytes;
  if (diffId === undefined && descriptor !== undefined) return { mediaType: descriptor.mediaType, size, digest };
  const mediaType = layerType(format, compression, false);
  if (mediaType === undefined)
    throw image.files.refuse(`the layer ${digest} is compressed with ${compression}, which has no media type of ${format}`);
  return { mediaType, size, digest };
}

/** A wrong type breaks clients that choose their decompressor by it. What is no layer of a file system may be called as one likes. */
function expectType(image: ArchivedSingle, { descriptor, diffId }: ArchivedLayer, bytes: LayerBytes | undefined): void {
  if (descriptor === undefined || diffId === undefined || bytes === undefined) return;
  const { mediaType, digest } = descriptor;
  if (declaredCompression(mediaType) === bytes.compression) return;
  const is = bytes.compression === 'none' ? 'not compressed' : `compressed with ${bytes.compression}`;
  throw image.files.refuse(`the layer ${digest} is declared as ${shown(mediaType)}, but it is ${is}`, {
    hint: '--compress writes a manifest with the right types',
  });
}

/** An index, with its children built. Those that are missing are left out of it: a registry takes no index with holes. */
async function buildIndex(index: ArchivedIndex, options: BuildOptions): Promise<BuiltImage> {
  const children: BuiltImage[] = [];
  for (const child of index.children) children.push(await builtImageOf(child, options));
  const manifest = indexManifest(index, children, options.format);
  const [first] = children as [BuiltImage, ...BuiltImage[]];
  const size = children.reduce((sum, child) => sum + child.size, 0);
  return { layers: first.layers, config: first.config, manifest, size, children };
}

function indexManifest(index: ArchivedIndex, children: readonly BuiltImage[], wanted: ImageFormat | undefined): ArchivedManifest {
  const { manifest, missing } = index;
  const format = wanted ?? imageFormatOf(manifest.mediaType);
  const mediaType = format === imageFormatOf(manifest.mediaType) ? manifest.mediaType : FAMILIES[format].index;
  const same = children.every((child, at) => child.manifest.digest === digestIn(index.children[at]));
  if (same && missing.length === 0 && mediaType === manifest.mediaType) return manifest;
  const absent = new Set(missing.map(({ digest }) => digest));
  const fields = fieldsOf(index, manifest);
  const kept = (fields['manifests'] as readonly Fields[]).filter((entry) => !absent.has(entry['digest'] as string));
  const manifests = kept.map((entry, at) => {
    const { manifest: child } = children[at] as BuiltImage;
    return { ...entry, mediaType: child.mediaType, digest: child.digest, size: child.bytes.length };
  });
  return manifestOf({ ...fields, mediaType, manifests }, mediaType);
}

function digestIn(image: ArchivedImage | undefined): string | undefined {
  return image?.manifest?.digest;
}

/** A manifest with all of its fields, those that loadreg does not know too. */
function fieldsOf({ files }: ArchivedImage, { bytes, digest }: ArchivedManifest): Fields {
  const fields = parseJson(bytes, `the manifest ${digest}`, files.refuse);
  return isFields(fields) ? fields : {};
}

function manifestOf(fields: object, mediaType: string): ArchivedManifest {
  const bytes = Buffer.from(JSON.stringify(fields, undefined, 2));
  return { bytes, mediaType, digest: digestOf(bytes) };
}
