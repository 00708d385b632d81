/**
 * A thundering herd: a tag appears, and every host pulls it at the same moment, as when a deployment is scaled from 0 to N.
 *
 *   loadreg run scenarios/herd.ts --vus 500 --registry http://localhost:5000
 *   loadreg run scenarios/herd.ts --cache per-vu -e CHANGED=1    hosts that have the lower layers from the round before
 *
 * Each VU is a host. In each round all of them pull a tag that nobody has pulled before; rounds are PERIOD seconds apart, and one that takes
 * longer makes its hosts late for the next. The images are of this run alone.
 *
 * Knobs (-e NAME=VALUE):
 *   ROUNDS   tags that there are; as many as --iterations                  5
 *   LAYERS   sizes of the layers                                           10MiB,4MiB,1MiB,256KiB
 *   CHANGED  layers, from the top, in which a tag differs from the others  all
 *   PERIOD   seconds from one round to the next                            10
 */
import { check, images, knobs, type Options, pull, sleep, type VU } from 'loadreg';

export const options: Options = {
  scenarios: {
    herd: { executor: 'per-vu-iterations', vus: 50, iterations: 5, maxDuration: '10m' },
  },
  thresholds: {
    http_req_failed: ['rate<0.001'],
    flow_failed: ['rate<0.001'],
    checks: ['rate==1'],
  },
};

export async function setup(vu: VU) {
  const { LAYERS = '10MiB,4MiB,1MiB,256KiB', CHANGED } = vu.env;
  const changed = CHANGED === undefined ? {} : { changed: knobs.number(vu, 'CHANGED', 1, { least: 1, whole: true }) };
  const tags = knobs.number(vu, 'ROUNDS', 5, { least: 1, whole: true });
  period(vu); // what is wrong with it is told before the load
  const content = { layers: LAYERS.split(','), ...changed, compression: 'gzip' } as const;
  return { rounds: await images.seed(vu, { ...content, tags, name: 'herd', fresh: true }) };
}

/** Seconds from one round to the next. */
const period = (vu: VU) => knobs.number(vu, 'PERIOD', 10);

export default async function (vu: VU, data: Awaited<ReturnType<typeof setup>>) {
  const round = vu.exec.vu.iterationInScenario;
  const ref = data.rounds[round % data.rounds.length];
  if (ref === undefined) return;
  await sleep(vu, Math.max(0, round * period(vu) - vu.exec.instance.currentTestRunDuration / 1000));

  const pulled = await pull(vu, ref);
  if (pulled.ok) check(vu, pulled, { 'the image of this round': ({ digest }) => digest === ref.digest });
}
