/**
 * Many hosts pull a few popular images.
 *
 *   loadreg run FILE --registry http://localhost:5000
 */
import { check, images, type Options, pull, type VU } from 'loadreg';

export const options: Options = {
  vus: 20, // each a host of its own, with its own connections and tokens
  duration: '1m',
  warmup: '10s', // before the duration, and in no figure
  client: 'plain', // or docker, containerd, crane, skopeo: what that client sends
  cache: 'none', // or per-vu, shared: hosts keep the layers that they have pulled
  thresholds: {
    flow_failed: ['rate<0.001'],
    'flow_duration{flow:pull}': ['p(95)<5000'], // ms
  },
};

/** The same images on every run: what the registry has already is not pushed again. */
export async function setup(vu: VU) {
  const layers = ['8KiB', '256KiB', '1MiB'];
  return { refs: await images.seed(vu, { repositories: 10, tags: 2, layers }) };
  // Without write access, pull what is there: return { refs: images.fromList(['team/app:1.0']) };
}

export default async function (vu: VU, data: Awaited<ReturnType<typeof setup>>) {
  // Zipf's law over the repositories; half of the pulls of each take its first tag.
  const ref = images.popular(vu, data.refs, { zipf: 1.05, hotTag: 0.5 });
  const pulled = await pull(vu, ref);
  // A pull that fails is a result, is counted by its code, and is no exception.
  if (pulled.ok) check(vu, pulled, { 'the image that was seeded': (image) => image.digest === ref.digest });
}
