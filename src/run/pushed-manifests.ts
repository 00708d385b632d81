import type { PushedManifest } from '../flow/index.ts';

/**
 * What a run has pushed and is to remove at its end: each manifest once, however many tags it got. The one thing that grows with the length
 * of a run, by some 150 bytes for each new manifest, and only when the run is to clean up.
 */
export class PushedManifests {
  readonly #names = new Set<string>();

  get size(): number {
    return this.#names.size;
  }

  add({ repository, digest }: Pick<PushedManifest, 'repository' | 'digest'>): void {
    this.#names.add(`${repository}@${digest}`);
  }

  /** The last one first: an index was pushed after its images, and a registry may refuse to delete what one still lists. */
  toRemove(): { readonly repository: string; readonly digest: string }[] {
    return [...this.#names].toReversed().map((name) => {
      const at = name.indexOf('@');
      return { repository: name.slice(0, at), digest: name.slice(at + 1) };
    });
  }
}
