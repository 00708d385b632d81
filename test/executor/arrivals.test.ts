import { describe, expect, it } from 'vitest';
import { keyedRandom } from '../../src/base/index.ts';
import { type Arrival, type ArrivalsOptions, arrivalsOf } from '../../src/executor/arrivals.ts';

const base = { startRate: 0, timeUnitMs: 1_000, arrival: 'uniform', firstAtOnce: false } as const;
const whole = { index: 0, count: 1 };
const seeded = (seed: number) => () => keyedRandom(seed, 'arrivals');
const all = (options: ArrivalsOptions, seed = 1): Arrival[] => [...arrivalsOf(options).of(whole, seeded(seed))];
const times = (options: ArrivalsOptions) => all(options).map(({ dueMs }) => dueMs);
const constant = (rate: number, durationMs: number, timeUnitMs = 1_000): ArrivalsOptions => ({
  ...base,
  startRate: rate,
  stages: [{ durationMs, target: rate }],
  timeUnitMs,
  firstAtOnce: true,
});

describe('arrivals at a constant rate', () => {
  it('are evenly spaced, from the start on, and none is due at the end', () => {
    expect(times(constant(4, 2_000))).toEqual([0, 250, 500, 750, 1_000, 1_250, 1_500, 1_750]);
  });

  it.each([
    [10, 60_000, 1_000, 600],
    [3, 10_000, 1_000, 30],
    [7, 1_000, 3_000, 3],
    [1, 30_000, 10_000, 3],
    [2_000, 86_400_000, 86_400_000, 2_000],
  ])('%d per unit for %d ms of a unit of %d ms are %d', (rate, durationMs, timeUnitMs, count) => {
    expect(times(constant(rate, durationMs, timeUnitMs))).toHaveLength(count);
  });

  it('do not drift in a day of 3 000 a second', () => {
    let last: Arrival | undefined;
    let count = 0;
    const slice = { index: 999, count: 1_000_000 }; // a look at some of them is enough
    for (const arrival of arrivalsOf(constant(3_000, 3_600_000)).of(slice, seeded(1))) {
      expect(arrival.dueMs).toBe(arrival.index / 3);
      last = arrival;
      count += 1;
    }
    expect([last?.index, count]).toEqual([10_000_999, 11]);
  });
});

describe('arrivals on a ramp', () => {
  it('are due when the area under the rate is whole', () => {
    // The figures of k6's own test of its ramping-arrival-rate.
    const stages = [
      { durationMs: 5_000, target: 1 },
      { durationMs: 1_000, target: 1 },
      { durationMs: 5_000, target: 0 },
    ];
    expect(times({ ...base, stages }).map(Math.floor)).toEqual([3_162, 4_472, 5_500, 6_527, 7_837, 11_000]);
  });

  it.each([
    ['a ramp up from 0', 0, [{ durationMs: 10_000, target: 10 }], 50],
    ['a ramp down to 0', 10, [{ durationMs: 10_000, target: 0 }], 50],
    ['a level stage', 5, [{ durationMs: 10_000, target: 5 }], 50],
    [
      'a jump',
      0,
      [
        { durationMs: 0, target: 50 },
        { durationMs: 2_000, target: 50 },
      ],
      100,
    ],
    [
      'a pause',
      10,
      [
        { durationMs: 0, target: 0 },
        { durationMs: 60_000, target: 0 },
        { durationMs: 0, target: 10 },
        { durationMs: 1_000, target: 10 },
      ],
      10,
    ],
    ['an area that is not whole', 1, [{ durationMs: 2_700, target: 1 }], 2],
  ])('%s has as many as its area', (_, startRate, stages, count) => {
    expect(times({ ...base, startRate, stages })).toHaveLength(count);
  });

  it('fill the area under the line exactly', () => {
    // From 0 to 100 a second in 10 s: 5 t² arrivals after t seconds.
    const ramp = times({ ...base, stages: [{ durationMs: 10_000, target: 100 }] });
    expect(ramp).toHaveLength(500);
    ramp.forEach((ms, i) => expect(5 * (ms / 1_000) ** 2).toBeCloseTo(i + 1, 9));
  });

  it('tell the rate at any time', () => {
    const ramp = arrivalsOf({
      ...base,
      startRate: 60,
      timeUnitMs: 60_000,
      stages: [
        { durationMs: 10_000, target: 180 },
        { durationMs: 0, target: 30 },
        { durationMs: 10_000, target: 30 },
      ],
    });
    expect([0, 5_000, 9_999, 10_000, 19_999, 20_000].map((ms) => Number(ramp.rateAt(ms).toFixed(2)))).toEqual([1, 2, 3, 0.5, 0.5, 0]);
    expect([ramp.peakRate, ramp.endMs]).toEqual([3, 20_000]);
  });
});

describe('Poisson arrivals', () => {
  const poisson = { ...constant(200, 60_000), arrival: 'poisson' } as const;

  it('are the same for the same seed, and others for another', () => {
    expect(all(poisson, 1)).toEqual(all(poisson, 1));
    expect(all(poisson, 2)).not.toEqual(all(poisson, 1));
  });

  it.each([1, 2, 3, 4, 5])('have the mean rate, and gaps that vary as much as they are long (seed %d)', (seed) => {
    const due = all(poisson, seed).map(({ dueMs }) => dueMs);
    expect(Math.abs(due.length - 12_000)).toBeLessThan(5 * Math.sqrt(12_000));
    const gaps = due.slice(1).map((ms, i) => ms - (due[i] as number));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    expect(mean).toBeCloseTo(5, 0);
    expect(deviation / mean).toBeGreaterThan(0.95);
    expect(deviation / mean).toBeLessThan(1.05);
  });

  it('follow a ramp', () => {
    const due = all({ ...base, arrival: 'poisson', stages: [{ durationMs: 100_000, target: 200 }] }).map(({ dueMs }) => dueMs);
    const inFirstHalf = due.filter((ms) => ms < 50_000).length;
    expect(Math.abs(due.length - 10_000)).toBeLessThan(500);
    expect(Math.abs(inFirstHalf - 2_500)).toBeLessThan(250);
  });
});

describe('arrivals of any kind', () => {
  const plans = Array.from({ length: 120 }, (_, i): [string, ArrivalsOptions] => {
    const random = keyedRandom('arrival plans', i);
    const arrival = random.pick(['uniform', 'poisson'] as const);
    const timeUnitMs = random.pick([1_000, 60_000, 333]);
    const startRate = random.int(1, 40);
    const stages = Array.from({ length: random.int(1, 5) }, () => ({
      durationMs: random.chance(0.2) ? 0 : random.int(1, 4_000),
      target: random.int(0, 60),
    }));
    const isConstant = random.chance(0.3);
    return isConstant
      ? ['constant', { ...constant(startRate, random.int(1_000, 9_000), timeUnitMs), arrival }]
      : ['ramp', { startRate, stages, timeUnitMs, arrival, firstAtOnce: false }];
  });

  it('are the sum of their slices, each at its own time', () => {
    for (const [i, [, options]] of plans.entries()) {
      const count = 1 + (i % 7);
      const parts = Array.from({ length: count }, (_, index) => [...arrivalsOf(options).of({ index, count }, seeded(i))]);
      const joined = parts.flat().toSorted((a, b) => a.index - b.index);
      expect(joined).toEqual(all(options, i));
      expect(joined.map(({ index }) => index)).toEqual(joined.map((_, n) => n));
      parts.forEach((part, index) => expect(part.every((arrival) => arrival.index % count === index)).toBe(true));
    }
  });

  it('come in order, within the plan', () => {
    for (const [, options] of plans) {
      const { endMs } = arrivalsOf(options);
      let before = 0;
      for (const { dueMs } of all(options)) {
        expect(dueMs).toBeGreaterThanOrEqual(before);
        expect(dueMs).toBeLessThanOrEqual(endMs);
        before = dueMs;
      }
    }
  });

  it('are as many as the area under the rate says, when they are even', () => {
    for (const [kind, { stages, startRate, timeUnitMs, arrival, firstAtOnce }] of plans) {
      if (arrival !== 'uniform') continue;
      let from = startRate;
      let area = 0;
      for (const { durationMs, target } of stages) {
        area += (durationMs * (from + target)) / (2 * timeUnitMs);
        from = target;
      }
      const count = all({ stages, startRate, timeUnitMs, arrival, firstAtOnce }).length;
      expect(count, kind).toBe(kind === 'constant' ? Math.ceil(area) : Math.floor(area));
    }
  });
});
