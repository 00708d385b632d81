import type { Slice } from './executor.ts';
import { shareOf } from './slice.ts';

/** How many VUs are to be at work at which time: the shape of a closed load, without clocks or timers. */
export interface Population {
  /** The most VUs at any time. */
  readonly maxVus: number;
  /** When the load ends, in ms from its start. */
  readonly endMs: number;
  /** VUs at work at `ms`; 0 from `endMs` on. */
  at(ms: number): number;
}

/** The same number of VUs from the start to `endMs`. */
export function constantPopulation(vus: number, endMs: number): Population {
  return { maxVus: vus, endMs, at: (ms) => (ms < endMs ? vus : 0) };
}

/** The part of a population that one slice drives. */
export function populationOf(population: Population, slice: Slice): Population {
  return {
    maxVus: shareOf(population.maxVus, slice),
    endMs: population.endMs,
    at: (ms) => shareOf(population.at(ms), slice),
  };
}
