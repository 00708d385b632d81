/**
 * A registry at work, at a rate that is the same whatever the registry does: the scenario for verdicts about latency.
 *
 *   loadreg run scenarios/mixed.ts --registry http://localhost:5000
 *   loadreg run scenarios/mixed.ts --rate 50 --duration 10m --registry http://localhost:5000
 *
 * 20 flows start each second, four pulls to one push. Most pulls look at the manifest only, as hosts do that have the image; the others fetch what
 * their host has not pulled yet. A push is one fresh layer on an image that is there, or a new tag. Each VU is a host: it keeps what it has
 * pulled, and the warm-up is there to fill its cache. A registry that is slow is not spared: iterations that are due start on more hosts, and
 * response times count from when they were due.
 *
 * Knobs (-e NAME=VALUE):
 *   REPOSITORIES  repositories to pull from                       20
 *   TAGS          images in each                                  3
 *   LAYERS        sizes of the layers of an image                 512B,8KiB,256KiB,1MiB,4MiB
 *   BASE          size of the layer below them, which is one
 *                 of BASES that all images share; 0 for none      10MiB
 *   BASES         how many such layers there are                  5
 *   PULLS         share of flows that pull                        0.8
 *   MANIFESTS     share of pulls that take the manifest only      0.7
 *   ZIPF          exponent of the popularity of repositories      1.05
 *   HOT_TAG       share of pulls that take the first tag          0.5
 *   RETAGS        share of pushes that are a new tag              0.3
 *   FRESH_LAYER   size of the fresh layer of the others           1MiB
 */
import { check, images, type Options, pull, push, type VU } from 'loadreg';

export const options: Options = {
  scenarios: {
    mixed: { executor: 'constant-arrival-rate', rate: 20, duration: '5m', preAllocatedVUs: 30 },
  },
  warmup: '60s',
  cache: 'per-vu',
  thresholds: {
    http_req_failed: ['rate<0.001'],
    flow_failed: ['rate<0.001'],
    checks: ['rate==1'],
    dropped_iterations: ['count==0'],
  },
};

export async function setup(vu: VU) {
  const { env } = vu;
  const content = {
    layers: (env.LAYERS ?? '512B,8KiB,256KiB,1MiB,4MiB').split(','),
    ...(env.BASE === '0' ? {} : { base: { size: env.BASE ?? '10MiB', count: Number(env.BASES ?? 5) } }),
  };
  // The same images on every run: what the registry has already is not pushed again.
  const refs = await images.seed(vu, { ...content, repositories: Number(env.REPOSITORIES ?? 20), tags: Number(env.TAGS ?? 3) });
  // Images of this run alone, to push to.
  const own = Number(env.PULLS ?? 0.8) < 1 ? await images.seed(vu, { layers: ['64KiB', '1MiB'], repositories: 4, fresh: true }) : [];
  return { refs, own };
}

export default async function (vu: VU, data: Awaited<ReturnType<typeof setup>>) {
  const { PULLS, MANIFESTS, ZIPF, HOT_TAG, RETAGS, FRESH_LAYER } = vu.env;
  if (!vu.random.chance(Number(PULLS ?? 0.8))) {
    const on = vu.random.pick(data.own);
    const isRetag = vu.random.chance(Number(RETAGS ?? 0.3));
    await push(vu, isRetag ? images.retag(vu, on) : await images.fresh(vu, { on, layers: [FRESH_LAYER ?? '1MiB'] }));
    return;
  }
  const ref = images.popular(vu, data.refs, { zipf: Number(ZIPF ?? 1.05), hotTag: Number(HOT_TAG ?? 0.5) });
  const pulled = await pull(vu, ref, { only: vu.random.chance(Number(MANIFESTS ?? 0.7)) ? 'manifest' : 'all' });
  if (pulled.ok) check(vu, pulled, { 'the image that was seeded': ({ digest }) => digest === ref.digest });
}
