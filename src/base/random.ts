import { createHash } from 'node:crypto';

/**
 * A seeded source of randomness: the same key gives the same choices on every machine, in every thread.
 * Not for secrets.
 */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** A whole number, uniform in [min, max], both included. */
  int(min: number, max: number): number;
  /** One element, uniform; throws RangeError when there is none. */
  pick<T>(items: readonly T[]): T;
  /** One element by weight: `weights[i]` is the share of `items[i]`; they need not add up to 1. */
  weighted<T>(items: readonly T[], weights: readonly number[]): T;
  /** One element by Zipf's law: the element at index r has weight 1 / (r + 1) ** exponent. */
  zipf<T>(items: readonly T[], exponent: number): T;
  /** True with the given probability. */
  chance(probability: number): boolean;
}

/** A source keyed by any values, for example (seed, scenario, VU, iteration): equal keys give equal sources. */
export function keyedRandom(...key: readonly (string | number)[]): Random {
  let h = 0x811c9dc5;
  for (const part of key) {
    const text = String(part);
    for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
    h = Math.imul(h ^ 0xff, 0x01000193); // a separator, so that (1, 12) and (11, 2) differ
  }
  return new Sfc32(h);
}

/** 32 bytes that depend on the key alone: keys for generated layer content. */
export function keyedBytes(...key: readonly (string | number)[]): Buffer {
  return createHash('sha256').update(key.map(String).join('\0')).digest();
}

const zipfTables = new Map<string, readonly number[]>();

function zipfWeights(length: number, exponent: number): readonly number[] {
  const id = `${length}/${exponent}`;
  let weights = zipfTables.get(id);
  if (weights === undefined) {
    weights = Array.from({ length }, (_, rank) => 1 / (rank + 1) ** exponent);
    zipfTables.set(id, weights);
  }
  return weights;
}

/** sfc32 (Chris Doty-Humphrey, PractRand): small, fast, passes the usual batteries. */
class Sfc32 implements Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    this.#a = seed | 0;
    this.#b = 0x9e3779b9 | 0;
    this.#c = Math.imul(seed ^ 0x85ebca6b, 0xc2b2ae35);
    for (let i = 0; i < 12; i += 1) this.#draw(); // mixes near-equal seeds apart
  }

  #draw(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + t) | 0;
    return t >>> 0;
  }

  next(): number {
    return this.#draw() / 0x1_0000_0000;
  }

  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('random.pick() needs at least one element');
    return items[Math.floor(this.next() * items.length)] as T;
  }

  weighted<T>(items: readonly T[], weights: readonly number[]): T {
    if (items.length === 0 || weights.length !== items.length) {
      throw new RangeError('random.weighted() needs elements and one weight for each of them');
    }
    let left = this.next() * weights.reduce((sum, weight) => sum + weight, 0);
    for (let i = 0; i < items.length; i += 1) {
      left -= weights[i] as number;
      if (left < 0) return items[i] as T;
    }
    return items[items.length - 1] as T;
  }

  zipf<T>(items: readonly T[], exponent: number): T {
    return this.weighted(items, zipfWeights(items.length, exponent));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }
}
