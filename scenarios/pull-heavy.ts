/**
 * What a registry does all day: many hosts pull a few popular images, and now and then somebody pushes.
 *
 *   loadreg run scenarios/pull-heavy.ts --vus 200 --duration 5m --registry http://localhost:5000
 *
 * Repositories are drawn by Zipf's law, half of the pulls of each go to its first tag. One iteration in twenty pushes: mostly a new tag on
 * an image that exists, else one small fresh layer. Nobody caches anything and nobody thinks between two pulls.
 *
 * Knobs (-e NAME=VALUE):
 *   REPOSITORIES  repositories to pull from                    20
 *   TAGS          images in each                               3
 *   LAYERS        sizes of the layers of an image              512B,8KiB,256KiB,1MiB,4MiB
 *   BASE          size of the layer below them, which is one
 *                 of BASES that all images share; 0 for none   10MiB
 *   BASES         how many such layers there are               5
 *   PULLS         share of iterations that pull                0.95
 *   ZIPF          exponent of the popularity of repositories   1.05
 *   HOT_TAG       share of pulls that take the first tag       0.5
 *
 * `-e PULLS=1` needs to write for its set-up only, and nothing at all once the images are there.
 */
import { check, images, knobs, type Options, pull, push, type VU } from 'loadreg';

export const options: Options = {
  vus: 50,
  duration: '1m',
  warmup: '30s',
  thresholds: {
    http_req_failed: ['rate<0.001'],
    flow_failed: ['rate<0.001'],
    checks: ['rate==1'],
  },
};

const count = (vu: VU, name: string, byDefault: number) => knobs.number(vu, name, byDefault, { least: 1, whole: true });

/** What is drawn by: read in setup too, so that what is wrong with it is told before the load. */
const choices = (vu: VU) => ({
  pulls: knobs.number(vu, 'PULLS', 0.95, { most: 1 }),
  zipf: knobs.number(vu, 'ZIPF', 1.05, { most: 100 }),
  hotTag: knobs.number(vu, 'HOT_TAG', 0.5, { most: 1 }),
});

export async function setup(vu: VU) {
  const { env } = vu;
  const { pulls } = choices(vu);
  const content = {
    layers: (env.LAYERS ?? '512B,8KiB,256KiB,1MiB,4MiB').split(','),
    ...(env.BASE === '0' ? {} : { base: { size: env.BASE ?? '10MiB', count: count(vu, 'BASES', 5) } }),
  };
  // The same images on every run: what the registry has already is not pushed again.
  const refs = await images.seed(vu, { ...content, repositories: count(vu, 'REPOSITORIES', 20), tags: count(vu, 'TAGS', 3) });
  // Images of this run alone, to push to.
  const own = pulls < 1 ? await images.seed(vu, { layers: ['64KiB', '1MiB'], repositories: 4, fresh: true }) : [];
  return { refs, own };
}

export default async function (vu: VU, data: Awaited<ReturnType<typeof setup>>) {
  const { pulls, zipf, hotTag } = choices(vu);
  if (!vu.random.chance(pulls)) {
    const base = vu.random.pick(data.own);
    const isRetag = vu.random.chance(0.75);
    await push(vu, isRetag ? images.retag(vu, base) : await images.fresh(vu, { on: base, layers: ['64KiB'] }));
    return;
  }
  const ref = images.popular(vu, data.refs, { zipf, hotTag });
  const pulled = await pull(vu, ref);
  if (pulled.ok) check(vu, pulled, { 'the image that was seeded': (image) => image.digest === ref.digest });
}
