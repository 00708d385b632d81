import type { Random } from '../base/index.ts';
import type { ImageRef } from './image-ref.ts';

/** How pulls spread over images. */
export interface Popularity {
  /** Exponent of Zipf's law over the repositories, in the order given; 0 makes all equal. Default 1.05, as registry traces have it. */
  readonly zipf?: number;
  /** Share of the pulls of a repository, 0 to 1, that go to its first tag; the others share the rest. Default 0.5. */
  readonly hotTag?: number;
}

const groups = new WeakMap<readonly ImageRef[], readonly (readonly ImageRef[])[]>();

/**
 * Draws an image as registries see them drawn: first the repository by Zipf's law, then its hot tag or one of the others.
 * Keep `refs` in one array: it is grouped once per array.
 */
export function pickPopular<T extends ImageRef>(random: Random, refs: readonly T[], popularity: Popularity = {}): T {
  if (refs.length === 0) throw new RangeError('images.popular() needs at least one image');
  const repository = random.zipf(byRepository(refs), popularity.zipf ?? 1.05);
  const [hot, ...others] = repository as readonly [T, ...T[]];
  if (others.length === 0 || random.chance(popularity.hotTag ?? 0.5)) return hot;
  return random.pick(others);
}

function byRepository<T extends ImageRef>(refs: readonly T[]): readonly (readonly T[])[] {
  let found = groups.get(refs);
  if (found === undefined) {
    const map = new Map<string, T[]>();
    for (const ref of refs) {
      const group = map.get(ref.repository);
      if (group === undefined) map.set(ref.repository, [ref]);
      else group.push(ref);
    }
    found = [...map.values()];
    groups.set(refs, found);
  }
  return found as readonly (readonly T[])[];
}
