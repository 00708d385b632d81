import type { Random } from '../base/index.ts';
import type { Slice } from './executor.ts';
import { legsOf, lengthOf, type Leg, type Stage } from './stages.ts';

/** One iteration that is to start. */
export interface Arrival {
  /** Its number in the whole plan, from 0. */
  readonly index: number;
  /** When it is to start, in ms from the start of the load. */
  readonly dueMs: number;
}

/** How the starts are spread: evenly, or as those of many who know nothing of each other, at the same mean rate. */
export type ArrivalKind = 'uniform' | 'poisson';

/** Every {@link ArrivalKind}, for option tables and messages. */
export const ARRIVAL_KINDS: readonly ArrivalKind[] = ['uniform', 'poisson'];

/** When iterations are to start: the shape of an open load, without clocks or timers. */
export interface Arrivals {
  /** When the load ends, in ms from its start. */
  readonly endMs: number;
  /** Highest rate at any time, iterations/s. */
  readonly peakRate: number;
  /** Planned rate at `ms`, iterations/s; 0 from `endMs` on. */
  rateAt(ms: number): number;
  /**
   * The arrivals of one slice in order of time: those whose number mod count is its index. `random` is what Poisson arrivals are drawn from; the
   * same source gives the same times, whatever the slice.
   */
  of(slice: Slice, random: () => Random): Iterable<Arrival>;
}

/** What arrivals are made of. */
export interface ArrivalsOptions {
  /** Iterations in each time unit, at the start. */
  readonly startRate: number;
  /** Targets are iterations in each time unit. */
  readonly stages: readonly Stage[];
  readonly timeUnitMs: number;
  readonly arrival: ArrivalKind;
  /** Whether the first iteration is due at once, or only when the plan has come to one whole iteration. */
  readonly firstAtOnce: boolean;
}

/**
 * Arrivals at a rate that follows the stages in straight lines. Iteration i is due when the area under the rate has reached i + 1 (i when the
 * first comes at once), as in k6: times are exact, and no rounding adds up over a run.
 */
export function arrivalsOf({ startRate, stages, timeUnitMs, arrival, firstAtOnce }: ArrivalsOptions): Arrivals {
  const legs = legsOf(startRate, stages);
  const endMs = lengthOf(stages);
  const perSecond = (rate: number) => (rate * 1000) / timeUnitMs;
  return {
    endMs,
    peakRate: perSecond(Math.max(startRate, ...stages.map(({ target }) => target))),
    rateAt(ms) {
      const leg = ms >= endMs ? undefined : legs.findLast(({ startMs, durationMs }) => startMs <= ms && durationMs > 0);
      return leg === undefined ? 0 : perSecond(leg.from + ((leg.to - leg.from) * (ms - leg.startMs)) / leg.durationMs);
    },
    *of(slice, random) {
      const areas = arrival === 'poisson' ? poissonAreas(random()) : evenAreas(firstAtOnce ? 0 : 1);
      const timeOf = areaToTime(legs, timeUnitMs);
      let index = 0;
      for (const area of areas) {
        const dueMs = timeOf(area);
        // A plan whose first iteration comes at once has its last one a period before the end, and none at the end itself.
        if (dueMs === undefined || (firstAtOnce && dueMs >= endMs)) return;
        if (index % slice.count === slice.index) yield { index, dueMs };
        index += 1;
      }
    },
  };
}

function* evenAreas(first: number): Generator<number> {
  for (let area = first; ; area += 1) yield area;
}

/** A Poisson process of rate 1: exponential gaps of mean 1. Stretched over the area it has the plan's rate at each time. */
function* poissonAreas(random: Random): Generator<number> {
  for (let area = 0; ; ) {
    area -= Math.log(1 - random.next());
    yield area;
  }
}

/**
 * Inverts the integral of the rate: from a number of iterations to the ms at which the plan has come to it, undefined when it never does. For numbers
 * that never fall from call to call. Areas are kept in 1 / (2 × time unit) of an iteration, in which those of stages are whole numbers.
 */
function areaToTime(legs: readonly Leg[], timeUnitMs: number): (area: number) => number | undefined {
  let at = 0;
  let before = 0;
  return (area) => {
    const wanted = area * 2 * timeUnitMs;
    for (let leg = legs[at]; leg !== undefined; leg = legs[at]) {
      const { startMs, durationMs, from, to } = leg;
      const whole = durationMs * (from + to);
      if (wanted <= before + whole) {
        const rest = wanted - before;
        if (rest <= 0) return startMs;
        // The root of from·x + (to - from)·x² / 2d = rest / 2 in the form that neither cancels nor divides by to - from.
        const root = Math.sqrt(Math.max(0, from * from + (rest * (to - from)) / durationMs));
        return startMs + Math.min(durationMs, rest / (from + root));
      }
      before += whole;
      at += 1;
    }
    return undefined;
  };
}
