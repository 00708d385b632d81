import { InvalidConfigError, type Problem } from '../../base/index.ts';
import type { ImageRef } from '../../image/index.ts';
import { parseReference } from '../../registry/index.ts';
import type { VU } from '../vu.ts';

/**
 * Images by name, for pulls from a registry that we may not write to.
 *
 * @example
 * const refs = images.fromList(['team/app:1.0', 'team/app@sha256:…']);
 */
export function fromList(references: readonly string[]): ImageRef[] {
  const problems: Problem[] = [];
  const refs = references.map((text) => {
    try {
      return parseReference(text);
    } catch (error) {
      if (!(error instanceof InvalidConfigError)) throw error;
      problems.push(...error.problems);
      return { repository: text };
    }
  });
  if (problems.length > 0) throw new InvalidConfigError(problems);
  return refs;
}

/** What {@link fromCatalog} takes of what it finds. */
export interface FromCatalogOptions {
  /** Images at most. Default 100. */
  readonly limit?: number;
  /** Keeps an image when it returns true; asked with each repository alone first, then with each of its tags. */
  readonly filter?: (repository: string, tag: string | undefined) => boolean;
}

/**
 * Images that the registry lists: walks its catalog and the tags of each repository until it has `limit` of them. Needs the right to read
 * the catalog, which many registries keep for administrators.
 */
export async function fromCatalog(vu: VU, options: FromCatalogOptions = {}): Promise<ImageRef[]> {
  const limit = options.limit ?? 100;
  const keep = options.filter ?? (() => true);
  const refs: ImageRef[] = [];
  if (limit <= 0) return refs;
  for await (const repository of vu.registry.catalog.all()) {
    vu.signal.throwIfAborted();
    if (!keep(repository, undefined)) continue;
    for await (const tag of vu.registry.tags.all(repository, { missingOk: true })) {
      if (!keep(repository, tag)) continue;
      refs.push({ repository, tag });
      if (refs.length >= limit) return refs;
    }
  }
  return refs;
}
