import { ApiError } from './errors.ts';

/** One page of a sorted list, and the query of the next page if there is one. */
export interface Page {
  readonly entries: readonly string[];
  readonly next: string | undefined;
}

/**
 * Cuts the page out of a sorted list that `n` and `last` ask for (distribution spec, "Listing tags"): what follows `last`, at most `n` of it.
 * `n=0` is an empty page and no next one. Throws PAGINATION_NUMBER_INVALID when `n` is no whole number.
 */
export function cutPage(sorted: readonly string[], query: URLSearchParams): Page {
  const n = query.get('n');
  if (n !== null && !/^\d{1,9}$/.test(n)) throw new ApiError('PAGINATION_NUMBER_INVALID', 'n must be a whole number', { detail: { n } });
  const start = firstAfter(sorted, query.get('last') ?? '');
  const end = n === null ? sorted.length : Math.min(start + Number(n), sorted.length);
  const entries = sorted.slice(start, end);
  const last = entries.at(-1);
  const next = last === undefined || end === sorted.length ? undefined : `last=${encodeURIComponent(last)}&n=${n}`;
  return { entries, next };
}

/** Position of the first entry after `last`, by binary search; `last` itself need not be in the list. */
function firstAfter(sorted: readonly string[], last: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as string) > last) high = middle;
    else low = middle + 1;
  }
  return low;
}
