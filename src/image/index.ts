export {
  buildImage,
  descriptorOf,
  imageOf,
  type BuiltImage,
  type ImageBlob,
  type ImageLayer,
  type ImageSpec,
} from './image.ts';
export { type ImageFormat, imageFormatOf } from './format.ts';
export type { ImageRef, SeededImage } from './image-ref.ts';
export { buildLayer, type GeneratedBlob, type LayerCache, type LayerSpec } from './layer.ts';
export { pickPopular, type Popularity } from './popularity.ts';
export { type Content, type ContentOptions, readContent, type Size, throwProblems } from './options.ts';
export {
  baseLayers,
  freshLayer,
  planSeed,
  runSlug,
  type SeedOptions,
  underPrefix,
} from './seed-plan.ts';
