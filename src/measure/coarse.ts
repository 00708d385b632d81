/**
 * Counts in few, wide buckets: eight to an octave, so that a bucket is at most 1/8 of its lower edge wide and every HDR bucket lies
 * wholly within one of them. Small enough to keep for each column of a run: for heat maps, and to work out percentiles again when two
 * columns become one.
 */
export interface CoarseCounts {
  /** Number of the first bucket in `counts`. */
  lo: number;
  counts: number[];
}

/** The bucket of a value: values below 8 have one each, then eight buckets to an octave. */
export function coarseIndex(value: number): number {
  if (value < 8) return Math.max(0, Math.floor(value));
  const octave = 31 - Math.clz32(Math.min(value, 0xffff_ffff));
  return (octave - 3) * 8 + Math.floor(value / 2 ** (octave - 3));
}

/** The lowest value of a bucket; its upper edge is `coarseLow(index + 1)`. */
export function coarseLow(index: number): number {
  if (index < 8) return index;
  const octave = Math.floor(index / 8) + 2;
  return (8 + (index % 8)) * 2 ** (octave - 3);
}

/** Counts of `from` added to `into`, in place. */
export function addCoarse(into: CoarseCounts, from: CoarseCounts): void {
  if (from.counts.length === 0) return;
  if (into.counts.length === 0) into.lo = from.lo;
  while (into.lo > from.lo) {
    into.counts.unshift(0);
    into.lo -= 1;
  }
  const offset = from.lo - into.lo;
  while (into.counts.length < offset + from.counts.length) into.counts.push(0);
  from.counts.forEach((count, i) => {
    into.counts[offset + i] = (into.counts[offset + i] as number) + count;
  });
}

/** A percentile (0 to 100) of coarse counts, read along a straight line within its bucket; undefined when there are no counts. */
export function coarsePercentile(coarse: CoarseCounts, percent: number): number | undefined {
  const total = coarse.counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  const rank = Math.max(1, Math.ceil((percent / 100) * total));
  let below = 0;
  for (let i = 0; i < coarse.counts.length; i += 1) {
    const count = coarse.counts[i] as number;
    if (count > 0 && below + count >= rank) {
      const low = coarseLow(coarse.lo + i);
      const width = coarseLow(coarse.lo + i + 1) - low;
      return Math.round(low + (width - 1) * ((rank - below) / count));
    }
    below += count;
  }
  return undefined;
}
