/**
 * ramping-arrival-rate: iterations start at a rate that follows stages, whether or not earlier ones have ended. Open: at which rate does latency
 * leave the ground?
 *
 *   iterations/s 50 ┤       ▂▄▇██████████▇▄▂
 *                25 ┤    ▃▅██████████████████▅▃
 *                 0 ┤▁▄▆████████████████████████▆▄▁
 *                   └┬─────────┬─────────┬─────────┬
 *                    0        10s       20s       30s
 *
 *   loadreg run scenarios/executors/ramping-arrival-rate.ts --stage 5m:500
 */
import { images, type Options, pull, type VU } from 'loadreg';

export const options: Options = {
  scenarios: {
    pulls: {
      executor: 'ramping-arrival-rate',
      startRate: 0,
      stages: [
        { duration: '10s', target: 50 },
        { duration: '10s', target: 50 },
        { duration: '10s', target: 0 },
      ],
      preAllocatedVUs: 20,
      maxVUs: 200,
      onNoVU: 'drop', // past maxVUs; 'queue' starts them late
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
