/**
 * Hosts that keep what they have pulled: cold at first, then warm. What a registry sees of a fleet that has been up for a while.
 *
 *   loadreg run scenarios/warm-hosts.ts --vus 200 --duration 5m --registry http://localhost:5000
 *   loadreg run scenarios/warm-hosts.ts --cache none       every pull is cold: the ceiling
 *   loadreg run scenarios/warm-hosts.ts --cache shared     all VUs are one host, such as a big build machine
 *
 * Each VU is a host with a store of its own (`cache: 'per-vu'`) and pulls images by their popularity; what it has by then it asks for by
 * manifest only. `warm_blobs` is the share of blobs that the hosts had. With --warmup the cold start is left out of every total.
 *
 * Knobs (-e NAME=VALUE):
 *   REPOSITORIES  images to pull                                     50
 *   LAYERS        sizes of the layers of an image, or a distribution
 *                 that they are drawn from: hub-2024, ibm-2017       256KiB,1MiB,4MiB
 *   CAP           no drawn layer is larger                           16MiB
 *   BASE          size of the layer below them, one of BASES         10MiB
 *   BASES         how many such layers there are                     5
 *   ZIPF          exponent of the popularity of images; 0: uniform   1.05
 */
import { check, images, knobs, type Options, pull, Rate, type VU } from 'loadreg';

export const options: Options = {
  vus: 50,
  duration: '1m',
  cache: 'per-vu',
  thresholds: {
    http_req_failed: ['rate<0.001'],
    flow_failed: ['rate<0.001'],
    checks: ['rate==1'],
  },
};

const warmBlobs = new Rate('warm_blobs');

const count = (vu: VU, name: string, byDefault: number) => knobs.number(vu, name, byDefault, { least: 1, whole: true });
/** Read in setup too, so that what is wrong with it is told before the load. */
const zipf = (vu: VU) => knobs.number(vu, 'ZIPF', 1.05, { most: 100 });

export async function setup(vu: VU) {
  const { LAYERS = '256KiB,1MiB,4MiB', CAP = '16MiB', BASE = '10MiB' } = vu.env;
  knobs.size(vu, 'CAP', '16MiB', { least: 32 }); // also where no layer is drawn
  zipf(vu);
  const drawn = LAYERS === 'hub-2024' || LAYERS === 'ibm-2017';
  const refs = await images.seed(vu, {
    layers: drawn ? { distribution: LAYERS, cap: CAP } : LAYERS.split(','),
    base: { size: BASE, count: count(vu, 'BASES', 5) },
    compression: 'gzip',
    repositories: count(vu, 'REPOSITORIES', 50),
  });
  return { refs };
}

export default async function (vu: VU, data: Awaited<ReturnType<typeof setup>>) {
  const ref = images.popular(vu, data.refs, { zipf: zipf(vu) });
  const pulled = await pull(vu, ref);
  if (!pulled.ok) return;
  check(vu, pulled, { 'the image that was seeded': ({ digest }) => digest === ref.digest });
  const blobs = new Set(pulled.layers.map(({ digest }) => digest)).size + 1; // and the config
  for (let i = 0; i < blobs; i += 1) warmBlobs.add(vu, i < pulled.cached);
}
