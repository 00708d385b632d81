import { type ImageRef, pickPopular, type Popularity } from '../../image/index.ts';
import type { VU } from '../vu.ts';
import { artifact } from './artifact.ts';
import { fresh, retag } from './fresh.ts';
import { archived, fromArchive, fromLayout } from './from-archive.ts';
import { fromRegistry } from './from-registry.ts';
import { fromCatalog, fromList } from './known.ts';
import { seed } from './seed.ts';
import { synthetic } from './synthetic.ts';

/** Where the images of a scenario come from. */
export const images = {
  seed,
  synthetic,
  fresh,
  retag,
  artifact,
  fromList,
  fromCatalog,
  fromRegistry,
  fromArchive,
  fromLayout,
  archived,

  /**
   * Draws one image as registries see them drawn: the repository by Zipf's law (in the order of `refs`), then its first tag with a share of
   * its own, or one of the others.
   *
   * @example
   * const ref = images.popular(vu, data.refs, { zipf: 1.05, hotTag: 0.5 });
   */
  popular<T extends ImageRef>(vu: VU, refs: readonly T[], popularity: Popularity = {}): T {
    return pickPopular(vu.random, refs, popularity);
  },
} as const;

export type { ArtifactOptions } from './artifact.ts';
export type { FreshOptions, RetagOptions } from './fresh.ts';
export type { ArchiveOptions, FromArchiveOptions } from './from-archive.ts';
export type { FromRegistryOptions } from './from-registry.ts';
export type { FromCatalogOptions } from './known.ts';
export type { SeedImagesOptions } from './seed.ts';
export type { SyntheticOptions } from './synthetic.ts';
