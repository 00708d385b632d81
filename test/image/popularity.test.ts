import { describe, expect, it } from 'vitest';
import { keyedRandom } from '../../src/base/index.ts';
import { pickPopular } from '../../src/image/index.ts';

const refs = Array.from({ length: 20 }, (_, r) => ['v1', 'v2', 'v3'].map((tag) => ({ repository: `app-${r}`, tag }))).flat();

function shares(draws: number, keyOf: (ref: { repository: string; tag: string }) => string, hotTag = 0.5): Map<string, number> {
  const random = keyedRandom('popularity');
  const found = new Map<string, number>();
  for (let i = 0; i < draws; i += 1) {
    const key = keyOf(pickPopular(random, refs, { zipf: 1.05, hotTag }));
    found.set(key, (found.get(key) ?? 0) + 1 / draws);
  }
  return found;
}

describe('pickPopular', () => {
  it('draws repositories by Zipf', () => {
    const found = shares(50_000, ({ repository }) => repository);
    const total = Array.from({ length: 20 }, (_, r) => 1 / (r + 1) ** 1.05).reduce((sum, weight) => sum + weight, 0);
    expect(found.get('app-0')).toBeCloseTo(1 / total, 1);
    expect(found.get('app-9')).toBeCloseTo(1 / 10 ** 1.05 / total, 2);
    expect(found.size).toBe(20);
  });

  it('gives the first tag its share and the others the rest in equal parts', () => {
    const found = shares(50_000, ({ tag }) => tag);
    expect(found.get('v1')).toBeCloseTo(0.5, 1);
    expect(found.get('v2')).toBeCloseTo(0.25, 1);
    expect(found.get('v3')).toBeCloseTo(0.25, 1);
    expect(shares(1000, ({ tag }) => tag, 1).size).toBe(1);
  });

  it('takes the one tag there is, and refuses an empty list', () => {
    const random = keyedRandom('one');
    expect(pickPopular(random, [{ repository: 'a', tag: 'x' }])).toEqual({ repository: 'a', tag: 'x' });
    expect(() => pickPopular(random, [])).toThrow(/at least one image/);
  });
});
