/**
 * per-vu-iterations: each VU does the same number of iterations, and is done. Closed: every node of a cluster pulls the same images once.
 *
 *   VU 1 ┤▐██▌▐██▌▐██▌▐██▌
 *   VU 2 ┤▐███▌▐███▌▐███▌▐███▌
 *   VU 3 ┤▐█▌▐█▌▐█▌▐█▌
 *        └ 4 iterations each, as long as they take
 *
 *   loadreg run scenarios/executors/per-vu-iterations.ts --vus 100 --iterations 4
 */
import { images, type Options, pull, type VU } from 'loadreg';

export const options: Options = {
  scenarios: {
    nodes: { executor: 'per-vu-iterations', vus: 10, iterations: 4, maxDuration: '1m' },
  },
  thresholds: { flow_failed: ['rate==0'] },
};

export async function setup(vu: VU) {
  return { refs: await images.seed(vu, { count: 4, layers: ['64KiB', '1MiB'] }) };
}

export default async function (vu: VU, data: Awaited<ReturnType<typeof setup>>) {
  const ref = data.refs[vu.exec.vu.iterationInScenario % data.refs.length];
  if (ref !== undefined) await pull(vu, ref);
}
