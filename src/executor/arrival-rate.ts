import type { Arrivals } from './arrivals.ts';
import { facts, progressTime, shareDone } from './describe.ts';
import type { Executor } from './executor.ts';
import type { ConstantArrivalRate, RampingArrivalRate } from './options.ts';
import { driveOpenLoop } from './open-loop.ts';

/** What both arrival executors are: their arrivals, driven. `what` says the load: `20.00 iterations/s for 1m0s`. */
export function arrivalRate(what: string, arrivals: Arrivals, options: ConstantArrivalRate | RampingArrivalRate): Executor {
  const { preAllocatedVUs, maxVUs, arrival, onNoVU, warmupMs, gracefulStopMs } = options;
  const { endMs } = arrivals;
  const vus = maxVUs > preAllocatedVUs ? `maxVUs: ${preAllocatedVUs}-${maxVUs}` : `maxVUs: ${maxVUs}`;
  const words = [vus, ...(arrival === 'uniform' ? [] : [`arrival: ${arrival}`]), ...(onNoVU === 'drop' ? [] : [`onNoVU: ${onNoVU}`])];
  return {
    description: `${what}${facts({ warmup: warmupMs, gracefulStop: gracefulStopMs }, words)}`,
    maxVus: maxVUs,
    maxDurationMs: endMs + gracefulStopMs,
    plannedEndMs: endMs,
    run: (host) => driveOpenLoop(host, { arrivals, preAllocatedVUs, maxVUs, onNoVU, gracefulStopMs }),
    progress: (elapsedMs) => ({
      share: shareDone(elapsedMs, endMs),
      text: `${progressTime(elapsedMs, endMs)}  target ${arrivals.rateAt(elapsedMs).toFixed(2)} iters/s`,
    }),
  };
}
