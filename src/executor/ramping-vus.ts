import { driveClosedLoop } from './closed-loop.ts';
import { facts, goDuration, progressTime, shareDone, stageCount } from './describe.ts';
import type { Executor } from './executor.ts';
import type { RampingVus } from './options.ts';
import { rampingPopulation } from './population.ts';
import { positionOf } from './slice.ts';
import { afterWarmup, lengthOf } from './stages.ts';

/** k6's `ramping-vus`. */
export function rampingVus(options: RampingVus): Executor {
  const { startVUs, stages, warmupMs, gracefulRampDownMs, gracefulStopMs } = options;
  const population = rampingPopulation(startVUs, afterWarmup(startVUs, warmupMs, stages));
  const { maxVus, endMs } = population;
  const durations = { warmup: warmupMs, gracefulRampDown: gracefulRampDownMs, gracefulStop: gracefulStopMs };
  return {
    description: `Up to ${maxVus} looping VUs for ${goDuration(lengthOf(stages))} over ${stageCount(stages)}${facts(durations)}`,
    maxVus,
    maxDurationMs: endMs + gracefulStopMs,
    plannedEndMs: endMs,
    run(host) {
      let started = 0;
      return driveClosedLoop(host, {
        population,
        gracefulRampDownMs,
        gracefulStopMs,
        next(_vu, inVu) {
          const inScenario = positionOf(started, host.slice);
          started += 1;
          return { inVu, inScenario };
        },
      });
    },
    progress: (elapsedMs) => ({
      share: shareDone(elapsedMs, endMs),
      text: `${population.at(elapsedMs)}/${maxVus} VUs  ${progressTime(elapsedMs, endMs)}`,
    }),
  };
}
