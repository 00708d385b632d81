/**
 * A rolling update: hosts that run one version of an application pull the next, one after the other, and fetch no more than what changed.
 *
 *   loadreg run scenarios/rolling-update.ts --vus 100 --registry http://localhost:5000
 *
 * Each VU is a host. It begins with v1, which is cold, and takes each further version when its turn comes: PERIOD after the one before, and
 * STEP after the host before it. The versions are of this run alone, so nothing between registry and host has seen them.
 *
 * Knobs (-e NAME=VALUE):
 *   VERSIONS  versions that there are; as many as --iterations     4
 *   LAYERS    sizes of the layers                                  10MiB,4MiB,1MiB,256KiB
 *   CHANGED   layers, from the top, that each version changes      2
 *   PERIOD    seconds from one version to the next                 10
 *   STEP      seconds from one host to the next                    0.1
 */
import { check, images, knobs, type Options, pull, sleep, type VU } from 'loadreg';

export const options: Options = {
  scenarios: {
    hosts: { executor: 'per-vu-iterations', vus: 50, iterations: 4, maxDuration: '10m' },
  },
  cache: 'per-vu',
  thresholds: {
    http_req_failed: ['rate<0.001'],
    flow_failed: ['rate<0.001'],
    checks: ['rate==1'],
  },
};

/** Hosts of this thread that have pulled a version. */
const running = new Set<number>();

export async function setup(vu: VU) {
  const layers = (vu.env.LAYERS ?? '10MiB,4MiB,1MiB,256KiB').split(',');
  const changed = Math.min(knobs.number(vu, 'CHANGED', 2, { least: 1, whole: true }), layers.length);
  const tags = knobs.number(vu, 'VERSIONS', 4, { least: 1, whole: true });
  pace(vu); // what is wrong with it is told before the load
  const versions = await images.seed(vu, { layers, changed, tags, compression: 'gzip', name: 'rolling', fresh: true });
  return { versions, kept: layers.length - changed };
}

/** Seconds from one version, and from one host, to the next. */
const pace = (vu: VU) => ({ period: knobs.number(vu, 'PERIOD', 10), step: knobs.number(vu, 'STEP', 0.1) });

export default async function (vu: VU, data: Awaited<ReturnType<typeof setup>>) {
  const turn = vu.exec.vu.iterationInScenario;
  const version = data.versions[turn % data.versions.length];
  if (version === undefined) return;
  const { period, step } = pace(vu);
  const due = turn * period + (vu.exec.vu.idInTest - 1) * step;
  await sleep(vu, Math.max(0, due - vu.exec.instance.currentTestRunDuration / 1000));

  const pulled = await pull(vu, version);
  if (!pulled.ok) return;
  check(vu, pulled, { 'the version that was seeded': ({ digest }) => digest === version.digest });
  if (running.has(vu.exec.vu.idInTest)) check(vu, pulled, { 'fetches no more than what changed': ({ cached }) => cached >= data.kept });
  running.add(vu.exec.vu.idInTest);
}
