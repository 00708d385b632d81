import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/index.ts';
import { createExecutor } from '../../src/executor/index.ts';
import { hostOf } from './harness.ts';

describe('driveClosedLoop', () => {
  it('keeps the event loop alive when iterations fail at once', async () => {
    let iterations = 0;
    let ticks = 0;
    const ticking = setInterval(() => (ticks += 1), 5);
    const executor = createExecutor({ executor: 'constant-vus', vus: 3, durationMs: 100, warmupMs: 0, gracefulStopMs: 0 });
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
    expect(ticks).toBeGreaterThan(5);
    expect(iterations).toBeGreaterThan(100);
  });

  it('drives 10 000 VUs in little memory', async () => {
    const vus = 10_000;
    const before = process.memoryUsage().heapUsed;
    let most = 0;
    let iterations = 0;
    const executor = createExecutor({ executor: 'per-vu-iterations', vus, iterations: 2, maxDurationMs: 60_000, gracefulStopMs: 0 });
    await executor.run(
      hostOf({
        clock: systemClock,
        createVu: () => ({
          async run(_place, signal) {
            iterations += 1;
            await systemClock.sleep(5, signal);
            if (iterations === vus) most = process.memoryUsage().heapUsed - before;
            return 'complete';
          },
        }),
      }),
    );
    expect(iterations).toBe(2 * vus);
    expect(most).toBeLessThan(60 * 1024 * 1024);
  });
});
