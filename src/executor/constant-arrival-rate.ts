import { arrivalRate } from './arrival-rate.ts';
import { arrivalsOf } from './arrivals.ts';
import { goDuration } from './describe.ts';
import type { Executor } from './executor.ts';
import type { ConstantArrivalRate } from './options.ts';

/** k6's `constant-arrival-rate`. */
export function constantArrivalRate(options: ConstantArrivalRate): Executor {
  const { rate, timeUnitMs, durationMs, warmupMs, arrival } = options;
  const stages = [{ durationMs: warmupMs + durationMs, target: rate }];
  const arrivals = arrivalsOf({ startRate: rate, stages, timeUnitMs, arrival, firstAtOnce: true });
  return arrivalRate(`${arrivals.peakRate.toFixed(2)} iterations/s for ${goDuration(durationMs)}`, arrivals, options);
}
