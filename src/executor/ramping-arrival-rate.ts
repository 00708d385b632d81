import { arrivalRate } from './arrival-rate.ts';
import { arrivalsOf } from './arrivals.ts';
import { goDuration, stageCount } from './describe.ts';
import type { Executor } from './executor.ts';
import type { RampingArrivalRate } from './options.ts';
import { afterWarmup, lengthOf } from './stages.ts';

/** k6's `ramping-arrival-rate`. */
export function rampingArrivalRate(options: RampingArrivalRate): Executor {
  const { startRate, stages, timeUnitMs, warmupMs, arrival } = options;
  const arrivals = arrivalsOf({ startRate, stages: afterWarmup(startRate, warmupMs, stages), timeUnitMs, arrival, firstAtOnce: false });
  const what = `Up to ${arrivals.peakRate.toFixed(2)} iterations/s for ${goDuration(lengthOf(stages))} over ${stageCount(stages)}`;
  return arrivalRate(what, arrivals, options);
}
