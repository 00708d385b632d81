import { describe, expect, it } from 'vitest';
import { keyedRandom } from '../../src/base/index.ts';
import { positionOf, sharedPositionOf, sharedShareOf, shareOf } from '../../src/executor/index.ts';

const random = keyedRandom('slices');
const cases = Array.from({ length: 300 }, () => ({ total: random.int(0, 500), count: random.int(1, 12), vus: random.int(1, 40) }));
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);
const slicesOf = (count: number) => upTo(count).map((index) => ({ index, count }));

describe('slices', () => {
  it('cover the whole plan, each position once', () => {
    for (const { total, count } of cases) {
      const positions = slicesOf(count).flatMap((slice) => upTo(shareOf(total, slice)).map((n) => positionOf(n, slice)));
      expect(positions.sort((a, b) => a - b)).toEqual(upTo(total));
    }
  });

  it('differ by one at most', () => {
    for (const { total, count } of cases) {
      const shares = slicesOf(count).map((slice) => shareOf(total, slice));
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    }
  });

  it('cover shared iterations, each once, and give none to a slice without VUs', () => {
    for (const { total, count, vus } of cases) {
      const positions = slicesOf(count).flatMap((slice) => {
        const share = sharedShareOf(total, vus, slice);
        expect(share).toBeLessThanOrEqual(shareOf(vus, slice) * total);
        return upTo(share).map((n) => sharedPositionOf(n, vus, slice));
      });
      expect(positions.sort((a, b) => a - b)).toEqual(upTo(total));
    }
  });

  it('give shared iterations in rising order', () => {
    for (const { total, count, vus } of cases) {
      for (const slice of slicesOf(count)) {
        const positions = upTo(sharedShareOf(total, vus, slice)).map((n) => sharedPositionOf(n, vus, slice));
        expect(positions).toEqual(positions.toSorted((a, b) => a - b));
      }
    }
  });
});
