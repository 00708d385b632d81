import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keyedRandom } from '../../src/base/index.ts';
import { type IntervalSnapshot, merge, mergeData, packValues } from '../../src/measure/index.ts';
import { randomSnapshot, series, snapshot } from './samples.ts';

/** Typed arrays of any kind, and the order of lists, are no difference; counts as a digest, since there are tens of thousands. */
function plain(value: IntervalSnapshot): unknown {
  const list = value.series.map(({ data, ...rest }) =>
    data.type === 'trend' ? { ...rest, data: { ...data.histogram, counts: digestOf(data.histogram.counts) } } : { ...rest, data },
  );
  const errors = value.errors.toSorted((a, b) => (a.code < b.code ? -1 : 1));
  return { ...value, series: list.sort((a, b) => (a.key < b.key ? -1 : 1)), errors };
}

function digestOf(counts: Iterable<number>): string {
  return createHash('sha1')
    .update(new Uint8Array(Float64Array.from(counts).buffer))
    .digest('hex');
}

describe('merge', () => {
  const random = keyedRandom('merge');
  const triples = Array.from(
    { length: 150 },
    () => [0, 1, 2].map((slice) => randomSnapshot(random, 7, slice)) as [IntervalSnapshot, IntervalSnapshot, IntervalSnapshot],
  );

  it('does not care which comes first', () => {
    for (const [a, b] of triples) expect(plain(merge(a, b))).toEqual(plain(merge(b, a)));
  });

  it('does not care how three are grouped', () => {
    for (const [a, b, c] of triples) expect(plain(merge(merge(a, b), c))).toEqual(plain(merge(a, merge(b, c))));
  });

  it('keeps everything of both', () => {
    const a = snapshot(3, [series('http_reqs', { operation: 'x' }, { type: 'counter', value: 4 })], { slice: 1, vus: 2, vusMax: 5 });
    const b = snapshot(
      3,
      [
        series('http_reqs', { operation: 'x' }, { type: 'counter', value: 3 }),
        series('http_reqs', { operation: 'y' }, { type: 'counter', value: 1 }),
      ],
      { slice: 2, vus: 3, vusMax: 5 },
    );
    const merged = merge(a, b);
    expect(merged).toMatchObject({ slice: 1, index: 3, vus: 5, vusMax: 10 });
    expect(merged.series.map(({ tags, data }) => [tags, data])).toEqual([
      [{ operation: 'x' }, { type: 'counter', value: 7 }],
      [{ operation: 'y' }, { type: 'counter', value: 1 }],
    ]);
  });

  it('changes neither of both', () => {
    for (const [a, b] of triples.slice(0, 20)) {
      const before = [plain(a), plain(b)];
      merge(a, b);
      expect([plain(a), plain(b)]).toEqual(before);
    }
  });

  it('refuses snapshots of different intervals', () => {
    expect(() => merge(snapshot(1, []), snapshot(2, []))).toThrow('intervals 1 and 2');
  });
});

describe('mergeData', () => {
  it('refuses different types', () => {
    expect(() => mergeData({ type: 'counter', value: 1 }, { type: 'trend', histogram: packValues([1]) })).toThrow('a counter and a trend');
  });
});
