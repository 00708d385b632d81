import { driveClosedLoop } from './closed-loop.ts';
import { facts, progressTime, shareDone } from './describe.ts';
import type { Executor } from './executor.ts';
import type { PerVuIterations } from './options.ts';
import { constantPopulation } from './population.ts';
import { positionOf, shareOf } from './slice.ts';

/** k6's `per-vu-iterations`. */
export function perVuIterations(options: PerVuIterations): Executor {
  const { vus, iterations, maxDurationMs, gracefulStopMs } = options;
  const total = vus * iterations;
  return {
    description: `${iterations} iterations for each of ${vus} VUs${facts({ maxDuration: maxDurationMs, gracefulStop: gracefulStopMs })}`,
    maxVus: vus,
    maxDurationMs: maxDurationMs + gracefulStopMs,
    plannedEndMs: Number.POSITIVE_INFINITY,
    async run(host) {
      let started = 0;
      await driveClosedLoop(host, {
        population: constantPopulation(vus, maxDurationMs),
        gracefulStopMs,
        next(_vu, inVu) {
          if (inVu >= iterations) return undefined;
          const inScenario = positionOf(started, host.slice);
          started += 1;
          return { inVu, inScenario };
        },
      });
      const never = shareOf(vus, host.slice) * iterations - started;
      if (never > 0) host.dropped(never);
    },
    progress: (elapsedMs, done) => ({
      share: shareDone(done, total),
      text: `${vus} VUs  ${progressTime(elapsedMs, maxDurationMs)}  ${done}/${total} iters, ${iterations} per VU`,
    }),
  };
}
