import { describe, expect, it } from 'vitest';
import { keyedRandom } from '../../src/base/index.ts';
import { createExecutor, type RampingVus } from '../../src/executor/index.ts';
import { drive, outcomes } from './harness.ts';

const ramp = (startVUs: number, stages: readonly [seconds: number, target: number][], more: Partial<RampingVus> = {}) =>
  createExecutor({
    executor: 'ramping-vus',
    startVUs,
    stages: stages.map(([seconds, target]) => ({ durationMs: seconds * 1000, target })),
    warmupMs: 0,
    gracefulRampDownMs: 30_000,
    gracefulStopMs: 30_000,
    ...more,
  });

describe('ramping-vus', () => {
  it('starts a VU when the line has reached its number', async () => {
    const run = drive(ramp(0, [[4, 4]]), () => 1000);
    await run.clock.until(run.done);
    // VU n comes at n + 1 s and iterates to the end: 3 + 2 + 1 iterations; the fourth would come at the end.
    const starts = (vu: number) => run.seen.filter((one) => one.vu === vu).map(({ start }) => start);
    expect([0, 1, 2, 3].map(starts)).toEqual([[1000, 2000, 3000], [2000, 3000], [3000], []]);
    expect(run.made).toEqual([0, 1, 2, 3]);
    expect(Math.max(...run.vusActive)).toBe(3);
    expect(run.endedAt).toBe(4000);
  });

  it('takes the VUs with the highest numbers away, after the iteration that they are at', async () => {
    const run = drive(
      ramp(3, [
        [3, 0],
        [2, 0],
      ]),
      () => 1500,
    );
    await run.clock.until(run.done);
    const last = (vu: number) => run.seen.filter((one) => one.vu === vu).at(-1);
    expect([0, 1, 2].map((vu) => [last(vu)?.start, last(vu)?.end, last(vu)?.outcome])).toEqual([
      [1500, 3000, 'complete'],
      [1500, 3000, 'complete'],
      [0, 1500, 'complete'],
    ]);
    expect(run.endedAt).toBe(5000); // to the end of the stages, though nobody is at work any more
  });

  it('cuts off what outlasts gracefulRampDown', async () => {
    const run = drive(
      ramp(
        2,
        [
          [0, 1],
          [20, 1],
        ],
        { gracefulRampDownMs: 4000 },
      ),
      () => 9000,
    );
    await run.clock.until(run.done);
    // The jump is at once: the second VU never gets a place.
    expect(run.seen.every(({ vu }) => vu === 0)).toBe(true);

    const later = drive(
      ramp(
        2,
        [
          [1, 2],
          [0, 1],
          [20, 1],
        ],
        { gracefulRampDownMs: 4000 },
      ),
      () => 9000,
    );
    await later.clock.until(later.done);
    expect(later.seen.filter(({ vu }) => vu === 1)).toMatchObject([
      { start: 0, end: 5000, outcome: 'interrupted', reason: 'the graceful stop is over' },
    ]);
  });

  it('says that a VU cut off without any grace was ramped down, which is no finding', async () => {
    const run = drive(
      ramp(
        2,
        [
          [1, 2],
          [0, 1],
          [5, 1],
        ],
        { gracefulRampDownMs: 0 },
      ),
      () => 3000,
    );
    await run.clock.until(run.done);
    expect(run.seen.filter(({ vu }) => vu === 1)).toMatchObject([{ end: 1000, outcome: 'interrupted', reason: 'the VU was ramped down' }]);
  });

  it('lets a VU that is wanted again go on with the iteration that it is at', async () => {
    const run = drive(
      ramp(
        1,
        [
          [2, 1],
          [0, 0],
          [2, 0],
          [0, 1],
          [8, 1],
        ],
        { gracefulRampDownMs: 3000 },
      ),
      () => 6000,
    );
    await run.clock.until(run.done);
    // Taken away at 2 s, with grace to 5 s, and back at 4 s.
    expect(run.seen.map(({ start, end, outcome, inVu }) => [start, end, outcome, inVu])).toEqual([
      [0, 6000, 'complete', 0],
      [6000, 12_000, 'complete', 1],
    ]);
  });

  it('starts a VU anew that was cut off and is wanted again', async () => {
    const run = drive(
      ramp(
        1,
        [
          [2, 1],
          [0, 0],
          [4, 0],
          [0, 1],
          [4, 1],
        ],
        { gracefulRampDownMs: 1000 },
      ),
      () => 3500,
    );
    await run.clock.until(run.done);
    expect(run.seen.map(({ start, end, outcome }) => [start, end, outcome])).toEqual([
      [0, 3000, 'interrupted'],
      [6000, 9500, 'complete'],
      [9500, 13_000, 'complete'],
    ]);
    expect(run.made).toEqual([0]);
  });

  it('has the shorter of gracefulRampDown and gracefulStop at the end', async () => {
    const stages: [number, number][] = [
      [10, 2],
      [0, 1],
      [1, 1],
    ];
    const run = drive(ramp(2, stages, { gracefulRampDownMs: 60_000, gracefulStopMs: 5000 }), () => 100_000);
    await run.clock.until(run.done);
    expect(run.seen.map(({ end, outcome }) => [end, outcome])).toEqual([
      [16_000, 'interrupted'],
      [16_000, 'interrupted'],
    ]);
  });

  it('runs the warm-up with startVUs before its stages', async () => {
    const run = drive(ramp(2, [[2, 4]], { warmupMs: 3000 }), () => 1000);
    await run.clock.until(run.done);
    // The third VU comes one second after the warm-up; the fourth would come at the end.
    expect(run.seen.filter(({ vu }) => vu === 2).map(({ start }) => start)).toEqual([4000]);
    expect(run.seen).toHaveLength(5 + 5 + 1);
    expect(run.endedAt).toBe(5000);
  });

  it('starts no iteration once it is to stop', async () => {
    const run = drive(ramp(0, [[10, 10]], { gracefulStopMs: 2000 }), () => 1500);
    await run.clock.advance(3_200);
    run.stop.abort();
    await run.clock.until(run.done);
    expect(Math.max(...run.seen.map(({ start }) => start))).toBeLessThanOrEqual(3_200);
    expect(outcomes(run)['interrupted']).toBeUndefined();
    expect(run.endedAt).toBe(4500);
    expect(run.clock.sleeping).toBe(0);
  });

  it('cuts off everything when the run is aborted', async () => {
    const run = drive(ramp(5, [[10, 5]]), () => 60_000);
    await run.clock.advance(3_000);
    run.abort.abort();
    await run.clock.until(run.done);
    expect(run.seen).toHaveLength(5);
    expect(run.seen.every(({ end, reason }) => end === 3_000 && reason === 'the run was ended')).toBe(true);
    expect(run.clock.sleeping).toBe(0);
  });

  it('does over all slices what it does alone', async () => {
    for (let i = 0; i < 20; i += 1) {
      const random = keyedRandom('sliced ramps', i);
      const stages = Array.from({ length: random.int(1, 4) }, (): [number, number] => [random.int(0, 5), random.int(0, 8)]);
      const executor = ramp(random.int(0, 4), [...stages, [2, random.int(1, 4)]], { gracefulRampDownMs: random.int(0, 3) * 500 });
      const iteration = 250 * random.int(1, 9);
      const count = random.int(2, 5);
      const alone = drive(executor, () => iteration);
      const parts = Array.from({ length: count }, (_, index) => drive(executor, () => iteration, { index, count }));
      await Promise.all([alone, ...parts].map((run) => run.clock.until(run.done)));
      const key = (seen: (typeof alone)['seen']) => seen.map(({ vu, start, end }) => `${vu} ${start} ${end}`).toSorted();
      expect(key(parts.flatMap((run) => run.seen))).toEqual(key(alone.seen));
      const numbers = parts.flatMap((run) => run.seen.map(({ inScenario }) => inScenario));
      expect(new Set(numbers).size).toBe(numbers.length);
    }
  });

  it('says its progress by time, with the VUs that are planned', () => {
    const executor = ramp(0, [[100, 200]]);
    expect(executor.progress(12_000, 99)).toEqual({ share: 0.12, text: '24/200 VUs  0m12s/1m40s' });
    expect(executor.progress(100_000, 99)).toEqual({ share: 1, text: '0/200 VUs  1m40s/1m40s' });
  });
});
