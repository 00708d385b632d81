import { describe, expect, it, vi } from 'vitest';
import { createExecutor } from '../../src/executor/index.ts';
import { drive, hostOf, outcomes } from './harness.ts';

const constant = (vus: number, durationMs: number, more: { warmupMs?: number; gracefulStopMs?: number } = {}) =>
  createExecutor({ executor: 'constant-vus', vus, durationMs, warmupMs: 0, gracefulStopMs: 30_000, ...more });

describe('constant-vus', () => {
  it('starts an iteration as soon as the last one has ended, and none at the end', async () => {
    const run = drive(constant(2, 10_000), () => 1000);
    await run.clock.until(run.done);
    expect(outcomes(run)).toEqual({ complete: 20 });
    expect(run.seen.filter(({ vu }) => vu === 1).map(({ start }) => start)).toEqual([
      0, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000,
    ]);
    expect(run.endedAt).toBe(10_000);
  });

  it('lets running iterations end within gracefulStop', async () => {
    const run = drive(constant(1, 10_000), () => 4000);
    await run.clock.until(run.done);
    expect(outcomes(run)).toEqual({ complete: 3 });
    expect(run.endedAt).toBe(12_000);
  });

  it('cuts off what still runs after gracefulStop', async () => {
    const run = drive(constant(3, 10_000, { gracefulStopMs: 5000 }), (vu) => (vu === 0 ? 60_000 : 8000));
    await run.clock.until(run.done);
    expect(outcomes(run)).toEqual({ interrupted: 3, complete: 2 });
    expect(run.endedAt).toBe(15_000);
    expect(run.seen.filter(({ outcome }) => outcome === 'interrupted').map(({ end }) => end)).toEqual([15_000, 15_000, 15_000]);
  });

  it('cuts off at once without gracefulStop', async () => {
    const run = drive(constant(1, 10_000, { gracefulStopMs: 0 }), () => 7000);
    await run.clock.until(run.done);
    expect(outcomes(run)).toEqual({ complete: 1, interrupted: 1 });
    expect(run.endedAt).toBe(10_000);
  });

  it('runs the warm-up before the stated duration, without a seam', async () => {
    const run = drive(constant(1, 10_000, { warmupMs: 5500 }), () => 1000);
    await run.clock.until(run.done);
    expect(run.seen).toHaveLength(16);
    expect(run.endedAt).toBe(16_000);
  });

  it('ends at once when the run is aborted', async () => {
    const run = drive(constant(5, 60_000), () => 10_000);
    await run.clock.advance(12_345);
    run.abort.abort();
    await run.clock.until(run.done);
    expect(outcomes(run)).toEqual({ complete: 5, interrupted: 5 });
    expect(run.endedAt).toBe(12_345);
    expect(run.clock.sleeping).toBe(0);
  });

  it('starts no iteration once it is to stop, and lets running ones end within gracefulStop', async () => {
    const run = drive(constant(2, 60_000, { gracefulStopMs: 5000 }), (vu) => (vu === 0 ? 10_000 : 4000));
    await run.clock.advance(13_000);
    run.stop.abort();
    await run.clock.until(run.done);
    expect(run.seen.map(({ vu, start, end, outcome }) => [vu, start, end, outcome])).toEqual([
      [0, 0, 10_000, 'complete'],
      [1, 0, 4000, 'complete'],
      [1, 4000, 8000, 'complete'],
      [1, 8000, 12_000, 'complete'],
      [0, 10_000, 18_000, 'interrupted'],
      [1, 12_000, 16_000, 'complete'],
    ]);
    expect(run.endedAt).toBe(18_000);
    expect(run.clock.sleeping).toBe(0);
  });

  it('does nothing in a run that was aborted before', async () => {
    const executor = constant(5, 60_000);
    const never = vi.fn<() => never>();
    await executor.run(
      hostOf({ stopping: AbortSignal.abort(), signal: AbortSignal.abort(), createVu: never, vusActive: never, dropped: never }),
    );
    expect(never).not.toHaveBeenCalled();
  });

  it('numbers iterations within VU and scenario', async () => {
    const run = drive(constant(2, 2000), (vu) => (vu === 0 ? 1000 : 2000));
    await run.clock.until(run.done);
    expect(run.seen.map(({ vu, inVu, inScenario }) => [vu, inVu, inScenario])).toEqual([
      [0, 0, 0],
      [1, 0, 1],
      [0, 1, 2],
    ]);
  });

  it('has VUs and iterations of its own in each slice', async () => {
    const runs = [0, 1, 2].map((index) => drive(constant(5, 3000), () => 1000, { index, count: 3 }));
    await Promise.all(runs.map((run) => run.clock.until(run.done)));
    const seen = runs.flatMap((run) => run.seen);
    expect(new Set(seen.map(({ vu }) => vu))).toEqual(new Set([0, 1, 2, 3, 4]));
    expect(new Set(seen.map(({ inScenario }) => inScenario)).size).toBe(15);
    expect(runs.map((run) => run.vusActive[0])).toEqual([2, 2, 1]);
  });

  it('tells how many VUs are at work', async () => {
    const run = drive(constant(3, 1000), (vu) => 1000 + vu);
    await run.clock.until(run.done);
    expect(run.vusActive).toEqual([3, 2, 1, 0]);
  });

  it('says its progress by time', () => {
    expect(constant(200, 300_000).progress(12_400, 99)).toEqual({ share: 12_400 / 300_000, text: '200 VUs  0m12s/5m00s' });
    expect(constant(200, 300_000).progress(312_400, 99)).toEqual({ share: 1, text: '200 VUs  5m00s/5m00s' });
  });
});
