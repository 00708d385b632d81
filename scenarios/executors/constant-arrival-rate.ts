/**
 * constant-arrival-rate: iterations start at a fixed rate, whether or not earlier ones have ended. Open: a slower registry gets the same load, and
 * its latency shows it.
 *
 *   iterations/s 20 ┤█ █ █ █ █ █ █ █ █ █ █ █ █ █ █
 *                   └┬────────────────────────────┬
 *                    0                            30s
 *
 *   loadreg run scenarios/executors/constant-arrival-rate.ts --rate 100 --duration 1m
 */
import { images, type Options, pull, type VU } from 'loadreg';

export const options: Options = {
  scenarios: {
    pulls: {
      executor: 'constant-arrival-rate',
      rate: 20,
      duration: '30s',
      preAllocatedVUs: 10,
      arrival: 'poisson', // as those of many who know nothing of each other; 'uniform' is k6's
    },
  },
  thresholds: { flow_failed: ['rate==0'] },
};

export async function setup(vu: VU) {
  return { refs: await images.seed(vu, { count: 4, layers: ['64KiB', '1MiB'] }) };
}

export default async function (vu: VU, data: Awaited<ReturnType<typeof setup>>) {
  await pull(vu, vu.random.pick(data.refs));
}
