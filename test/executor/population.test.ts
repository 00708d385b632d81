import { describe, expect, it } from 'vitest';
import { keyedRandom, type Random } from '../../src/base/index.ts';
import { constantPopulation, type Population, populationOf, rampingPopulation } from '../../src/executor/population.ts';

const stepsOf = (population: Population) => [...population.steps()].map(({ ms, vus }) => [ms, vus]);
const slicesOf = (whole: Population, count: number) => Array.from({ length: count }, (_, index) => populationOf(whole, { index, count }));

describe('a constant population', () => {
  it.each([
    ['at the start', 0, 7],
    ['just before the end', 9999.9, 7],
    ['at the end', 10_000, 0],
    ['later', 20_000, 0],
  ])('%s', (_, ms, vus) => {
    expect(constantPopulation(7, 10_000).at(ms)).toBe(vus);
  });

  it('is one step', () => {
    expect(stepsOf(constantPopulation(7, 10_000))).toEqual([[0, 7]]);
  });
});

describe('a ramping population', () => {
  const upAndDown = rampingPopulation(0, [
    { durationMs: 10_000, target: 5 },
    { durationMs: 4_000, target: 5 },
    { durationMs: 6_000, target: 2 },
  ]);

  it('has a VU more or less when the line has reached its number, and not before', () => {
    expect(stepsOf(upAndDown)).toEqual([
      [2_000, 1],
      [4_000, 2],
      [6_000, 3],
      [8_000, 4],
      [10_000, 5],
      [16_000, 4],
      [18_000, 3],
    ]);
    expect([upAndDown.maxVus, upAndDown.endMs]).toEqual([5, 20_000]);
  });

  it.each([
    ['begins with startVUs', rampingPopulation(3, [{ durationMs: 1_000, target: 3 }]), [[0, 3]]],
    [
      'jumps in a stage of no length',
      rampingPopulation(1, [
        { durationMs: 0, target: 5 },
        { durationMs: 2_000, target: 5 },
        { durationMs: 0, target: 2 },
        { durationMs: 2_000, target: 2 },
      ]),
      [
        [0, 5],
        [2_000, 2],
      ],
    ],
    [
      'counts two jumps at once as the last of them',
      rampingPopulation(2, [
        { durationMs: 1_000, target: 2 },
        { durationMs: 0, target: 9 },
        { durationMs: 0, target: 3 },
        { durationMs: 1_000, target: 3 },
      ]),
      [
        [0, 2],
        [1_000, 3],
      ],
    ],
    [
      'goes to zero and comes again',
      rampingPopulation(1, [
        { durationMs: 1_000, target: 0 },
        { durationMs: 1_000, target: 0 },
        { durationMs: 1_000, target: 1 },
        { durationMs: 1_000, target: 1 },
      ]),
      [
        [0, 1],
        [1_000, 0],
        [3_000, 1],
      ],
    ],
  ])('%s', (_, population, steps) => {
    expect(stepsOf(population)).toEqual(steps);
  });

  it('is at any time what its steps have come to', () => {
    for (const { population, random } of ramps(200)) {
      const steps = [...population.steps()];
      for (const { ms, vus } of steps) expect(population.at(ms)).toBe(vus);
      const ms = random.next() * population.endMs;
      expect(population.at(ms)).toBe(steps.findLast((step) => step.ms <= ms)?.vus ?? 0);
    }
  });
});

describe('any population', () => {
  it('is the sum of its slices at any time', () => {
    const random = keyedRandom('populations');
    for (const population of [constantPopulation(random.int(0, 50), 1000), ...ramps(200).map((ramp) => ramp.population)]) {
      const parts = slicesOf(population, random.int(1, 9));
      expect(parts.reduce((sum, part) => sum + part.maxVus, 0)).toBe(population.maxVus);
      const times = [...population.steps()].map(({ ms }) => ms);
      for (const ms of [...times, random.next() * 2 * population.endMs]) {
        expect(parts.reduce((sum, part) => sum + part.at(ms), 0)).toBe(population.at(ms));
        expect(parts.reduce((sum, part) => sum + ([...part.steps()].findLast((step) => step.ms <= ms)?.vus ?? 0), 0)).toBe(
          ms < population.endMs ? population.at(ms) : ([...population.steps()].at(-1)?.vus ?? 0),
        );
      }
    }
  });
});

/** Ramps of any kind, jumps and level stages among them. */
function ramps(count: number): { population: Population; random: Random }[] {
  return Array.from({ length: count }, (_, i) => {
    const random = keyedRandom('ramps', i);
    const stages = Array.from({ length: random.int(1, 5) }, () => ({
      durationMs: random.chance(0.2) ? 0 : random.int(1, 3_000),
      target: random.int(0, 40),
    }));
    return { population: rampingPopulation(random.int(0, 20), [...stages, { durationMs: 500, target: random.int(0, 9) }]), random };
  });
}
