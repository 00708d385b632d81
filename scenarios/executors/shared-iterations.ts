/**
 * shared-iterations: a fixed number of iterations, and whoever is free takes the next. Closed: how long does this work take?
 *
 *   VU 1 ┤▐██▌▐██▌▐██▌▐██▌▐██▌
 *   VU 2 ┤▐█████▌▐█████▌▐████▌
 *   VU 3 ┤▐█▌▐█▌▐█▌▐█▌▐█▌▐█▌▐█▌
 *        └ 200 iterations together, as long as they take
 *
 *   loadreg run scenarios/executors/shared-iterations.ts --vus 20 --iterations 1000
 */
import { images, type Options, pull, type VU } from 'loadreg';

export const options: Options = {
  scenarios: {
    work: { executor: 'shared-iterations', vus: 10, iterations: 200, maxDuration: '1m' },
  },
  thresholds: { flow_failed: ['rate==0'] },
};

export async function setup(vu: VU) {
  return { refs: await images.seed(vu, { count: 4, layers: ['64KiB', '1MiB'] }) };
}

export default async function (vu: VU, data: Awaited<ReturnType<typeof setup>>) {
  await pull(vu, vu.random.pick(data.refs));
}
