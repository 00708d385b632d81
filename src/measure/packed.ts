import { type CoarseCounts, coarseIndex } from './coarse.ts';
import type { PackedHistogram } from './snapshot.ts';

/** Arithmetic on packed histograms: their shape is that of histogram.ts, 1024 buckets to an octave. */
const HALF = 1024;

/** The bucket that holds a whole number from 0 to 2^32 - 1. */
export function bucketOf(value: number): number {
  if (value < 2 * HALF) return value;
  const shift = 21 - Math.clz32(value); // leaves 11 bits, of which the first is set
  return shift * HALF + (value >>> shift);
}

/** The lowest value of bucket `index`. */
export function bucketLow(index: number): number {
  if (index < 2 * HALF) return index;
  return ((index % HALF) + HALF) * 2 ** (Math.floor(index / HALF) - 1);
}

/** The highest value of bucket `index`: what percentiles report. */
export function bucketHigh(index: number): number {
  return bucketLow(index + 1) - 1;
}

/** A histogram with nothing in it. */
export function emptyHistogram(): PackedHistogram {
  return { lo: 0, counts: new Uint32Array(0), count: 0, sum: 0, min: 0, max: 0, clamped: 0 };
}

/** A sum of histograms, in 64-bit counts: 32 would wrap without a word in a long run. Its window grows by whole octaves. */
export class HistogramSum {
  #lo = 0;
  #counts = new Float64Array(0);
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #clamped = 0;

  add(packed: PackedHistogram): void {
    if (packed.count === 0) return;
    this.#cover(packed.lo, packed.lo + packed.counts.length);
    const { counts } = packed;
    const sums = this.#counts;
    const offset = packed.lo - this.#lo;
    for (let i = 0; i < counts.length; i += 1) (sums[offset + i] as number) += counts[i] as number;
    this.#count += packed.count;
    this.#sum += packed.sum;
    this.#min = Math.min(this.#min, packed.min);
    this.#max = Math.max(this.#max, packed.max);
    this.#clamped += packed.clamped;
  }

  /** The sum so far, from the first bucket in use to the last. A copy. */
  pack(): PackedHistogram {
    if (this.#count === 0) return emptyHistogram();
    let from = 0;
    let to = this.#counts.length;
    while (this.#counts[from] === 0) from += 1;
    while (this.#counts[to - 1] === 0) to -= 1;
    return {
      lo: this.#lo + from,
      counts: this.#counts.slice(from, to),
      count: this.#count,
      sum: this.#sum,
      min: this.#min,
      max: this.#max,
      clamped: this.#clamped,
    };
  }

  #cover(from: number, to: number): void {
    const end = this.#lo + this.#counts.length;
    if (this.#counts.length > 0 && from >= this.#lo && to <= end) return;
    const lo = Math.floor((this.#counts.length === 0 ? from : Math.min(from, this.#lo)) / HALF) * HALF;
    const counts = new Float64Array(Math.ceil(Math.max(to, end) / HALF) * HALF - lo);
    counts.set(this.#counts, this.#counts.length === 0 ? 0 : this.#lo - lo);
    this.#lo = lo;
    this.#counts = counts;
  }
}

/**
 * Percentiles (0 to 100), in the order asked for, in one pass: each the upper edge of its bucket, as HDR histograms have it, but never
 * outside the exact min and max. 0 when there are no values.
 */
export function percentiles(packed: PackedHistogram, percents: readonly number[]): number[] {
  const results = percents.map(() => 0);
  if (packed.count === 0) return results;
  const order = percents.map((_, i) => i).sort((a, b) => (percents[a] as number) - (percents[b] as number));
  let index = -1;
  let seen = 0;
  for (const i of order) {
    const percent = percents[i] as number;
    const exact = (Math.min(percent, 100) / 100) * packed.count;
    // Division may leave the product a hair above a whole number, which is not to be rounded up.
    const rank = Math.max(1, Math.ceil(exact - exact * Number.EPSILON));
    while (seen < rank && index < packed.counts.length - 1) {
      index += 1;
      seen += packed.counts[index] as number;
    }
    const value = percent <= 0 ? packed.min : percent >= 100 ? packed.max : bucketHigh(packed.lo + index);
    results[i] = Math.min(packed.max, Math.max(packed.min, value));
  }
  return results;
}

/** How many values are greater, to the width of a bucket: those in the value's own bucket are not counted. */
export function countAbove({ lo, counts }: PackedHistogram, value: number): number {
  let above = 0;
  for (let i = counts.length - 1; i >= 0 && bucketLow(lo + i) > value; i -= 1) above += counts[i] as number;
  return above;
}

/** The same values in coarse buckets. */
export function coarsen(packed: PackedHistogram): CoarseCounts {
  const { lo, counts } = packed;
  if (counts.length === 0) return { lo: 0, counts: [] };
  const first = coarseIndex(bucketLow(lo));
  const coarse = Array<number>(coarseIndex(bucketLow(lo + counts.length - 1)) - first + 1).fill(0);
  for (let i = 0; i < counts.length; i += 1) {
    const count = counts[i] as number;
    if (count > 0) (coarse[coarseIndex(bucketLow(lo + i)) - first] as number) += count;
  }
  return { lo: first, counts: coarse };
}
