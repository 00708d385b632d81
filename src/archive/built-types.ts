import type { ImageFormat } from '../image/index.ts';
import { isForeignLayer, MEDIA_TYPES } from '../registry/index.ts';
import type { Compression } from './decompress.ts';

/** Media types of one family, by what a layer's bytes are. Docker has none for zstd. */
interface Family {
  readonly manifest: string;
  readonly index: string;
  readonly config: string;
  readonly layer: Readonly<Partial<Record<Compression, string>>>;
  readonly foreign: Readonly<Partial<Record<Compression, string>>>;
}

/** Both families. */
export const FAMILIES: Readonly<Record<ImageFormat, Family>> = {
  oci: {
    manifest: MEDIA_TYPES.ociManifest,
    index: MEDIA_TYPES.ociIndex,
    config: MEDIA_TYPES.ociConfig,
    layer: { none: MEDIA_TYPES.ociLayer, gzip: MEDIA_TYPES.ociLayerGzip, zstd: MEDIA_TYPES.ociLayerZstd },
    foreign: {
      none: MEDIA_TYPES.ociForeignLayer,
      gzip: MEDIA_TYPES.ociForeignLayerGzip,
      zstd: `${MEDIA_TYPES.ociForeignLayer}+zstd`,
    },
  },
  docker: {
    manifest: MEDIA_TYPES.dockerManifest,
    index: MEDIA_TYPES.dockerManifestList,
    config: MEDIA_TYPES.dockerConfig,
    layer: { none: MEDIA_TYPES.dockerLayer, gzip: MEDIA_TYPES.dockerLayerGzip },
    foreign: { gzip: MEDIA_TYPES.dockerForeignLayer },
  },
};

/** Types in use that stand in no table: BuildKit's zstd layers with Docker's types. */
const OTHERS: Readonly<Record<string, Compression>> = { 'application/vnd.docker.image.rootfs.diff.tar.zstd': 'zstd' };

/** The compression that a layer type declares; undefined for what is no layer of a root file system. */
export function declaredCompression(mediaType: string): Compression | undefined {
  for (const { layer, foreign } of Object.values(FAMILIES)) {
    for (const types of [layer, foreign]) {
      const found = Object.entries(types).find(([, type]) => type === mediaType);
      if (found !== undefined) return found[0] as Compression;
    }
  }
  return OTHERS[mediaType];
}

/** Whether this is the type of a layer of a root file system, and so has a diff_id. */
export function isLayerType(mediaType: string): boolean {
  return declaredCompression(mediaType) !== undefined;
}

/** The type of a layer in a family; undefined where the family has none. */
export function layerType(format: ImageFormat, compression: Compression, foreign: boolean): string | undefined {
  return FAMILIES[format][foreign ? 'foreign' : 'layer'][compression];
}

/** The type that a foreign layer has in another family. */
export function foreignType(format: ImageFormat, mediaType: string): string | undefined {
  const compression = declaredCompression(mediaType);
  return compression === undefined || !isForeignLayer(mediaType) ? undefined : layerType(format, compression, true);
}
