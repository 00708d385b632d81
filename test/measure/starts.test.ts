import { describe, expect, it } from 'vitest';
import { Collector, createRecorder, type HealthTotals, judgeGenerator, percentile, startsOf } from '../../src/measure/index.ts';
import { scope } from '../support/records.ts';

const CALM: HealthTotals = { samples: 0, lateIntervals: 0, busyIntervals: 0, cpuBoundIntervals: 0, worst: undefined, columns: [] };
const open = { name: 'mix', maxVus: 40, queues: false };

/** Starts of 1000 iterations a second, for two seconds after a warm-up of one. */
function starts(lagUs: (i: number) => number, dropped: number, made: number, queues = false) {
  const recorder = createRecorder();
  const collector = new Collector({ slices: 1, warmupIntervals: 1 });
  for (let index = 0; index < 3; index += 1) {
    const at = scope({ scenario: 'mix' });
    if (index === 0) recorder.count(at, 'vus_made', made);
    for (let i = 0; i < 1000; i += 1) recorder.lag(at, lagUs(i));
    recorder.lag(scope({ scenario: 'other' }), 9_000_000);
    if (dropped > 0) recorder.count(at, 'dropped_iterations', dropped);
    collector.add(recorder.cut(index, { slice: 0, vus: 1, vusMax: made }));
  }
  return startsOf(collector.finish().rows, { ...open, queues });
}

describe('the starts of an open scenario', () => {
  it('are counted after the warm-up, its VUs from the start', () => {
    const { started, dropped, lag, vusMade } = starts((i) => i, 3, 12);
    expect({ started, dropped, vusMade }).toEqual({ started: 2000, dropped: 6, vusMade: 12 });
    expect([percentile(lag, 50), lag.max]).toEqual([499, 999]);
  });

  it('are none when nothing was due', () => {
    expect(startsOf([], open)).toMatchObject({ started: 0, dropped: 0, vusMade: 0, lag: { count: 0 } });
    expect(judgeGenerator(CALM, [startsOf([], open)]).verdict).toBe('ok');
  });
});

describe('the verdict on the starts', () => {
  const late = (i: number) => (i % 50 === 0 ? 180_000 : 300);

  it.each([
    ['on time', starts(() => 4_000, 0, 40)],
    ['late less often than 1 in 100', starts((i) => (i % 200 === 0 ? 180_000 : 300), 0, 40)],
    ['dropped once in a thousand', starts(() => 300, 1, 40)],
  ])('trusts what was started %s', (_phrase, one) => {
    expect(judgeGenerator(CALM, [one])).toEqual({ verdict: 'ok', reasons: [] });
  });

  it.each([
    [
      'late starts of a busy machine',
      starts(late, 0, 12),
      /^scenario mix started iterations late, 1 in 100 by 180ms.* this machine could not/,
    ],
    ['late starts for want of a VU', starts(late, 0, 40, true), /1 in 100 by 180ms or more: all of its 40 VUs were at work.*Raise maxVUs/],
    ['late starts of a queue with VUs to spare', starts(late, 0, 39, true), /this machine could not keep up/],
    [
      'starts that were dropped',
      starts(() => 300, 20, 40),
      /never started 40 of the 2 040 iterations that were due \(2\.0%\).*Raise maxVUs/,
    ],
  ])('suspects %s', (_phrase, one, reason) => {
    const { verdict, reasons } = judgeGenerator(CALM, [one]);
    expect(verdict).toBe('suspect');
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatch(reason);
  });
});
