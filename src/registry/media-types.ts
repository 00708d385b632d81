/** Media types of the Docker and OCI formats (OCI image-spec `media-types.md`; Docker's `manifest-v2-2.md` and `manifest-v2-1.md`). */
export const MEDIA_TYPES = {
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociEmpty: 'application/vnd.oci.empty.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar',
  ociLayerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociLayerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  ociForeignLayer: 'application/vnd.oci.image.layer.nondistributable.v1.tar',
  ociForeignLayerGzip: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerManifestList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  dockerForeignLayer: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  dockerSchema1: 'application/vnd.docker.distribution.manifest.v1+json',
  dockerSchema1Signed: 'application/vnd.docker.distribution.manifest.v1+prettyjws',
} as const;

/**
 * `Accept` of manifest requests unless told otherwise: image manifests and indexes of both families. Without it a registry 2.x converts
 * to schema 1, a path that no modern client uses.
 */
export const MANIFEST_ACCEPT = [
  MEDIA_TYPES.dockerManifest,
  MEDIA_TYPES.dockerManifestList,
  MEDIA_TYPES.ociManifest,
  MEDIA_TYPES.ociIndex,
].join(', ');

const INDEXES: ReadonlySet<string> = new Set([MEDIA_TYPES.ociIndex, MEDIA_TYPES.dockerManifestList]);
const IMAGES: ReadonlySet<string> = new Set([MEDIA_TYPES.ociManifest, MEDIA_TYPES.dockerManifest]);
const SCHEMA1: ReadonlySet<string> = new Set([MEDIA_TYPES.dockerSchema1, MEDIA_TYPES.dockerSchema1Signed]);
const FOREIGN: ReadonlySet<string> = new Set([
  MEDIA_TYPES.ociForeignLayer,
  MEDIA_TYPES.ociForeignLayerGzip,
  `${MEDIA_TYPES.ociForeignLayer}+zstd`,
  MEDIA_TYPES.dockerForeignLayer,
]);

/** Which kind of manifest a media type stands for; undefined for any other type. */
export function manifestKindOf(mediaType: string): 'image' | 'index' | 'schema1' | undefined {
  if (IMAGES.has(mediaType)) return 'image';
  if (INDEXES.has(mediaType)) return 'index';
  return SCHEMA1.has(mediaType) ? 'schema1' : undefined;
}

/** Whether a layer of this type is foreign: it lives outside the registry and is neither pulled from it nor pushed to it. */
export function isForeignLayer(mediaType: string): boolean {
  return FOREIGN.has(mediaType);
}

/** A media type without parameters and in lower case: `application/json; charset=utf-8` becomes `application/json`. */
export function essenceOf(contentType: string): string {
  const end = contentType.indexOf(';');
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}
