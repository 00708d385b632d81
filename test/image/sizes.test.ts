import { describe, expect, it } from 'vitest';
import { keyedRandom } from '../../src/base/index.ts';
import { drawLayers, drawSize, type LayerDistribution } from '../../src/image/index.ts';

const MB = 1e6;
const MIB = 1024 ** 2;
const DRAWS = 200_000;

function draws(distribution: LayerDistribution): number[] {
  const random = keyedRandom(1, 'sizes', distribution);
  return Array.from({ length: DRAWS }, () => drawSize(random, distribution));
}
const share = (sizes: readonly number[], test: (size: number) => boolean) => sizes.filter(test).length / sizes.length;
const mean = (sizes: readonly number[]) => sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
const quantile = (sizes: readonly number[], q: number) => sizes.toSorted((a, b) => a - b)[Math.floor(q * sizes.length)] as number;

describe('sizes of ibm-2017', () => {
  const sizes = draws('ibm-2017');

  it.each([
    ['under 1 kB', 1000, 0.24],
    ['under 1 MB', MB, 0.65],
    ['under 10 MB', 10 * MB, 0.8],
    ['up to 64 MiB', 64 * MIB, 0.9414],
    ['up to 256 MiB', 256 * MIB, 0.9946],
  ])('are those of the trace: %s', (_, limit, expected) => {
    expect(share(sizes, (size) => size < limit)).toBeCloseTo(expected, 2);
  });

  it('have its mean under a cap, and leave as much to the cap as is known of it', () => {
    expect(mean(sizes.map((size) => Math.min(size, 16 * MIB))) / MB).toBeCloseTo(3.8, 0);
    expect(mean(sizes.map((size) => Math.min(size, 256 * MIB))) / MB).toBeCloseTo(12.2, 0);
    expect(share(sizes, (size) => size > 16 * MIB)).toBeCloseTo(0.16, 1);
    expect(sizes.every((size) => size >= 32 && size <= 8.1e9)).toBe(true);
  });
});

describe('sizes of hub-2024', () => {
  const sizes = draws('hub-2024');

  it.each([
    [0.1, 199],
    [0.25, 755],
    [0.5, 649_000],
    [0.75, 26.7 * MB],
    [0.9, 111 * MB],
    [0.99, 1720 * MB],
  ])('have their quantile %f at %i bytes', (q, expected) => {
    expect(quantile(sizes, q) / expected).toBeGreaterThan(0.85);
    expect(quantile(sizes, q) / expected).toBeLessThan(1.15);
  });
});

describe('drawLayers', () => {
  const images = (distribution: LayerDistribution, more: { cap?: number; count?: number } = {}) => {
    const random = keyedRandom(1, 'images');
    const { cap, count } = more;
    return Array.from({ length: 20_000 }, () => drawLayers(random, { distribution, cap, count }));
  };

  it.each([
    ['ibm-2017', 7, 17],
    ['hub-2024', 5, 15],
  ] as const)('gives images of %s a median of %i layers, and %i at the 90th percentile', (distribution, p50, p90) => {
    const counts = images(distribution).map(({ length }) => length);
    expect(quantile(counts, 0.5)).toBe(p50);
    expect(Math.abs(quantile(counts, 0.9) - p90)).toBeLessThanOrEqual(1);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...counts)).toBeLessThanOrEqual(127);
  });

  it('keeps to a cap, and to a number of layers', () => {
    for (const sizes of images('hub-2024', { cap: 1_000_000, count: 3 }).slice(0, 1000)) {
      expect(sizes).toHaveLength(3);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000_000);
    }
  });

  it('draws the same again from the same seed, and few different sizes', () => {
    expect(images('hub-2024').slice(0, 50)).toEqual(images('hub-2024').slice(0, 50));
    expect(new Set(draws('hub-2024')).size).toBeLessThan(2500);
  });
});
