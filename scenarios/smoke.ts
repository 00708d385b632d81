/**
 * Does it work at all? A few of each flow on small images, done in seconds: the first thing to run against a new registry.
 *
 *   loadreg run scenarios/smoke.ts --registry http://localhost:5000
 *
 * Knobs (-e NAME=VALUE):
 *   COUNT   images to pull from      4
 *   LAYERS  sizes of their layers    64KiB,1MiB
 *   MIX     shares of: pull, push of a fresh layer, re-tag, probe, tag list    60,20,10,5,5
 */
import { check, images, knobs, listTags, type Options, probe, pull, push, type VU } from 'loadreg';

export const options: Options = {
  vus: 4,
  iterations: 60,
  duration: '1m',
  thresholds: {
    http_req_failed: ['rate==0'],
    flow_failed: ['rate==0'],
    checks: ['rate==1'],
  },
};

export async function setup(vu: VU) {
  const layers = (vu.env.LAYERS ?? '64KiB,1MiB').split(',');
  mix(vu); // what is wrong with it is told before the load
  return {
    refs: await images.seed(vu, { count: knobs.number(vu, 'COUNT', 4, { least: 1, whole: true }), layers }),
    own: await images.seed(vu, { count: 2, layers, fresh: true }),
  };
}

/** Shares of pull, push of a fresh layer, re-tag, probe, tag list. */
const mix = (vu: VU) => knobs.shares(vu, 'MIX', [60, 20, 10, 5, 5]);

export default async function (vu: VU, data: Awaited<ReturnType<typeof setup>>) {
  const ref = vu.random.pick(data.refs);
  const own = vu.random.pick(data.own);
  switch (vu.random.weighted(['pull', 'push', 'retag', 'probe', 'tags'] as const, mix(vu))) {
    case 'pull': {
      const pulled = await pull(vu, ref);
      check(vu, pulled, {
        'the image that was seeded': (image) => image.digest === ref.digest,
        'has all of its layers': (image) => image.layers.length === ref.layers.length,
      });
      break;
    }
    case 'push':
      await push(vu, await images.fresh(vu, { on: own, layers: ['64KiB'] }));
      break;
    case 'retag':
      await push(vu, images.retag(vu, own));
      break;
    case 'probe':
      check(vu, await probe(vu, ref), { 'says the digest': (found) => found.digest === ref.digest });
      break;
    default:
      check(vu, await listTags(vu, ref.repository), { 'lists the tag': (list) => list.tags.includes(ref.tag) });
  }
}
