import { MEDIA_TYPES } from '../registry/index.ts';
import type { Compression } from './layer.ts';

/** The two families of media types that an image may be pushed under. */
export type ImageFormat = 'oci' | 'docker';

/** Media types of one family. */
interface Format {
  readonly manifest: string;
  readonly index: string;
  readonly config: string;
  readonly layer: Readonly<Record<Compression, string>>;
}

/** Media types of generated images. */
export const FORMATS: Record<ImageFormat, Format> = {
  oci: {
    manifest: MEDIA_TYPES.ociManifest,
    index: MEDIA_TYPES.ociIndex,
    config: MEDIA_TYPES.ociConfig,
    layer: { none: MEDIA_TYPES.ociLayer, gzip: MEDIA_TYPES.ociLayerGzip },
  },
  docker: {
    manifest: MEDIA_TYPES.dockerManifest,
    index: MEDIA_TYPES.dockerManifestList,
    config: MEDIA_TYPES.dockerConfig,
    layer: { none: MEDIA_TYPES.dockerLayer, gzip: MEDIA_TYPES.dockerLayerGzip },
  },
};

/** The family that a manifest's or index's media type belongs to. */
export function imageFormatOf(mediaType: string): ImageFormat {
  return mediaType === FORMATS.docker.manifest || mediaType === FORMATS.docker.index ? 'docker' : 'oci';
}
