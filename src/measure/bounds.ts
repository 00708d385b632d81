import { bucketHigh, bucketLow } from './packed.ts';
import type { PackedHistogram } from './snapshot.ts';

/**
 * How many values are at most each of `bounds` (ascending, in stored units): the buckets of a classic Prometheus histogram. A bucket of the
 * histogram that a bound cuts in two counts by its middle, which is right to the histogram's own three digits.
 */
export function countsUpTo(packed: PackedHistogram, bounds: readonly number[]): number[] {
  const { lo, counts } = packed;
  let index = 0;
  let seen = 0;
  return bounds.map((bound) => {
    while (index < counts.length && (bucketLow(lo + index) + bucketHigh(lo + index)) / 2 <= bound) {
      seen += counts[index] as number;
      index += 1;
    }
    return seen;
  });
}
