import { describe, expect, it } from 'vitest';
import { whyNoSample, whyZero } from '../../src/run/no-sample.ts';

const SERIES = [
  { metric: 'http_reqs', tags: { operation: 'blob_get', status: '200' } },
  { metric: 'http_reqs', tags: { operation: 'manifest_get', status: '404' } },
  { metric: 'flow_duration', tags: { flow: 'pull' } },
];

describe('why a threshold has no sample', () => {
  it.each([
    ['a metric without series', 'checks', {}, 'never got a sample'],
    ['tags on a metric without series', 'checks', { check: 'x' }, 'never got a sample'],
    ['a misspelt value', 'flow_duration', { flow: 'pul' }, "never got a sample: no series has flow 'pul' (did you mean 'pull'?)"],
    ['a value far from all', 'http_reqs', { status: '503' }, "never got a sample: no series has status '503' (there is 200, 404)"],
    [
      'a misspelt tag',
      'http_reqs',
      { operatoin: 'blob_get' },
      "never got a sample: no series has a tag 'operatoin' (did you mean 'operation'?)",
    ],
    ['an unknown tag', 'flow_duration', { colour: 'red' }, "never got a sample: no series has a tag 'colour' (tags are flow)"],
    [
      'tags that are never together',
      'http_reqs',
      { operation: 'blob_get', status: '404' },
      'never got a sample: no series of http_reqs has all of these tags',
    ],
    ['a series of the warm-up alone', 'flow_duration', { flow: 'pull' }, 'never got a sample after the warm-up'],
  ])('is told for %s', (_, metric, tags, why) => {
    expect(whyNoSample({ metric, tags }, SERIES)).toBe(why);
  });

  it('lists eight values at most', () => {
    const many = Array.from({ length: 11 }, (_, i) => ({ metric: 'checks', tags: { check: `number ${i + 10}` } }));
    expect(whyNoSample({ metric: 'checks', tags: { check: 'x' } }, many)).toContain('number 17 and 3 more)');
  });

  it('is told of a counter only when its tags look misspelt', () => {
    expect(whyZero({ metric: 'http_reqs', tags: { operation: 'blob_gte' } }, SERIES)).toBe(
      "counts as 0, for it never got a sample: no series has operation 'blob_gte' (did you mean 'blob_get'?)",
    );
    expect(whyZero({ metric: 'http_reqs', tags: { status: '503' } }, SERIES)).toBeUndefined();
    expect(whyZero({ metric: 'digest_mismatches', tags: {} }, SERIES)).toBeUndefined();
  });
});
