import { deflateSync, inflateSync } from 'node:zlib';
import { decodeFromCompressedBase64, encodeIntoCompressedBase64, Float64Histogram, Int32Histogram } from 'hdr-histogram-js';
import { type CoarseCounts, coarseIndex } from './coarse.ts';
import type { PackedHistogram } from './snapshot.ts';

/**
 * The one home of hdr-histogram-js. Every histogram of loadreg has one shape, so that any two can be added bucket by bucket: whole numbers
 * from 1 to 3.6e9 (an hour in microseconds) with 3 digits, that is 1024 buckets to an octave, each at most 1/1024 of its value wide.
 */
export const LOWEST = 1;
export const HIGHEST = 3_600_000_000;
export const DIGITS = 3;
const HALF = 1024;

/** The lowest value of bucket `index`. */
export function bucketLow(index: number): number {
  if (index < 2 * HALF) return index;
  return ((index % HALF) + HALF) * 2 ** (Math.floor(index / HALF) - 1);
}

/** The highest value of bucket `index`: what percentiles report. */
export function bucketHigh(index: number): number {
  return bucketLow(index + 1) - 1;
}

/**
 * The counts of a histogram. `_counts` is no part of the library's promised interface (its iterators are not either), so it is touched
 * here only, and a test fails when it changes.
 */
function countsOf<A extends Uint32Array | Float64Array>(histogram: Int32Histogram | Float64Histogram): A {
  return histogram._counts as unknown as A;
}

/** Empty histograms to be used again: most series are quiet in most intervals, and each takes 94 kB. */
export type HistogramPool = Int32Histogram[];

/**
 * Records the values of one series during one interval. Zeros (a kept connection needs no connecting) are only counted, and the histogram
 * is taken from the pool when the first other value comes.
 */
export class LatencyHistogram {
  readonly #pool: HistogramPool;
  #histogram: Int32Histogram | undefined;
  #zeros = 0;
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #clamped = 0;

  constructor(pool: HistogramPool = []) {
    this.#pool = pool;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * Records a value, rounded. False, and nothing recorded, when it is no finite number. A value outside the range counts at its edge and
   * as clamped; min, max and sum keep what it was.
   */
  record(value: number): boolean {
    if (!Number.isFinite(value)) return false;
    const whole = Math.round(value);
    this.#count += 1;
    this.#sum += whole;
    if (whole < this.#min) this.#min = whole;
    if (whole > this.#max) this.#max = whole;
    if (whole <= 0) {
      this.#zeros += 1;
      if (whole < 0) this.#clamped += 1;
      return true;
    }
    this.#histogram ??= this.#pool.pop() ?? new Int32Histogram(LOWEST, HIGHEST, DIGITS);
    if (whole > HIGHEST) this.#clamped += 1;
    this.#histogram.recordValue(whole > HIGHEST ? HIGHEST : whole);
    return true;
  }

  /** Gives out what was recorded and starts afresh. */
  pack(): PackedHistogram {
    const packed: PackedHistogram = {
      ...this.#window(),
      count: this.#count,
      sum: this.#sum,
      min: this.#count === 0 ? 0 : this.#min,
      max: this.#count === 0 ? 0 : this.#max,
      clamped: this.#clamped,
    };
    this.#zeros = 0;
    this.#count = 0;
    this.#sum = 0;
    this.#min = Number.POSITIVE_INFINITY;
    this.#max = Number.NEGATIVE_INFINITY;
    this.#clamped = 0;
    return packed;
  }

  #window(): { lo: number; counts: Uint32Array } {
    const histogram = this.#histogram;
    if (histogram === undefined) return { lo: 0, counts: this.#zeros === 0 ? new Uint32Array(0) : Uint32Array.of(this.#zeros) };
    const lo = this.#zeros > 0 ? 0 : histogram.countsArrayIndex(histogram.minNonZeroValue);
    const counts = countsOf<Uint32Array>(histogram).slice(lo, histogram.countsArrayIndex(histogram.maxValue) + 1);
    if (this.#zeros > 0) counts[0] = this.#zeros;
    histogram.reset();
    this.#pool.push(histogram);
    this.#histogram = undefined;
    return { lo, counts };
  }
}

/** A histogram with nothing in it. */
export function emptyHistogram(): PackedHistogram {
  return { lo: 0, counts: new Uint32Array(0), count: 0, sum: 0, min: 0, max: 0, clamped: 0 };
}

/** Values as a histogram. */
export function packValues(values: Iterable<number>): PackedHistogram {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(value);
  return histogram.pack();
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

/**
 * The V2 encoding, compressed, in base64, that every HdrHistogram library reads.
 *
 * hdr-histogram-js 3.0.1 writes `normalizingIndexOffset` as 1 and the conversion ratio as the integer 1, where the reference has 0 and the
 * double 1.0; readers in C then find every value one bucket too high. The header is mended here.
 */
export function encodeHistogram(packed: PackedHistogram): string {
  const histogram = new Float64Histogram(LOWEST, HIGHEST, DIGITS);
  countsOf<Float64Array>(histogram).set(packed.counts, packed.lo);
  histogram.establishInternalTackingValues(packed.lo + packed.counts.length);
  const encoded = Buffer.from(encodeIntoCompressedBase64(histogram), 'base64');
  const raw = inflateSync(encoded.subarray(8));
  raw.writeInt32BE(0, 8);
  raw.writeDoubleBE(1, 32);
  const body = deflateSync(raw);
  const head = Buffer.from(encoded.subarray(0, 8));
  head.writeInt32BE(body.length, 4);
  return Buffer.concat([head, body]).toString('base64');
}

/** What the V2 encoding does not hold: it knows buckets only. */
export interface ExactValues {
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly clamped?: number;
}

/**
 * Reads what {@link encodeHistogram} wrote. Without `exact`, min and max are edges of buckets and the sum is made from bucket middles.
 * Throws RangeError when the text is no histogram, or one of another shape.
 */
export function decodeHistogram(text: string, exact?: ExactValues): PackedHistogram {
  const histogram = decodeShape(text);
  const count = histogram.totalCount;
  if (count === 0) return emptyHistogram();
  const zeros = histogram.getCountAtIndex(0);
  const lo = zeros > 0 ? 0 : histogram.countsArrayIndex(histogram.minNonZeroValue);
  const counts = countsOf<Float64Array>(histogram).slice(lo, histogram.countsArrayIndex(histogram.maxValue) + 1);
  const { sum, min, max, clamped = 0 } = exact ?? edgesOf(lo, counts);
  return { lo, counts, count, sum, min, max, clamped };
}

function edgesOf(lo: number, counts: Float64Array): ExactValues {
  const middle = (index: number) => (bucketLow(index) + bucketHigh(index)) / 2;
  const sum = counts.reduce((total, count, i) => total + count * middle(lo + i), 0);
  return { sum, min: bucketLow(lo), max: bucketHigh(lo + counts.length - 1) };
}

function decodeShape(text: string): Float64Histogram {
  let histogram: Float64Histogram;
  try {
    histogram = decodeFromCompressedBase64(text, 64) as Float64Histogram;
  } catch (error) {
    throw new RangeError('not a histogram in HdrHistogram V2 encoding', { cause: error });
  }
  const { lowestDiscernibleValue: lowest, highestTrackableValue: highest, numberOfSignificantValueDigits: digits } = histogram;
  if (lowest !== LOWEST || highest !== HIGHEST || digits !== DIGITS) {
    throw new RangeError(
      `a histogram of ${lowest} to ${highest} with ${digits} digits, where loadreg has ${LOWEST} to ${HIGHEST} with ${DIGITS}`,
    );
  }
  return histogram;
}
