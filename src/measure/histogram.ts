import { deflateSync, inflateSync } from 'node:zlib';
import { decodeFromCompressedBase64, encodeIntoCompressedBase64, Float64Histogram } from 'hdr-histogram-js';
import { bucketHigh, bucketLow, bucketOf, emptyHistogram } from './packed.ts';
import type { PackedHistogram } from './snapshot.ts';

/**
 * The one home of hdr-histogram-js. Every histogram of loadreg has one shape, so that any two can be added bucket by bucket: whole numbers
 * from 1 to 3.6e9 (an hour in microseconds) with 3 digits, that is 1024 buckets to an octave, each at most 1/1024 of its value wide.
 */
export const LOWEST = 1;
/** Top of the range, in stored units: one hour in microseconds. Greater values count at the top. */
export const HIGHEST = 3_600_000_000;
/** Significant decimal digits. */
export const DIGITS = 3;

const BUCKETS = bucketOf(HIGHEST) + 1;

/**
 * The counts of a histogram. `_counts` is no part of the library's promised interface (its iterators are not either), so it is touched
 * here only, and a test fails when it changes.
 */
function counts64(histogram: Float64Histogram): Float64Array {
  return histogram._counts as unknown as Float64Array;
}

/** Counts by bucket, all 0, to be used again: most series are quiet in most intervals, and each takes 94 kB. */
export type HistogramPool = Uint32Array[];

/**
 * Records the values of one series during one interval. Zeros (a kept connection needs no connecting) are only counted, and the buckets
 * are taken from the pool when the first other value comes. hdr-histogram-js would find the same bucket, in 3 times as long.
 */
export class LatencyHistogram {
  readonly #pool: HistogramPool;
  #counts: Uint32Array | undefined = undefined;
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
    this.#counts ??= this.#pool.pop() ?? new Uint32Array(BUCKETS);
    if (whole > HIGHEST) this.#clamped += 1;
    const bucket = bucketOf(whole > HIGHEST ? HIGHEST : whole);
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
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
    const counts = this.#counts;
    if (counts === undefined) return { lo: 0, counts: this.#zeros === 0 ? new Uint32Array(0) : Uint32Array.of(this.#zeros) };
    // Zeros hide where the other values begin; without them the least value is the first one.
    const lo = this.#zeros > 0 ? 0 : bucketOf(this.#min > HIGHEST ? HIGHEST : this.#min);
    const end = bucketOf(this.#max > HIGHEST ? HIGHEST : this.#max) + 1;
    const window = counts.slice(lo, end);
    if (this.#zeros > 0) window[0] = this.#zeros;
    counts.fill(0, lo, end);
    this.#pool.push(counts);
    this.#counts = undefined;
    return { lo, counts: window };
  }
}

/** Values as a histogram. */
export function packValues(values: Iterable<number>): PackedHistogram {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(value);
  return histogram.pack();
}

/**
 * The V2 encoding, compressed, in base64, that every HdrHistogram library reads.
 *
 * hdr-histogram-js 3.0.1 writes `normalizingIndexOffset` as 1 and the conversion ratio as the integer 1, where the reference has 0 and the
 * double 1.0; readers in C then find every value one bucket too high. The header is mended here.
 */
export function encodeHistogram(packed: PackedHistogram): string {
  const histogram = new Float64Histogram(LOWEST, HIGHEST, DIGITS);
  counts64(histogram).set(packed.counts, packed.lo);
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
  const counts = counts64(histogram).slice(lo, histogram.countsArrayIndex(histogram.maxValue) + 1);
  const { sum, min, max, clamped = 0 } = exact ?? edgesOf(lo, counts);
  return { lo, counts, count, sum, min, max, clamped };
}

function edgesOf(lo: number, counts: Float64Array): ExactValues {
  const sum = counts.reduce((total, count, i) => total + (count * (bucketLow(lo + i) + bucketHigh(lo + i))) / 2, 0);
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
