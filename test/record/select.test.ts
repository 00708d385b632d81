import { describe, expect, it } from 'vitest';
import { LoadregError } from '../../src/base/index.ts';
import { mergeTrends, rowsOf, sumCounters, sumRates } from '../../src/record/index.ts';
import { exchange, type Second, scope, smallRecord, totalsOf } from '../support/records.ts';

const second: Second = (recorder) => {
  for (const waiting of [100, 200, 300])
    recorder.exchange(scope({ flow: 'pull' }), exchange('blob_get', { waiting, sending: 0, receiving: 0 }));
  recorder.exchange(
    scope(),
    exchange('ping', { waiting: 1000, sending: 0, receiving: 0, status: 503, expected: false, errorCode: 'HTTP_503' }),
  );
};
const { rows } = smallRecord({ totals: totalsOf({ seconds: 2, second }) });

describe('rowsOf', () => {
  it.each([
    ['no tag', {}, 2],
    ['a tag', { operation: 'ping' }, 1],
    ['one of several values', { operation: ['ping', 'blob_get'] }, 2],
    ['rows without a tag', { flow: '' }, 1],
    ['a value that no row has', { operation: 'tags_list' }, 0],
  ])('finds rows by %s', (_phrase, wanted, count) => {
    expect(rowsOf(rows, 'http_reqs', wanted)).toHaveLength(count);
  });
});

describe('sums over rows', () => {
  it('add counts and rates', () => {
    expect(sumCounters(rowsOf(rows, 'http_reqs'))).toEqual({ count: 8, rate: 4 });
    expect(sumRates(rowsOf(rows, 'http_req_failed'))).toEqual({ hits: 2, total: 8 });
  });

  it('read percentiles from the merged histogram', () => {
    const all = mergeTrends(rowsOf(rows, 'http_req_duration'));
    expect(all).toMatchObject({ count: 8, rate: 4, sum: 3200, avg: 400, min: 100, max: 1000 });
    expect([25, 50, 75, 100].map((percent) => all.percentile(percent))).toEqual([100, 200, 300, 1000]);
  });

  it('have no statistics without a sample', () => {
    const none = mergeTrends([]);
    expect(none).toMatchObject({ count: 0, avg: undefined, min: undefined, max: undefined });
    expect(none.percentile(50)).toBeUndefined();
  });

  it('refuse a histogram that is none, in a sentence', () => {
    const [row] = rowsOf(rows, 'http_req_waiting');
    if (row?.type !== 'trend') throw new Error('no trend');
    const damaged = { ...row, histogram: { ...row.histogram, data: 'SGVsbG8=' } };
    expect(() => mergeTrends([damaged]).percentile(50)).toThrow(LoadregError);
    expect(() => mergeTrends([damaged]).percentile(50)).toThrow(/the record is damaged: a histogram of http_req_waiting/);
  });
});
