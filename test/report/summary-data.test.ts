import { describe, expect, it } from 'vitest';
import { summaryData } from '../../src/report/index.ts';
import type { SummaryData } from '../../src/scenario/types.ts';
import { busyRecord, smallRecord, threshold } from '../support/records.ts';

const state = { isStdOutTTY: false, isStdErrTTY: true };

describe('summaryData', () => {
  const data: SummaryData = summaryData(busyRecord(1), state);

  it("has k6's shape", () => {
    expect(data.options.summaryTrendStats).toEqual(['avg', 'min', 'med', 'p(90)', 'p(95)', 'p(99)', 'max']);
    expect(data.state).toEqual({ ...state, testRunDurationMs: 20_400 });
    expect(data.metrics['http_reqs']).toMatchObject({ type: 'counter', contains: 'default', values: { count: 1789 } });
    expect(data.metrics['checks']).toMatchObject({ type: 'rate', values: { rate: 255 / 256, passes: 255, fails: 1 } });
    expect(data.metrics['vus']).toMatchObject({ type: 'gauge', values: { value: 4, min: 4, max: 4 } });
    expect(data.metrics['data_received']).toMatchObject({ contains: 'data' });
  });

  it('speaks milliseconds', () => {
    const { values } = summaryData(smallRecord(), state).metrics['flow_duration'] ?? {};
    expect(values).toEqual({ avg: 30, min: 30, med: 30, 'p(90)': 30, 'p(95)': 30, 'p(99)': 30, max: 30 });
  });

  it('has the thresholds of a metric with what came of them', () => {
    expect(data.metrics['http_req_failed']?.thresholds).toEqual({ 'rate<0.01': { ok: true } });
  });

  it('has the sub-metrics that thresholds name', () => {
    const sub = data.metrics['flow_duration{flow:pull}'];
    expect(sub).toMatchObject({ type: 'trend', contains: 'time', thresholds: { 'p(95)<100': { ok: true }, 'p(99)<100': { ok: false } } });
    expect(sub?.values['max']).toBeGreaterThan(data.metrics['flow_duration{flow:push}']?.values['max'] ?? 0);
  });

  it('has one result for an expression that stands there twice, with a window and without', () => {
    const twice = [threshold('http_reqs', 'rate>5', 'rate', 3, false), threshold('http_reqs', 'rate>5', 'rate', 9, true)];
    for (const thresholds of [twice, twice.toReversed()]) {
      expect(summaryData(busyRecord(1, { thresholds }), state).metrics['http_reqs']?.thresholds).toEqual({ 'rate>5': { ok: false } });
    }
  });

  it('reads quoted tags as thresholds do', () => {
    const name = 'checks{"check":"has layers"}';
    const record = busyRecord(1, { thresholds: [threshold(name, 'rate>0.9', 'rate', 1, true)] });
    expect(summaryData(record, state).metrics[name]?.values['passes']).toBeGreaterThan(200);
  });

  it('has zeros for a sub-metric without a sample, as k6 has', () => {
    const record = busyRecord(1, { thresholds: [threshold('http_req_duration{operation:ping}', 'max<5', 'max', undefined, false)] });
    expect(summaryData(record, state).metrics['http_req_duration{operation:ping}']?.values).toMatchObject({ avg: 0, max: 0 });
  });

  it('takes the statistics that it is asked for', () => {
    expect(summaryData(smallRecord(), state, ['p(99.9)', 'count']).metrics['flow_duration']?.values).toEqual({ 'p(99.9)': 30, count: 3 });
  });
});
