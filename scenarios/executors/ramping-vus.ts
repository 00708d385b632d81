/**
 * ramping-vus: a number of VUs that follows stages. Closed: which number of hosts is too many?
 *
 *   VUs 20 ┤       ▂▄▇██████████▇▄▂
 *       10 ┤    ▃▅██████████████████▅▃
 *        0 ┤▁▄▆████████████████████████▆▄▁
 *          └┬─────────┬─────────┬─────────┬
 *           0        10s       20s       30s
 *
 *   loadreg run scenarios/executors/ramping-vus.ts --stage 30s:100 --stage 1m:100 --stage 10s:0
 */
import { images, type Options, pull, sleep, type VU } from 'loadreg';

export const options: Options = {
  scenarios: {
    hosts: {
      executor: 'ramping-vus',
      startVUs: 0,
      stages: [
        { duration: '10s', target: 20 },
        { duration: '10s', target: 20 },
        { duration: '10s', target: 0 },
      ],
      gracefulRampDown: '10s',
    },
  },
  thresholds: { flow_failed: ['rate==0'] },
};

export async function setup(vu: VU) {
  return { refs: await images.seed(vu, { count: 4, layers: ['64KiB', '1MiB'] }) };
}

export default async function (vu: VU, data: Awaited<ReturnType<typeof setup>>) {
  await pull(vu, vu.random.pick(data.refs));
  await sleep(vu, 0.1);
}
