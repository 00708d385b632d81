export { type ArtifactSpec, buildArtifact } from './artifact.ts';
export {
  buildImage,
  bytesBlob,
  descriptorOf,
  existingBlob,
  formatPlatform,
  imageOf,
  imageOfBytes,
  type BuiltImage,
  type ImageBlob,
  type ImageLayer,
  type ImageSpec,
} from './image.ts';
export { type ImageFormat, imageFormatOf } from './format.ts';
export type { ImageRef, PlatformImage, SeededImage } from './image-ref.ts';
export { buildLayer, type Compression, type GeneratedBlob, type LayerCache, type LayerSpec } from './layer.ts';
export { pickPopular, type Popularity } from './popularity.ts';
export { type Content, type ContentOptions, type DrawnLayers, readContent, type Size, throwProblems } from './options.ts';
export {
  baseLayers,
  fixedLayers,
  freshLayers,
  imageSpec,
  layerSizes,
  planSeed,
  runSlug,
  type SeedOptions,
  underPrefix,
} from './seed-plan.ts';
export { drawLayers, drawSize, type DrawnContent, type LayerDistribution } from './sizes.ts';
