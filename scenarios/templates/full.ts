/**
 * Everything that a scenario can say, with its usual value. Take out what you do not need.
 *
 *   loadreg run FILE --registry http://localhost:5000 -e SIZE=1MiB
 *   loadreg run FILE --scenario pulls --vus 50
 *   loadreg inspect FILE
 */
import { check, Counter, group, images, listTags, type Options, pull, push, sleep, type SummaryData, Trend, type VU } from 'loadreg';

export const options: Options = {
  scenarios: {
    pulls: {
      executor: 'constant-vus', // or ramping-vus, per-vu-iterations, shared-iterations, constant-arrival-rate, ramping-arrival-rate
      vus: 10,
      duration: '1m',
      gracefulStop: '30s', // how long running iterations get to finish at the end
      exec: 'pulls', // the exported function that is one iteration
      env: { PAUSE: '100ms' }, // vu.env, of this scenario alone
      tags: { team: 'web' }, // on each of its series
    },
    builds: {
      executor: 'per-vu-iterations',
      vus: 2,
      iterations: 5, // of each VU
      maxDuration: '1m',
      startTime: '10s', // from the start of the load
      exec: 'builds',
    },
  },
  thresholds: {
    http_req_failed: ['rate<0.001'],
    checks: ['rate==1'],
    'flow_duration{flow:pull}': ['p(95)<5000', 'max<30000'], // ms
    'http_req_duration{operation:blob_get}': [{ threshold: 'p(99)<10000', abortOnFail: true, delayAbortEval: '10s' }],
  },
  verify: 'full', // check every byte against its digest; or sampled:0.1, size, off
  client: 'plain', // or docker, docker-containerd, containerd, crane, skopeo
  connections: 'per-vu', // or { shared: 16 }
  repoPrefix: 'loadreg', // goes before every repository that is made here
  seed: 1, // fixes sizes, popularity and choices
  maxWrite: '20GiB',
  cleanup: false, // remove at the end what the run pushed
  tags: { suite: 'nightly' },
  setupTimeout: '15m',
  teardownTimeout: '15m',
};

/** Metrics of your own; k6's Counter, Gauge, Rate and Trend. */
const layersPulled = new Counter('layers_pulled');
const listed = new Trend('tags_listed_duration', true); // true: it is a time, in ms

/** Once, before the load. What it returns must be JSON; every iteration gets it. Its traffic is in no total. */
export async function setup(vu: VU) {
  const layers = ['64KiB', vu.env.SIZE ?? '1MiB'];
  return {
    refs: await images.seed(vu, { count: 10, layers }),
    own: await images.seed(vu, { count: 2, layers, fresh: true }),
  };
}

type Data = Awaited<ReturnType<typeof setup>>;

/** One iteration of the scenario `pulls`. */
export async function pulls(vu: VU, data: Data) {
  const ref = vu.random.pick(data.refs); // the same choices on every run with the same seed
  await group(vu, 'deploy', async () => {
    const pulled = await pull(vu, ref);
    check(vu, pulled, {
      'the image that was seeded': (image) => image.digest === ref.digest,
      'has layers': (image) => image.layers.length > 0,
    });
    layersPulled.add(vu, pulled.layers.length);
  });
  const startedAt = performance.now();
  await listTags(vu, ref.repository);
  listed.add(vu, performance.now() - startedAt);
  await sleep(vu, vu.env.PAUSE ?? '100ms');
}

/** One iteration of the scenario `builds`. */
export async function builds(vu: VU, data: Data) {
  const on = vu.random.pick(data.own);
  const pushed = await push(vu, await images.fresh(vu, { on, layers: ['256KiB'] }));
  if (!pushed.ok) vu.log.warn(`iteration ${vu.exec.scenario.iterationInTest} could not push`);
  // vu.exec.test.abort('…') ends the run, vu.exec.test.fail('…') marks it as failed.
}

/** Once, after the load, also when setup threw: then there is no data. */
export async function teardown(vu: VU, data?: Data) {
  vu.log.info(`${data?.own.length ?? 0} repositories of this run are left; --cleanup removes what it pushed`);
}

/** Replaces the summary on stdout, and may write files of its own. Leave it out to keep the usual summary. */
export function handleSummary(data: SummaryData) {
  const pulled = data.metrics.layers_pulled?.values.count ?? 0;
  return { stdout: `${pulled} layers pulled; the whole report is in the folder reports\n` };
}
