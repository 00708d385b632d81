import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { flow, sleep as vuSleep, type VU } from '../../src/flow/index.ts';
import type { SeriesData } from '../../src/measure/index.ts';
import { startFaultyRegistry } from '../support/faulty-registry.ts';
import { keptLog } from '../support/log.ts';
import { runVu } from './support/vu.ts';

const registry = await startFaultyRegistry({ faults: [{ operation: 'ping', fault: { kind: 'delay', ms: 15 } }] });
const ping = (vu: VU) => vu.request({ path: '/v2/' });

/** Runs iterations one after the other. */
async function runs(fn: (vu: VU) => unknown, iterations = 1, dueBefore?: number) {
  const log = keptLog();
  const { vu, recorder } = runVu(registry.url, {}, fn, { log });
  const never = new AbortController().signal;
  for (let i = 0; i < iterations; i += 1) {
    const due = dueBefore === undefined ? {} : { dueAt: vu.role.context.clock.now() - dueBefore };
    await vu.run({ inVu: i, inScenario: i, ...due }, never);
    await new Promise(setImmediate);
  }
  await sleep(30); // what was left behind may show only when it goes on
  const { series } = recorder.cut(0, { slice: 0, vus: 1, vusMax: 1 });
  const data = (metric: string): SeriesData | undefined => series.find((one) => one.metric === metric)?.data;
  const trend = (metric: string) => {
    const one = data(metric);
    return one?.type === 'trend' ? one.histogram : undefined;
  };
  return { trend, warnings: vu.role.context.watch.warnings(() => undefined), told: log.lines };
}

describe('an iteration that was due', () => {
  it('started as late as the clock says, and so much longer is the response of all its flows and requests', async () => {
    const { trend } = await runs((vu) => flow(vu, 'own', (inner) => inner.registry.ping()), 2, 250);
    const lag = trend('iteration_lag')!;
    expect(lag.count).toBe(2);
    expect(lag.min).toBeGreaterThanOrEqual(250_000);
    expect(lag.max).toBeLessThan(350_000);
    for (const [service, response] of [
      ['http_req_duration', 'http_req_response_time'],
      ['flow_duration', 'flow_response_time'],
    ] as const) {
      expect(trend(response)?.count).toBe(2);
      expect(trend(response)!.sum - trend(service)!.sum).toBe(lag.sum);
    }
  });

  it('has no lag when it starts before its time', async () => {
    const { trend } = await runs(ping, 1, -20);
    expect(trend('iteration_lag')).toMatchObject({ count: 1, max: 0 });
  });

  it('has no response time in a closed executor', async () => {
    const { trend } = await runs(ping);
    expect(trend('http_req_duration')?.count).toBe(1);
    expect([trend('iteration_lag'), trend('http_req_response_time')]).toEqual([undefined, undefined]);
  });

  it('gives its lag to its flow, also when that goes on in the next one', async () => {
    const ends: (() => void)[] = [];
    const { vu, recorder } = runVu(registry.url, {}, (view) => void flow(view, 'own', () => new Promise<void>((end) => ends.push(end))));
    for (const [i, ms] of [5_000, 0].entries())
      await vu.run({ inVu: i, inScenario: i, dueAt: vu.role.context.clock.now() - ms }, new AbortController().signal);
    for (const end of ends) end();
    await new Promise(setImmediate);
    const times = recorder.cut(0, { slice: 0, vus: 1, vusMax: 1 }).series.find(({ metric }) => metric === 'flow_response_time')?.data;
    expect(times?.type === 'trend' && [times.histogram.count, times.histogram.min < 5e6, times.histogram.max >= 5e6]).toEqual([
      2,
      true,
      true,
    ]);
  });
});

describe('a missing await', () => {
  it.each<[string, (vu: VU) => unknown]>([
    ['before a flow', (vu) => void flow(vu, 'own', (inner) => inner.registry.ping())],
    ['before a request', (vu) => void ping(vu)],
    ['before something that sends a request later on', (vu) => void vuSleep(vu, 0.005).then(() => ping(vu))],
  ])('%s is found: iterations without a request', async (_phrase, fn) => {
    const { warnings, told } = await runs(fn);
    expect(warnings).toEqual([expect.stringMatching(/^scenario default: iteration finished without a request once; .* await missing/)]);
    expect(told).toEqual([expect.stringMatching(/^warn scenario default: .*await/)]);
  });

  it('before the last of several requests is found', async () => {
    const careless = async (vu: VU) => {
      await ping(vu);
      void ping(vu);
    };
    const { warnings, told } = await runs(careless, 3);
    expect(warnings).toEqual([
      expect.stringMatching(/^scenario default: requests or flows went on after their iteration had ended 3 times/),
    ]);
    expect(told).toHaveLength(1);
  });

  it.each<[string, (vu: VU) => unknown]>([
    ['awaits its requests', (vu) => Promise.all([ping(vu), flow(vu, 'own', (inner) => inner.registry.ping())])],
    ['has requests that fail', (vu) => flow(vu, 'own', (inner) => inner.registry.manifests.get('no/such', 'thing'))],
    ['throws while others of its requests go on', (vu) => Promise.all([ping(vu), Promise.reject(new Error('enough'))])],
  ])('is not blamed on a scenario that %s', async (_phrase, fn) => {
    const { warnings } = await runs(fn, 3);
    expect(warnings.filter((text) => text.includes('await'))).toEqual([]);
  });
});
