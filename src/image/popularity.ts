import { InvalidConfigError, type Random } from '../base/index.ts';
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
  const { zipf = 1.05, hotTag = 0.5 } = popularity;
  // Not a number would silently choose the last one always.
  if (!(zipf >= 0 && zipf < Number.POSITIVE_INFINITY)) throw unusable('zipf', zipf, 'a number from 0 on');
  if (!(hotTag >= 0 && hotTag <= 1)) throw unusable('hotTag', hotTag, 'a share from 0 to 1');
  const repository = random.zipf(byRepository(refs), zipf);
  const [hot, ...others] = repository as readonly [T, ...T[]];
  if (others.length === 0 || random.chance(hotTag)) return hot;
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

function unusable(name: string, value: unknown, fix: string): InvalidConfigError {
  return new InvalidConfigError([{ where: `images.popular().${name}`, what: `${String(value)} is not valid`, fix }]);
}
