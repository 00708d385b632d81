import { inflateSync } from 'node:zlib';
import { decodeFromCompressedBase64, Float64Histogram, Int32Histogram } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { keyedRandom } from '../../src/base/index.ts';
import {
  coarseIndex,
  coarseLow,
  decodeHistogram,
  emptyHistogram,
  encodeHistogram,
  packValues,
  percentiles,
} from '../../src/measure/index.ts';
import { DIGITS, HIGHEST, type HistogramPool, LatencyHistogram, LOWEST } from '../../src/measure/histogram.ts';
import { bucketHigh, bucketLow, bucketOf, coarsen, HistogramSum } from '../../src/measure/packed.ts';
import { latencies } from './samples.ts';

const PERCENTS = [0, 0.1, 1, 10, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 100];

describe('LatencyHistogram', () => {
  it('keeps count, sum, min and max exactly', () => {
    const packed = packValues([104_176, 3, 250_001]);
    expect(packed).toMatchObject({ count: 3, sum: 354_180, min: 3, max: 250_001, clamped: 0 });
  });

  it('packs from the first bucket in use to the last', () => {
    expect(packValues([5, 7, 7])).toMatchObject({ lo: 5, counts: Uint32Array.of(1, 0, 2) });
    expect(packValues([])).toEqual(emptyHistogram());
  });

  it('counts zeros without taking a histogram', () => {
    const pool: HistogramPool = [];
    const histogram = new LatencyHistogram(pool);
    for (let i = 0; i < 70_000; i += 1) histogram.record(0);
    expect(histogram.pack()).toEqual({ lo: 0, counts: Uint32Array.of(70_000), count: 70_000, sum: 0, min: 0, max: 0, clamped: 0 });
    expect(pool).toEqual([]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, undefined, 'x'])('refuses %s', (value) => {
    const histogram = new LatencyHistogram();
    expect(histogram.record(value as number)).toBe(false);
    expect(histogram.pack()).toEqual(emptyHistogram());
  });

  it('rounds to whole numbers', () => {
    expect(packValues([1.4, 1.6])).toMatchObject({ lo: 1, counts: Uint32Array.of(1, 1), sum: 3 });
  });

  it('counts values outside the range at its edges and as clamped', () => {
    const packed = packValues([-5, 1e12, 100]);
    expect(packed).toMatchObject({ lo: 0, count: 3, min: -5, max: 1e12, sum: 1e12 + 95, clamped: 2 });
    expect(packed.counts[0]).toBe(1);
    expect(percentiles(packed, [50, 99])).toEqual([100, bucketHigh(packed.counts.length - 1)]);
  });

  it('starts afresh after packing, with a histogram of the pool', () => {
    const pool: HistogramPool = [];
    const histogram = new LatencyHistogram(pool);
    histogram.record(1000);
    histogram.pack();
    expect(pool).toHaveLength(1);
    histogram.record(3);
    expect(pool).toHaveLength(0);
    expect(histogram.pack()).toEqual({ lo: 3, counts: Uint32Array.of(1), count: 1, sum: 3, min: 3, max: 3, clamped: 0 });
  });
});

describe('the shape', () => {
  const oracle = new Int32Histogram(LOWEST, HIGHEST, DIGITS);

  it('has the edges that hdr-histogram-js has', () => {
    const wrong: number[] = [];
    for (let index = 0; index < oracle.countsArrayLength; index += 1) {
      const low = oracle.valueFromIndex(index);
      const high = oracle.highestEquivalentValue(low);
      if (bucketLow(index) !== low || bucketHigh(index) !== high || bucketOf(low) !== index || bucketOf(high) !== index) wrong.push(index);
    }
    expect(wrong).toEqual([]);
  });

  it('still finds the counts where the adapter reads them', () => {
    const histogram = new Float64Histogram(LOWEST, HIGHEST, DIGITS);
    histogram.recordValue(4096);
    expect(histogram._counts).toBeInstanceOf(Float64Array);
    expect(histogram._counts[bucketOf(4096)]).toBe(1);
  });
});

describe('percentiles', () => {
  it('agree with hdr-histogram-js but for the exact ends, and with sorted values within 3 digits', () => {
    const random = keyedRandom('percentiles');
    for (const count of [1, 2, 3, 10, 99, 100, 101, 1000, 20_000]) {
      const values = latencies(random, count);
      const sorted = values.toSorted((a, b) => a - b);
      const oracle = new Float64Histogram(LOWEST, HIGHEST, DIGITS);
      for (const value of values) oracle.recordValue(value);
      const got = percentiles(packValues(values), PERCENTS);
      PERCENTS.forEach((percent, i) => {
        const value = got[i] as number;
        const expected = oracle.getValueAtPercentile(percent);
        const [min, max] = [sorted[0] as number, sorted.at(-1) as number];
        expect(value).toBe(percent === 0 ? min : Math.min(expected, max));
        const rank = Math.max(1, Math.ceil((percent / 100) * count - 1e-9));
        const exact = sorted[rank - 1] as number;
        expect(value).toBeGreaterThanOrEqual(exact);
        expect(value - exact).toBeLessThanOrEqual(exact / 1000);
      });
      expect([got[0], got.at(-1)]).toEqual([sorted[0], sorted.at(-1)]);
    }
  });

  it('come in the order asked for', () => {
    expect(percentiles(packValues([1, 2, 3, 4]), [100, 25, 75])).toEqual([4, 1, 3]);
  });

  it('of nothing are 0', () => {
    expect(percentiles(emptyHistogram(), [50, 99])).toEqual([0, 0]);
  });
});

describe('HistogramSum', () => {
  it('is the histogram of all values', () => {
    const random = keyedRandom('sums');
    for (let round = 0; round < 20; round += 1) {
      const parts = Array.from({ length: random.int(1, 6) }, () => latencies(random, random.int(0, 200)));
      const sum = new HistogramSum();
      for (const part of parts) sum.add(packValues(part));
      const whole = packValues(parts.flat());
      expect({ ...sum.pack(), counts: [...sum.pack().counts] }).toEqual({ ...whole, counts: [...whole.counts] });
    }
  });

  it('counts past 32 bits', () => {
    const sum = new HistogramSum();
    for (let i = 0; i < 3; i += 1) sum.add({ lo: 9, counts: Float64Array.of(4e9), count: 4e9, sum: 36e9, min: 9, max: 9, clamped: 0 });
    expect(sum.pack()).toMatchObject({ counts: Float64Array.of(12e9), count: 12e9 });
    expect(percentiles(sum.pack(), [50])).toEqual([9]);
  });
});

describe('coarse buckets', () => {
  it('are contiguous, and hold the values between their edges', () => {
    for (const value of [0, 1, 7, 8, 9, 15, 16, 17, 1000, 65_535, 65_536, 1_234_567, HIGHEST]) {
      const index = coarseIndex(value);
      expect(coarseLow(index)).toBeLessThanOrEqual(value);
      expect(coarseLow(index + 1)).toBeGreaterThan(value);
    }
  });

  it('hold each HDR bucket wholly', () => {
    const across: number[] = [];
    for (let index = 0; bucketLow(index) <= HIGHEST; index += 1) {
      if (coarseIndex(bucketLow(index)) !== coarseIndex(bucketHigh(index))) across.push(index);
    }
    expect(across).toEqual([]);
  });

  it('have the counts of all values', () => {
    const values = latencies(keyedRandom('coarse'), 5000);
    const coarse = coarsen(packValues(values));
    const counts = new Map<number, number>();
    for (const value of values) counts.set(coarseIndex(value), (counts.get(coarseIndex(value)) ?? 0) + 1);
    coarse.counts.forEach((count, i) => expect(count).toBe(counts.get(coarse.lo + i) ?? 0));
    expect(coarse.counts.reduce((a, b) => a + b)).toBe(5000);
  });
});

describe('the V2 encoding', () => {
  it('comes back as it was', () => {
    const random = keyedRandom('encoding');
    for (const count of [0, 1, 5, 100, 5000]) {
      const packed = packValues(latencies(random, count));
      const back = decodeHistogram(encodeHistogram(packed), packed);
      expect({ ...back, counts: [...back.counts] }).toEqual({ ...packed, counts: [...packed.counts] });
    }
  });

  it('keeps counts past 32 bits', () => {
    const packed = { lo: 9, counts: Float64Array.of(12e9, 0, 3), count: 12e9 + 3, sum: 1, min: 9, max: 11, clamped: 0 };
    expect(decodeHistogram(encodeHistogram(packed), packed)).toEqual(packed);
  });

  it('is read by hdr-histogram-js', () => {
    const values = latencies(keyedRandom('library'), 1000);
    const packed = packValues(values);
    const read = decodeFromCompressedBase64(encodeHistogram(packed), 64);
    expect(read.totalCount).toBe(1000);
    expect([50, 95, 99].map((percent) => read.getValueAtPercentile(percent))).toEqual(percentiles(packed, [50, 95, 99]));
  });

  it('has the header of the reference: offset 0 and ratio 1.0', () => {
    const encoded = Buffer.from(encodeHistogram(packValues([1, 50, 20_015])), 'base64');
    expect(encoded.readInt32BE(0)).toBe(0x1c849314);
    expect(encoded.readInt32BE(4)).toBe(encoded.length - 8);
    const raw = inflateSync(encoded.subarray(8));
    expect(raw.readInt32BE(0)).toBe(0x1c849313);
    expect(raw.readInt32BE(4)).toBe(raw.length - 40);
    expect(raw.readInt32BE(8)).toBe(0);
    expect(raw.readInt32BE(12)).toBe(3);
    expect(raw.readBigInt64BE(16)).toBe(1n);
    expect(raw.readBigInt64BE(24)).toBe(BigInt(HIGHEST));
    expect(raw.readDoubleBE(32)).toBe(1);
  });

  it('gives bucket edges where nothing exact is known', () => {
    const back = decodeHistogram(encodeHistogram(packValues([104_176])));
    expect(back).toMatchObject({ min: 104_128, max: 104_191, count: 1 });
    expect(back.sum).toBeCloseTo(104_159.5);
  });

  it.each([
    ['no base64 of a histogram', 'aGVsbG8gd29ybGQ=', /not a histogram/],
    ['nothing', '', /not a histogram/],
  ])('refuses %s', (_, text, message) => {
    expect(() => decodeHistogram(text)).toThrow(message);
  });

  it('refuses a histogram of another shape', () => {
    const other = new Float64Histogram(1, 1000, 2);
    other.recordValue(5);
    expect(() => decodeHistogram((other as unknown as { encodeIntoCompressedBase64(): string }).encodeIntoCompressedBase64())).toThrow(
      'a histogram of 1 to 1000 with 2 digits',
    );
  });
});
