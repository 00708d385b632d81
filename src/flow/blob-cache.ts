import type { VU } from './vu.ts';

/**
 * Which blobs a client has already when it pulls, as a host has in its local store.
 *
 * - `none`: nothing; every pull downloads everything, as on hosts that were started a moment ago.
 * - `per-vu`: what this VU has pulled in this run; each VU is a host of its own.
 * - `shared`: what any VU of this thread has pulled in this run; all of them are one host.
 */
export type CachePolicy = 'none' | 'per-vu' | 'shared';

/** Every {@link CachePolicy}, for option tables and messages. */
export const CACHE_POLICIES: readonly CachePolicy[] = ['none', 'per-vu', 'shared'];

/** The blobs that one host has. Digests only: nothing is ever stored. */
export interface BlobCache {
  /** Whether the host has the blob, so that it asks no registry for it. */
  has(digest: string): boolean;
  /** Tells that a blob arrived whole. Blobs under way are not in the cache: two pulls at once both fetch them. */
  add(digest: string): void;
}

/**
 * The cache that the policy gives to this VU, undefined for `none`. It lives as long as the run. Set-up, load and teardown are hosts of their
 * own: what `setup` pulls warms nobody.
 */
export function cacheOf(vu: VU, policy: CachePolicy): BlobCache | undefined {
  if (policy === 'none') return undefined;
  const { shared, scope } = vu.internals;
  const host = policy === 'shared' ? 'shared' : `vu ${vu.exec.vu.idInTest}`;
  const key = `blob-cache/${scope.stage}/${host}`;
  let cache = shared.get(key) as BlobCache | undefined;
  if (cache === undefined) {
    cache = new Set<string>();
    shared.set(key, cache);
  }
  return cache;
}
