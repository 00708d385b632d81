import { MEDIA_TYPES } from '../registry/index.ts';

/** The two families of media types that an image may be pushed under. */
export type ImageFormat = 'oci' | 'docker';

/** Media types of an image with uncompressed layers. */
export const FORMATS: Record<ImageFormat, { readonly manifest: string; readonly config: string; readonly layer: string }> = {
  oci: { manifest: MEDIA_TYPES.ociManifest, config: MEDIA_TYPES.ociConfig, layer: MEDIA_TYPES.ociLayer },
  docker: { manifest: MEDIA_TYPES.dockerManifest, config: MEDIA_TYPES.dockerConfig, layer: MEDIA_TYPES.dockerLayer },
};

/** The family that a manifest's media type belongs to. */
export function imageFormatOf(mediaType: string): ImageFormat {
  return mediaType === FORMATS.docker.manifest ? 'docker' : 'oci';
}
