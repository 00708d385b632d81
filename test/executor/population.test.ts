import { describe, expect, it } from 'vitest';
import { keyedRandom } from '../../src/base/index.ts';
import { constantPopulation, populationOf } from '../../src/executor/population.ts';

describe('a constant population', () => {
  it.each([
    ['at the start', 0, 7],
    ['just before the end', 9999.9, 7],
    ['at the end', 10_000, 0],
    ['later', 20_000, 0],
  ])('%s', (_, ms, vus) => {
    expect(constantPopulation(7, 10_000).at(ms)).toBe(vus);
  });

  it('is the sum of its slices at any time', () => {
    const random = keyedRandom('populations');
    for (let i = 0; i < 200; i += 1) {
      const whole = constantPopulation(random.int(0, 50), 1000);
      const count = random.int(1, 9);
      const at = random.int(0, 1200);
      const parts = Array.from({ length: count }, (_, index) => populationOf(whole, { index, count }));
      expect(parts.reduce((sum, part) => sum + part.at(at), 0)).toBe(whole.at(at));
      expect(parts.reduce((sum, part) => sum + part.maxVus, 0)).toBe(whole.maxVus);
    }
  });
});
