/**
 * Builds push: mostly one fresh layer on an image that is there, sometimes a new image, sometimes only a tag.
 *
 *   loadreg run FILE --registry http://localhost:5000 --cleanup
 */
import { images, type Options, push, type VU } from 'loadreg';

export const options: Options = {
  vus: 10,
  iterations: 200, // a fixed amount of work: two runs write the same bytes
  duration: '10m', // with iterations: the longest that they may take
  maxWrite: '5GiB', // the run stops when this much was uploaded
  thresholds: {
    flow_failed: ['rate<0.001'],
    'flow_duration{flow:push}': ['p(95)<10000'], // ms
  },
};

const LAYERS = ['64KiB', '256KiB', '1MiB'];

/** Images of this run alone, to push on top of. */
export async function setup(vu: VU) {
  return { own: await images.seed(vu, { repositories: 4, layers: LAYERS, fresh: true }) };
}

export default async function (vu: VU, data: Awaited<ReturnType<typeof setup>>) {
  const on = vu.random.pick(data.own);
  switch (vu.random.weighted(['layer', 'image', 'tag'] as const, [60, 25, 15])) {
    case 'layer':
      await push(vu, await images.fresh(vu, { on, layers: ['256KiB'] }));
      break;
    case 'image':
      await push(vu, await images.fresh(vu, { layers: LAYERS }));
      break;
    default:
      await push(vu, images.retag(vu, on));
  }
}
