import { describe, expect, it } from 'vitest';
import { createExecutor } from '../../src/executor/index.ts';
import { drive, outcomes } from './harness.ts';

const shared = (vus: number, iterations: number, maxDurationMs = 600_000, gracefulStopMs = 30_000) =>
  createExecutor({ executor: 'shared-iterations', vus, iterations, maxDurationMs, gracefulStopMs });
const perVu = (vus: number, iterations: number, maxDurationMs = 600_000, gracefulStopMs = 30_000) =>
  createExecutor({ executor: 'per-vu-iterations', vus, iterations, maxDurationMs, gracefulStopMs });
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('shared-iterations', () => {
  it('gives the next iteration to the VU that is free', async () => {
    const run = drive(shared(2, 6), (vu) => (vu === 0 ? 4000 : 1000));
    await run.clock.until(run.done);
    expect(run.seen.map(({ vu, inScenario }) => [vu, inScenario])).toEqual([
      [0, 0],
      [1, 1],
      [1, 2],
      [1, 3],
      [1, 4],
      [0, 5],
    ]);
    expect(run.endedAt).toBe(8000);
    expect(run.dropped).toBe(0);
  });

  it('drops the iterations that maxDuration cut before they were started', async () => {
    const run = drive(shared(2, 100, 5000), () => 2000);
    await run.clock.until(run.done);
    expect(outcomes(run)).toEqual({ complete: 6 });
    expect(run.dropped).toBe(94);
    expect(run.endedAt).toBe(6000);
  });

  it('ends at once when the run is aborted, and drops the rest', async () => {
    const run = drive(shared(2, 100), () => 2000);
    await run.clock.advance(3000);
    run.abort.abort();
    await run.clock.until(run.done);
    expect(outcomes(run)).toEqual({ complete: 2, interrupted: 2 });
    expect(run.dropped).toBe(96);
  });

  it.each([
    ['as many slices as VUs', 4, 10, 4],
    ['more slices than VUs', 2, 9, 5],
    ['VUs that do not divide', 5, 23, 3],
  ])('runs every iteration once over all slices: %s', async (_, vus, iterations, count) => {
    const runs = upTo(count).map((index) => drive(shared(vus, iterations), () => 1000, { index, count }));
    await Promise.all(runs.map((run) => run.clock.until(run.done)));
    const numbers = runs.flatMap((run) => run.seen.map(({ inScenario }) => inScenario));
    expect(numbers.sort((a, b) => a - b)).toEqual(upTo(iterations));
  });

  it('says its progress by iterations', () => {
    expect(shared(50, 300).progress(61_000, 120)).toEqual({ share: 0.4, text: '50 VUs  1m01s/10m00s  120/300 shared iters' });
  });
});

describe('per-vu-iterations', () => {
  it('gives every VU the same number', async () => {
    const run = drive(perVu(3, 4), (vu) => 1000 * (vu + 1));
    await run.clock.until(run.done);
    expect(upTo(3).map((vu) => run.seen.filter((one) => one.vu === vu).map(({ inVu }) => inVu))).toEqual([upTo(4), upTo(4), upTo(4)]);
    expect(new Set(run.seen.map(({ inScenario }) => inScenario)).size).toBe(12);
    expect(run.endedAt).toBe(12_000);
  });

  it('drops what maxDuration cut, of its own slice', async () => {
    const run = drive(perVu(5, 10, 3000), () => 1000, { index: 1, count: 2 });
    await run.clock.until(run.done);
    expect(run.seen).toHaveLength(6);
    expect(run.dropped).toBe(14);
  });

  it('counts an iteration cut off after gracefulStop as interrupted, not as dropped', async () => {
    const run = drive(perVu(1, 3, 3000, 1000), () => 2500);
    await run.clock.until(run.done);
    expect(outcomes(run)).toEqual({ complete: 1, interrupted: 1 });
    expect(run.dropped).toBe(1);
    expect(run.endedAt).toBe(4000);
  });
});
