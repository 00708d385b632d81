import type { Slice } from './executor.ts';
import { shareOf } from './slice.ts';
import { legsOf, lengthOf, type Leg, type Stage } from './stages.ts';

/** From `ms` on, `vus` VUs are to be at work. */
export interface PopulationStep {
  readonly ms: number;
  readonly vus: number;
}

/** How many VUs are to be at work at which time: the shape of a closed load, without clocks or timers. */
export interface Population {
  /** The most VUs at any time. */
  readonly maxVus: number;
  /** When the load ends, in ms from its start. */
  readonly endMs: number;
  /** VUs at work at `ms`; 0 from `endMs` on. */
  at(ms: number): number;
  /** Every change before `endMs`, in order of time; it begins with none at work. */
  steps(): Iterable<PopulationStep>;
}

/** The same number of VUs from the start to `endMs`. */
export function constantPopulation(vus: number, endMs: number): Population {
  return { maxVus: vus, endMs, at: (ms) => (ms < endMs ? vus : 0), steps: () => [{ ms: 0, vus }] };
}

/**
 * From `startVUs` on, in a straight line from stage to stage. The number of VUs is whole and lags behind the line, as in k6: on the way up and down
 * alike, a VU comes or goes when the line has reached its number.
 */
export function rampingPopulation(startVUs: number, stages: readonly Stage[]): Population {
  const legs = legsOf(startVUs, stages);
  const endMs = lengthOf(stages);
  return {
    maxVus: Math.max(startVUs, ...stages.map(({ target }) => target)),
    endMs,
    at(ms) {
      if (ms >= endMs) return 0;
      const leg = legs.findLast(({ startMs, durationMs }) => startMs <= ms && durationMs > 0);
      return leg === undefined ? startVUs : onLeg(leg, ms);
    },
    steps: () => changes(rampSteps(startVUs, legs), endMs),
  };
}

/** The part of a population that one slice drives. */
export function populationOf(population: Population, slice: Slice): Population {
  return {
    maxVus: shareOf(population.maxVus, slice),
    endMs: population.endMs,
    at: (ms) => shareOf(population.at(ms), slice),
    steps: () => changes(shares(population.steps(), slice), population.endMs),
  };
}

/** Against quotients that should be whole and are not quite: a step must be seen at its own time. */
const ROUNDING = 1e-9;

function onLeg({ startMs, durationMs, from, to }: Leg, ms: number): number {
  const done = Math.floor((Math.abs(to - from) * (ms - startMs)) / durationMs + ROUNDING);
  return from + Math.sign(to - from) * done;
}

function* rampSteps(startVUs: number, legs: readonly Leg[]): Generator<PopulationStep> {
  yield { ms: 0, vus: startVUs };
  for (const { startMs, durationMs, from, to } of legs) {
    const change = Math.abs(to - from);
    if (durationMs === 0) yield { ms: startMs, vus: to };
    else for (let k = 1; k <= change; k += 1) yield { ms: startMs + (durationMs * k) / change, vus: from + Math.sign(to - from) * k };
  }
}

function* shares(steps: Iterable<PopulationStep>, slice: Slice): Generator<PopulationStep> {
  for (const { ms, vus } of steps) yield { ms, vus: shareOf(vus, slice) };
}

/** Steps that change something, one for each time, before the end. */
function* changes(steps: Iterable<PopulationStep>, endMs: number): Generator<PopulationStep> {
  let vus = 0;
  let held: PopulationStep | undefined;
  for (const step of steps) {
    if (held !== undefined && held.ms < step.ms && held.vus !== vus) {
      yield held;
      vus = held.vus;
    }
    if (step.ms >= endMs) return;
    held = step;
  }
  if (held !== undefined && held.vus !== vus) yield held;
}
