import { describe, expect, it, vi } from 'vitest';
import { keyedRandom, systemClock } from '../../src/base/index.ts';
import { type ConstantArrivalRate, createExecutor, type RampingArrivalRate } from '../../src/executor/index.ts';
import { drive, hostOf, outcomes } from './harness.ts';

const common = {
  timeUnitMs: 1000,
  warmupMs: 0,
  preAllocatedVUs: 10,
  maxVUs: 10,
  arrival: 'uniform',
  onNoVU: 'drop',
  gracefulStopMs: 30_000,
} as const;
const constant = (rate: number, durationMs: number, more: Partial<ConstantArrivalRate> = {}) =>
  createExecutor({ executor: 'constant-arrival-rate', rate, durationMs, ...common, ...more });
const ramping = (startRate: number, stages: readonly [seconds: number, target: number][], more: Partial<RampingArrivalRate> = {}) =>
  createExecutor({
    executor: 'ramping-arrival-rate',
    startRate,
    stages: stages.map(([seconds, target]) => ({ durationMs: seconds * 1000, target })),
    ...common,
    ...more,
  });
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('constant-arrival-rate', () => {
  it('starts iterations when they are due, however long the others take', async () => {
    const run = drive(constant(4, 2000), () => 1300);
    await run.clock.until(run.done);
    expect(run.seen.map(({ start }) => start)).toEqual([0, 250, 500, 750, 1000, 1250, 1500, 1750]);
    expect(run.seen.every(({ start, dueAt }) => start === dueAt)).toBe(true);
    expect(run.seen.map(({ inScenario }) => inScenario)).toEqual(upTo(8));
    expect(outcomes(run)).toEqual({ complete: 8 });
    expect([run.dropped, run.outOfVus, run.advice]).toEqual([0, [], []]);
    expect(run.endedAt).toBe(1750 + 1300);
  });

  it('lasts to the end of its duration when the last iterations are quick', async () => {
    const run = drive(constant(2, 3000), () => 1);
    await run.clock.until(run.done);
    expect(run.seen).toHaveLength(6);
    expect(run.endedAt).toBe(3000);
    expect(run.clock.sleeping).toBe(0);
  });

  it('makes preAllocatedVUs before the start, and gives every one its turn', async () => {
    const run = drive(constant(2, 4000, { preAllocatedVUs: 3, maxVUs: 9 }), () => 10);
    await run.clock.until(run.done);
    expect(run.made).toEqual([0, 1, 2]);
    expect(run.seen.map(({ vu, inVu }) => [vu, inVu])).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
      [0, 1],
      [1, 1],
      [2, 1],
      [0, 2],
      [1, 2],
    ]);
  });

  it('makes one more VU when none is free, up to maxVUs, and says how many would do', async () => {
    const run = drive(constant(2, 4000, { preAllocatedVUs: 1, maxVUs: 5 }), () => 1600);
    await run.clock.until(run.done);
    expect(run.made).toEqual([0, 1, 2, 3]);
    expect(run.seen).toHaveLength(8);
    expect(run.dropped).toBe(0);
    expect(run.advice).toEqual([
      'up to 4 VUs were at work at once, and preAllocatedVUs is 1: the others were made on the way; preAllocatedVUs: 4 would do',
    ]);
  });

  it('drops what is due while no VU is free, never makes up for it, and uses its number up', async () => {
    const run = drive(constant(2, 4000, { preAllocatedVUs: 1, maxVUs: 1 }), () => 1200);
    await run.clock.until(run.done);
    expect(run.seen.map(({ start, inScenario }) => [start, inScenario])).toEqual([
      [0, 0],
      [1500, 3],
      [3000, 6],
    ]);
    expect(run.dropped).toBe(5);
    expect(run.outOfVus).toEqual([1]);
    // Little: 2/s × 1.2 s = 2.4 at work, and three deviations of the Poisson distribution.
    expect(run.advice).toEqual([
      '5 iterations were dropped, because all of maxVUs: 1 were at work; preAllocatedVUs: 8 would do for 2.00 iterations/s of 1.2s each',
    ]);
  });

  it('queues what is due while no VU is free, and keeps the time it was due at', async () => {
    const run = drive(constant(2, 4000, { preAllocatedVUs: 1, maxVUs: 1, onNoVU: 'queue' }), (_vu, { inScenario }) =>
      inScenario === 0 ? 1700 : 100,
    );
    await run.clock.until(run.done);
    expect(run.seen.map(({ dueAt, start }) => [dueAt, start])).toEqual([
      [0, 0],
      [500, 1700],
      [1000, 1800],
      [1500, 1900],
      [2000, 2000],
      [2500, 2500],
      [3000, 3000],
      [3500, 3500],
    ]);
    expect(run.dropped).toBe(0);
    expect(run.outOfVus).toEqual([1]);
    expect(run.advice).toMatchObject([
      expect.stringContaining('3 iterations started late or never, because all of maxVUs: 1 were at work'),
    ]);
  });

  it('a generator that falls behind stops at the end all the same, and what it has not started is dropped', async () => {
    let now = 0; // each start takes longer than the time to the next one is due
    const clock = {
      now: () => now,
      wallTime: () => now,
      sleep: async (ms: number) => void (now += Math.max(0, ms)),
      sleepExactly: async (ms: number) => void (now += Math.max(0, ms)),
    };
    let started = 0;
    let dropped = 0;
    const createVu = () => ({
      run: async () => {
        started += 1;
        now += 5;
        return 'complete' as const;
      },
    });
    await constant(1000, 1000, { preAllocatedVUs: 2000, maxVUs: 2000 }).run(
      hostOf({ clock, createVu, dropped: (count) => void (dropped += count) }),
    );
    expect(started + dropped).toBe(1000);
    expect(dropped).toBeGreaterThan(500);
    expect(now).toBeLessThan(2000);
  });

  it('drops what is left of the queue at the end', async () => {
    const run = drive(constant(2, 4000, { preAllocatedVUs: 1, maxVUs: 1, onNoVU: 'queue' }), () => 1500);
    await run.clock.until(run.done);
    expect(run.seen.map(({ dueAt, start }) => [dueAt, start])).toEqual([
      [0, 0],
      [500, 1500],
      [1000, 3000],
    ]);
    expect(run.dropped).toBe(5);
    expect(run.endedAt).toBe(4500);
    expect(run.advice).toMatchObject([expect.stringContaining('7 iterations started late or never')]);
  });

  it('runs the warm-up at its rate before the stated duration, without a seam', async () => {
    const run = drive(constant(3, 2000, { warmupMs: 1000 }), () => 10);
    await run.clock.until(run.done);
    expect(run.seen).toHaveLength(9);
    expect(run.endedAt).toBe(3000);
  });

  it('counts rates in its time unit', async () => {
    const run = drive(constant(3, 60_000, { timeUnitMs: 20_000 }), () => 10);
    await run.clock.until(run.done);
    expect(run.seen.map(({ start }) => Math.round(start))).toEqual([0, 6667, 13_333, 20_000, 26_667, 33_333, 40_000, 46_667, 53_333]);
  });

  it('lets running iterations end within gracefulStop, and cuts off the rest', async () => {
    const run = drive(constant(1, 2000, { gracefulStopMs: 3000 }), (_vu, { inScenario }) => (inScenario === 0 ? 4500 : 60_000));
    await run.clock.until(run.done);
    expect(run.seen.map(({ end, outcome, reason }) => [end, outcome, reason])).toEqual([
      [4500, 'complete', undefined],
      [5000, 'interrupted', 'the graceful stop is over'],
    ]);
  });

  it('starts no iteration once it is to stop, and counts as dropped only what waited', async () => {
    const queue = { preAllocatedVUs: 1, maxVUs: 1, onNoVU: 'queue', gracefulStopMs: 5000 } as const;
    const run = drive(constant(2, 60_000, queue), () => 2200);
    await run.clock.advance(1200);
    run.stop.abort();
    await run.clock.until(run.done);
    expect(run.seen.map(({ start, outcome }) => [start, outcome])).toEqual([[0, 'complete']]);
    expect(run.dropped).toBe(2);
    expect(run.endedAt).toBe(2200);
    expect(run.clock.sleeping).toBe(0);
  });

  it('cuts off everything when the run is aborted', async () => {
    const run = drive(constant(1, 60_000), () => 10_000);
    await run.clock.advance(2500);
    run.abort.abort();
    await run.clock.until(run.done);
    expect(run.seen.map(({ end, reason }) => [end, reason])).toEqual(upTo(3).map(() => [2500, 'the run was ended']));
    expect(run.dropped).toBe(0);
    expect(run.clock.sleeping).toBe(0);
  });

  it('does nothing in a run that is to stop already', async () => {
    const never = vi.fn<() => never>();
    await constant(5, 60_000).run(hostOf({ stopping: AbortSignal.abort(), createVu: never, vusActive: never, dropped: never }));
    expect(never).not.toHaveBeenCalled();
  });

  it('tells how many VUs are at work', async () => {
    const run = drive(constant(2, 1000), () => 700);
    await run.clock.until(run.done);
    expect(run.vusActive).toEqual([1, 2, 1, 0]);
  });

  it('has Poisson arrivals that the seed fixes', async () => {
    const starts = async (seed: number) => {
      const run = drive(constant(20, 5000, { arrival: 'poisson', maxVUs: 100 }), () => 10, undefined, {
        random: (key) => keyedRandom(seed, key),
      });
      await run.clock.until(run.done);
      return run.seen.map(({ start }) => start);
    };
    const [a, b, c] = [await starts(1), await starts(1), await starts(2)];
    expect(b).toEqual(a);
    expect(c).not.toEqual(a);
    expect(a.length).toBeGreaterThan(60);
    expect(a.length).toBeLessThan(140);
  });
});

describe('ramping-arrival-rate', () => {
  it('starts iterations when the plan has come to them', async () => {
    const run = drive(ramping(0, [[10, 1]]), () => 5);
    await run.clock.until(run.done);
    // t² / 20 iterations after t seconds: five in ten, the last at the end.
    expect(run.seen.map(({ start }) => Math.round(start))).toEqual([4472, 6325, 7746, 8944, 10_000]);
    expect(run.endedAt).toBe(10_005);
  });

  it('runs the warm-up at startRate before its stages', async () => {
    const run = drive(
      ramping(
        2,
        [
          [5, 2],
          [0, 0],
          [5, 0],
        ],
        { warmupMs: 3000 },
      ),
      () => 5,
    );
    await run.clock.until(run.done);
    expect(run.seen.map(({ start }) => start)).toEqual(upTo(16).map((i) => 500 * (i + 1)));
    expect(run.endedAt).toBe(13_000);
  });

  it('says its progress by time, with the rate that is due', () => {
    expect(ramping(0, [[100, 50]]).progress(12_000, 99)).toEqual({ share: 0.12, text: '0m12s/1m40s  target 6.00 iters/s' });
    expect(constant(200, 60_000).progress(61_000, 99)).toEqual({ share: 1, text: '1m00s/1m00s  target 0.00 iters/s' });
  });
});

describe('the slices of an open load', () => {
  it('do together what it does alone', async () => {
    for (let i = 0; i < 30; i += 1) {
      const random = keyedRandom('sliced arrivals', i);
      const more = { arrival: random.pick(['uniform', 'poisson'] as const), preAllocatedVUs: 50, maxVUs: 200 };
      const executor = random.chance(0.5)
        ? constant(random.int(1, 30), 1000 * random.int(1, 5), more)
        : ramping(
            random.int(0, 5),
            [
              [random.int(0, 4), random.int(0, 30)],
              [random.int(1, 4), random.int(1, 30)],
            ],
            more,
          );
      const count = random.int(2, 6);
      const alone = drive(executor, () => 100);
      const parts = upTo(count).map((index) => drive(executor, () => 100, { index, count }));
      await Promise.all([alone, ...parts].map((run) => run.clock.until(run.done)));
      const key = (seen: (typeof alone)['seen']) =>
        seen.map(({ inScenario, dueAt, start }) => [inScenario, dueAt, Math.round(start)]).toSorted(([a = 0], [b = 0]) => a - b);
      expect(key(parts.flatMap((run) => run.seen))).toEqual(key(alone.seen));
      expect(alone.seen.map(({ inScenario }) => inScenario)).toEqual(upTo(alone.seen.length));
      const vus = parts.flatMap((run) => run.made);
      expect(vus.toSorted((a, b) => a - b)).toEqual(upTo(50));
    }
  });

  it('leave no iteration to a slice that has no VU', async () => {
    const parts = upTo(5).map((index) => drive(constant(10, 1000, { preAllocatedVUs: 2, maxVUs: 2 }), () => 10, { index, count: 5 }));
    await Promise.all(parts.map((run) => run.clock.until(run.done)));
    expect(parts.map((run) => run.seen.length)).toEqual([5, 5, 0, 0, 0]);
    expect(parts.flatMap((run) => run.seen.map(({ inScenario }) => inScenario)).toSorted((a, b) => a - b)).toEqual(upTo(10));
  });
});

describe('driveOpenLoop on the real clock', () => {
  it('starts 2 000 iterations a second, each soon after it is due', async () => {
    const lags: number[] = [];
    const executor = constant(2000, 1000, { preAllocatedVUs: 50, maxVUs: 200 });
    await executor.run(
      hostOf({
        clock: systemClock,
        createVu: () => ({
          async run({ dueAt }) {
            lags.push(systemClock.now() - (dueAt as number));
            return 'complete';
          },
        }),
      }),
    );
    expect(lags).toHaveLength(2000);
    expect(Math.min(...lags)).toBeGreaterThanOrEqual(0);
    lags.sort((a, b) => a - b);
    expect(lags[1000]).toBeLessThan(5); // the machine may be busy with other tests; the bench looks closer
  });

  it('keeps the event loop alive when iterations of a queue fail at once', async () => {
    let ticks = 0;
    let iterations = 0;
    const ticking = setInterval(() => (ticks += 1), 5);
    const executor = constant(50_000, 1000, { preAllocatedVUs: 1, maxVUs: 1, onNoVU: 'queue', gracefulStopMs: 0 });
    await executor.run(
      hostOf({
        clock: systemClock,
        createVu: () => ({
          async run() {
            iterations += 1;
            return 'failed';
          },
        }),
      }),
    );
    clearInterval(ticking);
    expect(iterations).toBeGreaterThan(100);
    expect(ticks).toBeGreaterThan(20);
  });
});
