/**
 * A fixed number of flows a second, four pulls to a push: the load to judge latency by, because a slow registry does not slow it down.
 *
 *   loadreg run FILE --registry http://localhost:5000
 */
import { images, type Options, pull, push, type VU } from 'loadreg';

export const options: Options = {
  warmup: '10s',
  scenarios: {
    mixed: {
      executor: 'constant-arrival-rate',
      rate: 10, // iterations for each timeUnit
      timeUnit: '1s',
      duration: '1m',
      preAllocatedVUs: 20, // more are made when none is free, up to maxVUs
    },
  },
  thresholds: {
    flow_failed: ['rate<0.001'],
    dropped_iterations: ['count==0'], // the load was really made
    'flow_response_time{flow:pull}': ['p(95)<5000'], // ms from when the pull was due
  },
};

export async function setup(vu: VU) {
  const layers = ['8KiB', '256KiB', '1MiB'];
  return {
    refs: await images.seed(vu, { repositories: 10, tags: 2, layers }),
    own: await images.seed(vu, { repositories: 2, layers, fresh: true }),
  };
}

export default async function (vu: VU, data: Awaited<ReturnType<typeof setup>>) {
  if (vu.random.chance(0.8)) {
    await pull(vu, images.popular(vu, data.refs, { zipf: 1.05, hotTag: 0.5 }));
  } else {
    await push(vu, await images.fresh(vu, { on: vu.random.pick(data.own), layers: ['64KiB'] }));
  }
}
