import { describe, expect, it } from 'vitest';
import { EXECUTOR_NAMES, EXECUTORS } from '../../src/executor/index.ts';
import { isOpenModel } from '../../src/record/index.ts';
import { summaryData } from '../../src/report/index.ts';
import { openRecord } from '../support/open-records.ts';
import { smallRecord } from '../support/records.ts';

describe('the arrivals of a record', () => {
  it('put what was asked for beside what was done, without the warm-up', () => {
    expect(openRecord().arrivals).toMatchObject([
      { scenario: 'mixed', due: 360, offeredRate: 20, started: 359, dropped: 1, completed: 359, late: 19, lateUs: 5_000, onNoVu: 'drop' },
    ]);
    expect(openRecord().arrivals[0]).toMatchObject({
      achievedRate: 359 / 18,
      lag: { maxUs: 1_000_000 },
      vus: { preAllocated: 10, made: 12, max: 40 },
    });
  });

  it('are the same whether one slice made the load or three', () => {
    expect(openRecord({ slices: 3 }).arrivals).toEqual(openRecord().arrivals);
  });

  it('are none of a closed model', () => {
    expect(smallRecord().arrivals).toEqual([]);
    expect(smallRecord().rows.filter(({ metric }) => /response_time|lag/.test(metric))).toEqual([]);
  });

  it('have no lag when nothing was started', () => {
    const [arrivals] = openRecord({ dropped: () => 20 }).arrivals;
    expect(arrivals).toMatchObject({ due: 360, started: 0, dropped: 360, lag: null, achievedRate: 0 });
  });

  it('are in the verdict on the generator', () => {
    expect(openRecord({ lagUs: () => 300, dropped: () => 0 }).generator).toEqual({ verdict: 'ok', reasons: [] });
    expect(openRecord({ lagUs: () => 90_000, onNoVU: 'queue', vusMade: 40 }).generator.reasons.join()).toContain('all of its 40 VUs');
  });

  it('are of the executors that plan their starts', () => {
    expect(EXECUTOR_NAMES.filter(isOpenModel)).toEqual(EXECUTOR_NAMES.filter((name) => EXECUTORS[name].isOpen));
  });
});

it('handleSummary gets response times and lags in milliseconds', () => {
  const { metrics } = summaryData(openRecord(), { isStdOutTTY: false, isStdErrTTY: false });
  expect(metrics['iteration_lag']).toMatchObject({ type: 'trend', contains: 'time', values: { max: 1000 } });
  expect(metrics['flow_response_time']?.values['max']).toBeGreaterThan(1000);
  expect(metrics['flow_duration']?.values['max']).toBeLessThan(50);
  expect(metrics['http_req_response_time']?.values['max']).toBeGreaterThan(1000);
});
