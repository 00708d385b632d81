import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import {
  Collector,
  createRecorder,
  type HealthSample,
  type IntervalSnapshot,
  type Recorder,
  type RunTotals,
} from '../../src/measure/index.ts';
import { buildRecord, recordText } from '../../src/record/index.ts';
import { exchange, recordInput, scope } from '../support/records.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;
const flow = scope({ scenario: 'mixed', flow: 'pull' });
const iteration = scope({ scenario: 'mixed' });
const health: HealthSample = { loopDelayP50: 90, loopDelayP99: 1_800, loopDelayMax: 4_000, loopUtilization: 0.4, cpuShare: 0.4, rss: 1e8 };

/** One second of a load with what may grow in it: latencies that go up and down, and failures with ever new codes and words. */
function second(recorder: Recorder, index: number): void {
  const slow = 1_000 + 250 * (index % 8);
  recorder.exchange(flow, exchange('manifest_get', { waiting: slow }), slow);
  recorder.flow(flow, 2 * slow, '', '', slow);
  recorder.lag(iteration, slow);
  recorder.iteration(iteration, 3 * slow, 'complete');
  if (index % 10 === 0) recorder.exception(iteration, `CODE_${index}`, `it was the ${index}th second, ${'a'.repeat(200)}`);
}

/** Bytes in use once all that can be freed is. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
}

function sizeOf(totals: RunTotals) {
  const load = { startedAt: 0, warmupEnd: 0, loadEnd: totals.columns * totals.columnWidthMs, end: totals.columns * totals.columnWidthMs };
  return { rows: totals.rows.length, columns: totals.columns, bytes: recordText(buildRecord(recordInput({ totals, load }))).length };
}

describe('a run of a day', () => {
  it('takes no more memory and makes no larger record than its first hour', () => {
    const recorder = createRecorder();
    const collector = new Collector({ slices: 1, warmupIntervals: 60 });
    let told = 0;
    collector.onInterval(() => (told += 1));
    const seconds: IntervalSnapshot[] = [];
    let first: ReturnType<typeof sizeOf> | undefined;
    let heap = 0;
    for (let index = 0; index < DAY; index += 1) {
      // Observing takes most of the time: from the second hour on, all but the last half hour is made of seconds of the first.
      const observed = index <= HOUR || index >= DAY - HOUR / 2;
      if (observed) second(recorder, index);
      const cut = observed
        ? recorder.cut(index, { slice: 0, vus: 10, vusMax: 20, health })
        : { ...(seconds[index % 40] as IntervalSnapshot), index };
      if (index < 40) seconds.push(cut);
      collector.add(cut);
      if (index === HOUR) {
        first = sizeOf(collector.finish());
        heap = heapUsed();
      }
    }
    const grown = heapUsed() - heap;
    const last = sizeOf(collector.finish());
    expect(told).toBe(DAY);
    expect(last).toMatchObject({ rows: first?.rows, columns: 338 });
    expect(first?.rows).toBeGreaterThan(20);
    expect(last.bytes).toBeLessThan(1.3 * (first?.bytes ?? 0));
    expect(grown).toBeLessThan(2 * 1024 * 1024);
  }, 60_000);
});
