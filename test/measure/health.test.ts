import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { HealthMonitor, type HealthTotals, judgeGenerator } from '../../src/measure/index.ts';

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('HealthMonitor', () => {
  it('sees a stalled event loop, and not its own resolution', async () => {
    const monitor = new HealthMonitor();
    await delay(120);
    const quiet = monitor.sample();
    await delay(30);
    block(150);
    await delay(30);
    const stalled = monitor.sample();
    await delay(60);
    const after = monitor.sample();
    monitor.stop();
    expect(quiet.loopDelayP50).toBeLessThan(9000);
    expect(quiet.rss).toBeGreaterThan(1e6);
    expect(stalled.loopDelayMax).toBeGreaterThan(120_000);
    expect(stalled.loopDelayMax).toBeLessThan(1_000_000);
    expect(stalled.loopUtilization).toBeGreaterThan(0.4);
    expect(stalled.cpuShare).toBeGreaterThan(0);
    expect(after.loopDelayMax).toBeLessThan(120_000);
  });

  it('gives plain numbers at once', () => {
    const monitor = new HealthMonitor();
    const sample = monitor.sample();
    monitor.stop();
    for (const value of Object.values(sample)) expect(Number.isFinite(value)).toBe(true);
    expect(sample.loopDelayMax).toBeGreaterThanOrEqual(0);
  });
});

describe('judgeGenerator', () => {
  const calm = { loopDelayP50: 100, loopDelayP99: 3000, loopDelayMax: 9000, loopUtilization: 0.4, cpuShare: 0.5, rss: 1e8 };
  const totals = (more: Partial<HealthTotals>): HealthTotals => ({
    samples: 100,
    lateIntervals: 0,
    busyIntervals: 0,
    cpuBoundIntervals: 0,
    worst: calm,
    columns: [],
    ...more,
  });

  it.each<[string, Partial<HealthTotals>]>([
    ['a calm run', {}],
    ['a run of no length', { samples: 0, worst: undefined }],
    ['a few late intervals', { lateIntervals: 10, busyIntervals: 10, cpuBoundIntervals: 10 }],
  ])('trusts %s', (_, more) => {
    expect(judgeGenerator(totals(more))).toEqual({ verdict: 'ok', reasons: [] });
  });

  it.each<[string, Partial<HealthTotals>, RegExp]>([
    [
      'a late event loop',
      { lateIntervals: 34, worst: { ...calm, loopDelayP99: 180_000 } },
      /late by more than 20ms \(p99\) in 34% .* 180ms.*fewer VUs/,
    ],
    ['a stall', { worst: { ...calm, loopDelayMax: 1_500_000 } }, /stood still for 1.5s/],
    ['a busy event loop', { busyIntervals: 90 }, /busy for more than 95% of the time in 90% of the run.*--verify size/],
    ['a full machine', { cpuBoundIntervals: 50, worst: { ...calm, cpuShare: 1.96 } }, /nearly all CPU .*2.0 cores\) in 50%/],
  ])('suspects %s', (_, more, reason) => {
    const { verdict, reasons } = judgeGenerator(totals(more));
    expect(verdict).toBe('suspect');
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatch(reason);
  });
});
