import { describe, expect, it } from 'vitest';
import { emptyHistogram, isTrendStat, mean, packValues, percentile, storedScale, summarize } from '../../src/measure/index.ts';

const values = Array.from({ length: 100 }, (_, i) => (i + 1) * 1000);

describe('summarize', () => {
  it.each([
    ['a counter by its rate per second', { type: 'counter', value: 30 } as const, { count: 30, rate: 15 }],
    ['a gauge by its last value and extremes', { type: 'gauge', value: 3, min: 1, max: 9 } as const, { value: 3, min: 1, max: 9 }],
    ['a rate by its share', { type: 'rate', hits: 3, total: 4 } as const, { rate: 0.75, passes: 3, fails: 1 }],
    ['a rate of nothing', { type: 'rate', hits: 0, total: 0 } as const, { rate: 0, passes: 0, fails: 0 }],
  ])('%s', (_, data, stats) => {
    expect(summarize(data, 2000)).toEqual(stats);
  });

  it('a trend in ms, by the names of k6', () => {
    const data = { type: 'trend', histogram: packValues(values) } as const;
    const stats = summarize(data, 1000, { scale: storedScale('flow_duration', 'trend', 'time') });
    expect(Object.keys(stats)).toEqual(['avg', 'min', 'med', 'max', 'p(90)', 'p(95)', 'p(99)']);
    expect(stats).toMatchObject({ avg: 50.5, min: 1, max: 100 });
    expect(stats['med']).toBeCloseTo(50, 1);
    expect(stats['p(90)']).toBeCloseTo(90, 0);
  });

  it('a trend by the statistics asked for', () => {
    const data = { type: 'trend', histogram: packValues([1, 2, 3, 4]) } as const;
    expect(summarize(data, 1000, { stats: ['p(99.9)', 'count', 'min', 'p(25)'] })).toEqual({ 'p(99.9)': 4, count: 4, min: 1, 'p(25)': 1 });
  });

  it('a trend of nothing as 0', () => {
    const data = { type: 'trend', histogram: emptyHistogram() } as const;
    expect(summarize(data, 1000, { stats: ['avg', 'p(95)', 'count'] })).toEqual({ avg: 0, 'p(95)': 0, count: 0 });
  });
});

describe('mean and percentile', () => {
  it('are exact and within three digits', () => {
    expect(mean(packValues([1, 2, 6]))).toBe(3);
    expect(mean(emptyHistogram())).toBe(0);
    expect(percentile(packValues(values), 100)).toBe(100_000);
  });
});

describe('isTrendStat', () => {
  it.each([
    ['avg', true],
    ['med', true],
    ['count', true],
    ['p(95)', true],
    ['p(99.99)', true],
    ['p(100)', true],
    ['p(101)', false],
    ['p95', false],
    ['rate', false],
    ['', false],
  ])('%s: %s', (text, is) => {
    expect(isTrendStat(text)).toBe(is);
  });
});
