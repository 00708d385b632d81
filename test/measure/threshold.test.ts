import { describe, expect, it } from 'vitest';
import {
  evaluateThreshold,
  packValues,
  parseSelector,
  parseThreshold,
  type SeriesData,
  settleThreshold,
  type Threshold,
} from '../../src/measure/index.ts';

const CUSTOM = [
  { name: 'layers', type: 'trend', contains: 'default' },
  { name: 'layer_bytes', type: 'trend', contains: 'data' },
  { name: 'queue_wait', type: 'gauge', contains: 'time' },
] as const;

const parse = (metric: string, expression: string): Threshold => {
  const { threshold, problems } = parseThreshold(metric, expression, 'options.thresholds', CUSTOM);
  if (threshold === undefined) throw new Error(problems.map(({ what }) => what).join('; '));
  return threshold;
};

describe('parseSelector', () => {
  it.each([
    ['http_reqs', 'http_reqs', {}],
    ['flow_duration{flow:pull}', 'flow_duration', { flow: 'pull' }],
    ['http_reqs{ operation:blob_get , size_class:<1MiB }', 'http_reqs', { operation: 'blob_get', size_class: '<1MiB' }],
    ['checks{group:::login::fetch}', 'checks', { group: '::login::fetch' }],
    ['checks{"check":"has layers"}', 'checks', { check: 'has layers' }],
    ['checks{check:"digest, size" , group:::pull}', 'checks', { check: 'digest, size', group: '::pull' }],
    ["checks{check:'it''s fine'}", 'checks', { check: "'it''s fine'" }],
    ['http_reqs{}', 'http_reqs', {}],
  ])('reads %s', (text, metric, tags) => {
    expect(parseSelector(text)).toEqual({ metric, tags });
  });

  it.each(['', '2nd', 'http_reqs{', 'http_reqs{operation}', 'http_reqs{:x}', 'http reqs'])('refuses %j', (text) => {
    expect(parseSelector(text)).toBeUndefined();
  });
});

describe('parseThreshold', () => {
  it.each([
    ['http_req_duration', 'p(95)<500', { stat: 'p(95)', operator: '<', limit: 500, unit: 'ms', scale: 1000 }],
    ['http_req_duration', ' p(99.9) <= 1.5 ', { stat: 'p(99.9)', operator: '<=', limit: 1.5 }],
    ['http_req_duration', 'avg>-1', { stat: 'avg', operator: '>', limit: -1 }],
    ['http_req_duration', 'med >= 1e3', { stat: 'med', operator: '>=', limit: 1000 }],
    ['http_req_failed', 'rate<0.001', { stat: 'rate', unit: '1', scale: 1 }],
    ['http_req_failed', 'rate<.001', { limit: 0.001 }],
    ['digest_mismatches', 'count==0', { stat: 'count', operator: '==', unit: '1' }],
    ['data_sent', 'rate===0', { operator: '===', unit: 'B/s' }],
    ['vus', 'value!=3', { stat: 'value', operator: '!=' }],
    ['blob_throughput', 'min>1024', { stat: 'min', limit: 1024, unit: 'KiB/s', scale: 1 }],
    ['layers', 'max<9', { stat: 'max', unit: '1', scale: 1000 }],
  ])('reads %s %s', (metric, expression, expected) => {
    expect(parse(metric, expression)).toMatchObject({ metric, tags: {}, ...expected });
  });

  it.each([
    ['http_req_duration', 'p(95)<500ms', 500, 'ms'],
    ['http_req_duration', 'p(95)<1.5s', 1500, 'ms'],
    ['flow_duration', 'max < 1m30s', 90_000, 'ms'],
    ['http_req_waiting', 'med<800us', 0.8, 'ms'],
    ['http_req_waiting', 'med<800µs', 0.8, 'ms'],
    ['queue_wait', 'value<2s', 2000, 'ms'],
    ['blob_throughput', 'p(5)>50MiB/s', 51_200, 'KiB/s'],
    ['blob_throughput', 'p(5)>1MB/s', 976.5625, 'KiB/s'],
    ['data_received', 'count<10GiB', 10 * 1024 ** 3, 'B'],
    ['data_received', 'count < 1.5 MiB', 1_572_864, 'B'],
    ['data_sent', 'rate>1MiB/s', 1_048_576, 'B/s'],
    ['layer_bytes', 'avg<4KiB', 4096, 'B'],
    ['http_req_failed', 'rate<1%', 0.01, '1'],
    ['checks', 'rate>=99.9 %', 0.999, '1'],
    ['http_reqs', 'rate>100/s', 100, '1/s'],
  ])('reads the unit of %s %s', (metric, expression, limit, unit) => {
    const parsed = parse(metric, expression);
    expect(parsed.limit).toBeCloseTo(limit, 9);
    expect(parsed.unit).toBe(unit);
  });

  it.each([
    ['p(99)<=baseline', { factor: 1, plus: 0 }],
    ['p(99)<=baseline*1.05', { factor: 1.05, plus: 0 }],
    ['p(99) <= baseline * 1.05', { factor: 1.05, plus: 0 }],
    ['avg<baseline+10', { factor: 1, plus: 10 }],
    ['avg<baseline-0.5s', { factor: 1, plus: -500 }],
    ['avg < baseline*1.1 + 10ms', { factor: 1.1, plus: 10 }],
  ])('reads the baseline of %s', (expression, limit) => {
    expect(parse('flow_duration', expression).limit).toEqual(limit);
  });

  it('takes percentages as points when they are added to the baseline of a rate', () => {
    expect(parse('http_req_failed', 'rate<baseline+1%').limit).toEqual({ factor: 1, plus: 0.01 });
  });

  it.each([
    ['an unknown metric', 'http_request', 'p(95)<500', 'there is no metric "http_request"'],
    ['a broken selector', 'http_reqs{x', 'count>1', '"http_reqs{x" is no metric'],
    ['a broken expression', 'http_reqs', 'count~1', '"count~1" is no threshold'],
    ['no limit', 'http_reqs', 'count>', '"count>" is no threshold'],
    ['a word for a limit', 'http_req_duration', 'p(95)<fast', '"p(95)<fast" is no threshold'],
    ['a statistic of another type', 'http_req_failed', 'p(95)<1', 'p(95) is no statistic of http_req_failed, a rate'],
    ['a percentile past 100', 'http_req_duration', 'p(101)<1', 'p(101) is no statistic of http_req_duration, a trend'],
    ['count of a trend', 'http_req_duration', 'count>1', 'count is no statistic of http_req_duration, a trend'],
    ['a time for a share', 'http_req_failed', 'rate<5ms', '"5ms" is no limit for rate of http_req_failed'],
    ['a share for a time', 'http_req_duration', 'p(95)<5%', '"5%" is no limit for p(95) of http_req_duration'],
    ['a size for a time', 'http_req_duration', 'p(95)<5MiB', '"5MiB" is no limit for p(95) of http_req_duration'],
    ['a size for a rate of bytes', 'data_received', 'rate<5MiB', '"5MiB" is no limit for rate of data_received'],
    ['a rate for a number of bytes', 'data_received', 'count<5MiB/s', '"5MiB/s" is no limit for count of data_received'],
    ['a size without its base', 'data_received', 'count<10G', '"10G" is no limit for count of data_received'],
    ['a unit of a count', 'http_reqs', 'count<5s', '"5s" is no limit for count of http_reqs'],
    ['a number with a tail', 'http_reqs', 'count<5 || true', '"5 || true" is no limit for count of http_reqs'],
    ['a number past all numbers', 'http_reqs', 'count<1e999', '"1e999" is no limit for count of http_reqs'],
    ['a baseline with a wrong unit', 'http_req_duration', 'avg<baseline+5%', '"baseline+5%" is no limit for avg of http_req_duration'],
    ['a baseline to a power', 'http_req_duration', 'avg<baseline**2', '"baseline**2" is no limit for avg of http_req_duration'],
    ['a misspelt baseline', 'http_req_duration', 'avg<baselines', '"baselines" is no limit for avg of http_req_duration'],
  ])('refuses %s', (_, metric, expression, what) => {
    expect(parseThreshold(metric, expression, 'w').problems).toMatchObject([{ where: 'w', what }]);
  });

  it('says what would be a limit', () => {
    expect(parseThreshold('blob_throughput', 'p(5)>50MiB', 'w').problems[0]?.fix).toBe(
      'write KiB per second or a size per second, as 1024 or 50MiB/s',
    );
  });

  it('tells everything that is wrong at once', () => {
    expect(parseThreshold('nope', 'nope', 'w').problems).toHaveLength(2);
  });
});

describe('settleThreshold', () => {
  it.each([
    ['a plain limit, which stays', 'avg<500', undefined, 500],
    ['a share of the baseline', 'avg<baseline*1.5', 200, 300],
    ['a share and an amount', 'avg<baseline*0.5-10ms', 200, 90],
  ])('works out %s', (_, expression, baseline, limit) => {
    expect(settleThreshold(parse('flow_duration', expression), baseline).limit).toBe(limit);
  });

  it('needs a baseline where the limit is relative', () => {
    expect(() => settleThreshold(parse('flow_duration', 'avg<baseline'), undefined)).toThrow('has no baseline');
  });
});

describe('evaluateThreshold', () => {
  const times: SeriesData = { type: 'trend', histogram: packValues([100_000, 200_000, 600_000]) };
  it.each<[string, string, string, SeriesData | undefined, boolean, number | undefined]>([
    ['in ms', 'flow_duration', 'max<600.1', times, true, 600],
    ['in ms, past the limit', 'flow_duration', 'avg<300', times, false, 300],
    ['a rate', 'http_req_failed', 'rate<=0.25', { type: 'rate', hits: 1, total: 4 }, true, 0.25],
    ['a counter per second', 'http_reqs', 'rate>10', { type: 'counter', value: 30 }, true, 15],
    ['a gauge', 'vus', 'value==3', { type: 'gauge', value: 3, min: 0, max: 9 }, true, 3],
    ['a counter that never counted as 0', 'digest_mismatches', 'count==0', undefined, true, 0],
    ['a trend without values as failed', 'flow_duration', 'p(95)<500', undefined, false, undefined],
    ['an empty trend as failed', 'flow_duration', 'p(95)<500', { type: 'trend', histogram: packValues([]) }, false, undefined],
    ['a rate without values as failed', 'checks', 'rate<0.1', undefined, false, undefined],
    ['a gauge without values as failed', 'vus', 'value<1', undefined, false, undefined],
    ['plain values undoing the scale', 'layers', 'max==3.5', { type: 'trend', histogram: packValues([3500]) }, true, 3.5],
  ])('judges %s', (_, metric, expression, data, ok, value) => {
    expect(evaluateThreshold(settleThreshold(parse(metric, expression), undefined), data, 2000)).toEqual({ ok, value });
  });
});
