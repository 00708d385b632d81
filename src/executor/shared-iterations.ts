import { driveClosedLoop } from './closed-loop.ts';
import { facts, progressTime, shareDone } from './describe.ts';
import type { Executor } from './executor.ts';
import type { SharedIterations } from './options.ts';
import { constantPopulation } from './population.ts';
import { sharedPositionOf, sharedShareOf } from './slice.ts';

/** k6's `shared-iterations`. */
export function sharedIterations(options: SharedIterations): Executor {
  const { vus, iterations, maxDurationMs, gracefulStopMs } = options;
  return {
    description: `${iterations} iterations shared among ${vus} VUs${facts({ maxDuration: maxDurationMs, gracefulStop: gracefulStopMs })}`,
    maxVus: vus,
    maxDurationMs: maxDurationMs + gracefulStopMs,
    plannedEndMs: Number.POSITIVE_INFINITY,
    async run(host) {
      const share = sharedShareOf(iterations, vus, host.slice);
      let started = 0;
      await driveClosedLoop(host, {
        population: constantPopulation(vus, maxDurationMs),
        gracefulStopMs,
        next(_vu, inVu) {
          if (started >= share) return undefined;
          const inScenario = sharedPositionOf(started, vus, host.slice);
          started += 1;
          return { inVu, inScenario };
        },
      });
      if (started < share) host.dropped(share - started);
    },
    progress: (elapsedMs, done) => ({
      share: shareDone(done, iterations),
      text: `${vus} VUs  ${progressTime(elapsedMs, maxDurationMs)}  ${done}/${iterations} shared iters`,
    }),
  };
}
