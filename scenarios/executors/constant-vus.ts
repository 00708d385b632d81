/**
 * constant-vus: a fixed number of VUs for a fixed time. Closed: a slower registry gets less load.
 *
 *   VUs 10 ┤██████████████████████████████
 *          └┬─────────────────────────────┬
 *           0                             30s
 *
 *   loadreg run scenarios/executors/constant-vus.ts --vus 50 --duration 1m
 */
import { images, type Options, pull, type VU } from 'loadreg';

export const options: Options = {
  scenarios: {
    pulls: { executor: 'constant-vus', vus: 10, duration: '30s' },
  },
  thresholds: { flow_failed: ['rate==0'] },
};

export async function setup(vu: VU) {
  return { refs: await images.seed(vu, { count: 4, layers: ['64KiB', '1MiB'] }) };
}

export default async function (vu: VU, data: Awaited<ReturnType<typeof setup>>) {
  await pull(vu, vu.random.pick(data.refs));
}
