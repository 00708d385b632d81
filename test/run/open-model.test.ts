import { describe, expect, it } from 'vitest';
import { flow, type VU } from '../../src/flow/index.ts';
import { Collector, countAbove, createRecorder, selectRows } from '../../src/measure/index.ts';
import type { RunPlan } from '../../src/plan/index.ts';
import { buildRecord } from '../../src/record/index.ts';
import { reporters } from '../../src/report/index.ts';
import { makeContext } from '../../src/run/make-context.ts';
import { runSlice } from '../../src/run/run-slice.ts';
import { Stopper } from '../../src/run/stopper.ts';
import { startFaultyRegistry } from '../support/faulty-registry.ts';
import { OPEN_SCENARIO } from '../support/open-records.ts';
import { plan, recordInput } from '../support/records.ts';
import { silentHooks } from './support/vu.ts';

const STALL_MS = 1_000;

/** Runs the load of a plan against the registry at `url`, without the stages around it. */
async function load(url: string, fields: Partial<RunPlan>, fn: (vu: VU) => unknown) {
  const recorder = createRecorder();
  const collector = new Collector({ slices: 1, warmupIntervals: 0 });
  const stopper = new Stopper();
  const whole = plan({ ...fields, target: { ...plan().target, registry: url } });
  const context = makeContext({
    plan: whole,
    hooks: silentHooks(),
    runId: 'open-model',
    baseUrl: url,
    scenarioPath: '/nowhere/scenario.ts',
    observer: recorder,
    stopper,
    pushed() {},
  });
  await runSlice({
    plan: whole,
    slice: { index: 0, count: 1 },
    module: { default: fn },
    data: undefined,
    context,
    recorder,
    stopping: stopper.stopping,
    signal: stopper.signal,
    onInterval: (snapshot) => collector.add(snapshot),
    onIteration() {},
    onException(error) {
      throw error;
    },
    onWarning() {},
  });
  const totals = collector.finish();
  return { totals, record: buildRecord(recordInput({ plan: whole, totals })) };
}

describe('a registry that stands still for a second', () => {
  it('shows it in full in the response times of an open model, and in few service times', async () => {
    let stalledUntil: number | undefined;
    const registry = await startFaultyRegistry({
      faults: ({ nth }) => {
        if (nth === 6) stalledUntil ??= performance.now() + STALL_MS;
        return stalledUntil === undefined ? undefined : { kind: 'delay', ms: Math.max(0, stalledUntil - performance.now()) };
      },
    });
    const executor = {
      ...OPEN_SCENARIO.executor,
      rate: 20,
      durationMs: 3_000,
      warmupMs: 0,
      preAllocatedVUs: 2,
      maxVUs: 2,
      onNoVU: 'queue' as const,
    };
    const { totals, record } = await load(registry.url, { scenarios: [{ ...OPEN_SCENARIO, executor }] }, (vu) =>
      flow(vu, 'check', (inner) => inner.registry.ping()),
    );

    const trend = (metric: string) => {
      const data = selectRows(totals.rows, metric);
      if (data?.type !== 'trend') throw new Error(`${metric} has no sample`);
      return data.histogram;
    };
    const halfOfTheStall = (STALL_MS / 2) * 1000;
    for (const [service, response] of [
      ['http_req_duration', 'http_req_response_time'],
      ['flow_duration', 'flow_response_time'],
    ] as const) {
      // The two VUs hung in it, and that is all that service times know; of the others half waited for more than half of it.
      expect(countAbove(trend(service), halfOfTheStall)).toBe(2);
      expect(countAbove(trend(response), halfOfTheStall)).toBeGreaterThanOrEqual(9);
      expect(trend(response).max).toBeGreaterThan(0.95 * STALL_MS * 1000);
      expect(trend(response).count).toBe(trend(service).count);
    }
    expect(record.arrivals).toMatchObject([{ dropped: 0, vus: { preAllocated: 2, made: 2, max: 2 } }]);
    expect(record.arrivals[0]?.due).toBe(record.arrivals[0]?.started);
    expect(record.arrivals[0]?.late).toBeGreaterThan(15);
    expect(record.generator.reasons.join()).toContain('all of its 2 VUs were at work');
    expect(reporters.text.report(record, {}).body).toContain('SERVICE AND RESPONSE TIME');
  });
});
