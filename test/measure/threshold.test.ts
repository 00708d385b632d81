import { describe, expect, it } from 'vitest';
import { evaluateThreshold, packValues, parseSelector, parseThreshold, type SeriesData, type Threshold } from '../../src/measure/index.ts';

const parse = (metric: string, expression: string): Threshold => {
  const { threshold, problems } = parseThreshold(metric, expression, 'options.thresholds', [
    { name: 'layers', type: 'trend', contains: 'default' },
  ]);
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
    ['http_req_duration', 'p(95)<500', { stat: 'p(95)', operator: '<', limit: 500, scale: 1000 }],
    ['http_req_duration', ' p(99.9) <= 1.5 ', { stat: 'p(99.9)', operator: '<=', limit: 1.5 }],
    ['http_req_duration', 'avg>-1', { stat: 'avg', operator: '>', limit: -1 }],
    ['http_req_duration', 'med >= 1e3', { stat: 'med', operator: '>=', limit: 1000 }],
    ['http_req_failed', 'rate<0.001', { stat: 'rate', scale: 1 }],
    ['digest_mismatches', 'count==0', { stat: 'count', operator: '==' }],
    ['data_sent', 'rate===0', { operator: '===' }],
    ['vus', 'value!=3', { stat: 'value', operator: '!=' }],
    ['blob_throughput', 'min>1024', { stat: 'min', scale: 1 }],
    ['layers', 'max<9', { stat: 'max', scale: 1000 }],
  ])('reads %s %s', (metric, expression, expected) => {
    expect(parse(metric, expression)).toMatchObject({ metric, tags: {}, ...expected });
  });

  it.each([
    ['an unknown metric', 'http_request', 'p(95)<500', 'there is no metric "http_request"'],
    ['a broken selector', 'http_reqs{x', 'count>1', '"http_reqs{x" is no metric'],
    ['a broken expression', 'http_reqs', 'count~1', '"count~1" is no threshold'],
    ['a unit', 'http_req_duration', 'p(95)<500ms', '"p(95)<500ms" is no threshold'],
    ['a statistic of another type', 'http_req_failed', 'p(95)<1', 'p(95) is no statistic of http_req_failed, a rate'],
    ['a percentile past 100', 'http_req_duration', 'p(101)<1', 'p(101) is no statistic of http_req_duration, a trend'],
    ['count of a trend', 'http_req_duration', 'count>1', 'count is no statistic of http_req_duration, a trend'],
  ])('refuses %s', (_, metric, expression, what) => {
    expect(parseThreshold(metric, expression, 'w').problems).toMatchObject([{ where: 'w', what }]);
  });

  it('tells everything that is wrong at once', () => {
    expect(parseThreshold('nope', 'nope', 'w').problems).toHaveLength(2);
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
    expect(evaluateThreshold(parse(metric, expression), data, 2000)).toEqual({ ok, value });
  });
});
