import { type ImageRef, pickPopular, type Popularity } from '../../image/index.ts';
import type { VU } from '../vu.ts';
import { fresh, retag } from './fresh.ts';
import { fromCatalog, fromList } from './known.ts';
import { seed } from './seed.ts';

/** Where the images of a scenario come from. */
export const images = {
  seed,
  fresh,
  retag,
  fromList,
  fromCatalog,

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

export type { FreshOptions, RetagOptions } from './fresh.ts';
export type { FromCatalogOptions } from './known.ts';
export type { SeedImagesOptions } from './seed.ts';
