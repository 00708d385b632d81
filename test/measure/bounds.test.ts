import { describe, expect, it } from 'vitest';
import { keyedRandom } from '../../src/base/index.ts';
import { countsUpTo, emptyHistogram, packValues } from '../../src/measure/index.ts';

describe('counts up to bounds', () => {
  it.each<[string, readonly number[], readonly number[], readonly number[]]>([
    ['a value at a bound is within it', [100, 101], [99, 100, 101], [0, 1, 2]],
    ['zeros are within every bound', [0, 0, 7], [1, 10], [2, 3]],
    ['what is greater than all bounds is in none', [5_000_000], [1, 1000], [0, 0]],
    ['no values', [], [1, 2], [0, 0]],
  ])('%s', (_, values, bounds, counts) => {
    expect(countsUpTo(values.length === 0 ? emptyHistogram() : packValues(values), bounds)).toEqual(counts);
  });

  it('are those of the values themselves, save what lies within a thousandth of a bound', () => {
    const random = keyedRandom(1, 'bounds');
    const values = Array.from({ length: 20_000 }, () => Math.round(10 ** (random.next() * 8)));
    const bounds = [500, 1000, 2500, 5000, 100_000, 1_000_000, 30_000_000];
    const counts = countsUpTo(packValues(values), bounds);
    bounds.forEach((bound, i) => {
      expect(counts[i]).toBeGreaterThanOrEqual(values.filter((value) => value <= bound * 0.999).length);
      expect(counts[i]).toBeLessThanOrEqual(values.filter((value) => value <= bound * 1.001).length);
    });
  });
});
