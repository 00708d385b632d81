import type { Slice } from './executor.ts';

/** How many of the positions 0 to `total` - 1 fall to a slice: those with `position mod count = index`. */
export function shareOf(total: number, slice: Slice): number {
  return total <= slice.index ? 0 : Math.ceil((total - slice.index) / slice.count);
}

/** The position in the whole plan of the slice's own number `n`. */
export function positionOf(n: number, slice: Slice): number {
  return slice.index + n * slice.count;
}

/**
 * How many of `iterations` shared among `vus` fall to a slice. Iteration i belongs to VU i mod `vus`, and so to the slice of that VU: a
 * slice without VUs gets no iterations, and one with more VUs gets more.
 */
export function sharedShareOf(iterations: number, vus: number, slice: Slice): number {
  return Math.floor(iterations / vus) * shareOf(vus, slice) + shareOf(iterations % vus, slice);
}

/** The position among all `iterations` of the slice's own shared iteration `n`. */
export function sharedPositionOf(n: number, vus: number, slice: Slice): number {
  const own = shareOf(vus, slice);
  return Math.floor(n / own) * vus + positionOf(n % own, slice);
}
