export type { LayerError, LayerFault } from './extract-error.ts';
export { extractRootfs, type Rootfs, type RootfsLayer, type RootfsOptions } from './rootfs.ts';
export type { RootfsReport } from './rootfs-report.ts';
export { type DockerArchiveContent, storeUncompressed, writeDockerArchive } from './write-docker-archive.ts';
export { type BlobFile, type LayoutContent, writeOciLayout } from './write-layout.ts';
export { type BuildOptions, builtImageOf, checkLayers } from './built.ts';
export {
  type Compression,
  compressionOf,
  decompress,
  DecompressError,
  type DecompressLimits,
  type DecompressOptions,
} from './decompress.ts';
export { type ImageArchive, openArchive, type OpenOptions } from './open.ts';
export { ArchiveError } from './read-error.ts';
export {
  type ArchivedConfig,
  type ArchivedImage,
  type ArchivedIndex,
  type ArchivedLayer,
  type ArchivedManifest,
  type ArchivedSingle,
  isIndex,
} from './read-image.ts';
