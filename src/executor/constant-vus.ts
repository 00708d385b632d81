import { driveClosedLoop } from './closed-loop.ts';
import { facts, goDuration, progressTime, shareDone } from './describe.ts';
import type { Executor } from './executor.ts';
import type { ConstantVus } from './options.ts';
import { constantPopulation } from './population.ts';
import { positionOf } from './slice.ts';

/** k6's `constant-vus`. */
export function constantVus(options: ConstantVus): Executor {
  const { vus, durationMs, warmupMs, gracefulStopMs } = options;
  const endMs = warmupMs + durationMs;
  return {
    description: `${vus} looping VUs for ${goDuration(durationMs)}${facts({ warmup: warmupMs, gracefulStop: gracefulStopMs })}`,
    maxVus: vus,
    maxDurationMs: endMs + gracefulStopMs,
    plannedEndMs: endMs,
    run(host) {
      let started = 0;
      return driveClosedLoop(host, {
        population: constantPopulation(vus, endMs),
        gracefulStopMs,
        next(_vu, inVu) {
          const inScenario = positionOf(started, host.slice);
          started += 1;
          return { inVu, inScenario };
        },
      });
    },
    progress: (elapsedMs) => ({ share: shareDone(elapsedMs, endMs), text: `${vus} VUs  ${progressTime(elapsedMs, endMs)}` }),
  };
}
