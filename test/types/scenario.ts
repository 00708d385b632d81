/**
 * What must and must not compile in a scenario. Checked by `npm run types`, never run: each `@ts-expect-error` is an error itself when the line
 * below it compiles.
 */
import {
  check,
  Counter,
  type Descriptor,
  flow,
  group,
  images,
  type ImageRef,
  type Options,
  probe,
  pull,
  push,
  type PushImage,
  Rate,
  type ScenarioModule,
  type SeededImage,
  sleep,
  Trend,
  type VU,
} from 'loadreg';

export const shortForm: Options = { vus: 50, duration: '1m', warmup: '30s', thresholds: { http_req_failed: ['rate<0.001'] } };

export const longForm: Options = {
  scenarios: {
    steady: { executor: 'constant-vus', vus: 10, duration: '1m', gracefulStop: 0 },
    each: { executor: 'per-vu-iterations', vus: 10, iterations: 5, exec: 'other', env: { SIZE: 'large' } },
    all: { executor: 'shared-iterations', iterations: 100, startTime: '10s', tags: { team: 'core' } },
    ramp: { executor: 'ramping-vus', startVUs: 0, stages: [{ duration: '1m', target: 20 }], gracefulRampDown: '5s' },
    rate: { executor: 'constant-arrival-rate', rate: 20, timeUnit: '1m', duration: '1h', preAllocatedVUs: 5, arrival: 'poisson' },
    rates: { executor: 'ramping-arrival-rate', stages: [{ duration: 60_000, target: 9 }], preAllocatedVUs: 5, maxVUs: 9, onNoVU: 'queue' },
  },
  thresholds: {
    'flow_duration{flow:pull}': [
      { threshold: 'p(95)<2s', abortOnFail: true, delayAbortEval: '10s', window: '30s' },
      'p(99)<=baseline*1.05',
    ],
    checks: 'rate==1',
  },
  baseline: './nightly.json.gz',
  verify: 'sampled:0.1',
  connections: { shared: 8 },
};

export const asClient: Options = { vus: 5, duration: '1m', client: 'containerd', cache: 'per-vu', pushMode: 'chunked' };

// @ts-expect-error a cache that there is not
export const unknownCache: Options = { cache: 'warm' };
// @ts-expect-error a client that there is not
export const unknownClient: Options = { client: 'podman' };
// @ts-expect-error an option that there is not
export const unknownOption: Options = { vusers: 5 };
// @ts-expect-error an executor that there is not
export const unknownExecutor: Options = { scenarios: { a: { executor: 'constant-rate', vus: 1 } } };
// @ts-expect-error a constant-vus scenario needs a duration
export const noDuration: Options = { scenarios: { a: { executor: 'constant-vus', vus: 1 } } };
// @ts-expect-error a stage without its target
export const noTarget: Options = { stages: [{ duration: '1m' }] };
// @ts-expect-error arrivals without VUs
export const noVUs: Options = { scenarios: { a: { executor: 'constant-arrival-rate', rate: 1, duration: '1m' } } };
// @ts-expect-error an option of another executor
export const otherExecutor: Options = { scenarios: { a: { executor: 'constant-vus', duration: '1s', iterations: 1 } } };
// @ts-expect-error a way to verify that there is not
export const unknownVerify: Options = { verify: 'digest' };

export async function setup(vu: VU) {
  const refs = await images.seed(vu, { count: 20, layers: ['1MiB', 10_000], base: { size: '10MiB', count: 5 } });
  const drawn: SeededImage[] = await images.seed(vu, {
    count: 5,
    layers: { distribution: 'hub-2024', cap: '16MiB', count: 3 },
    compression: 'gzip',
    platforms: ['linux/amd64', 'linux/arm64/v8'],
    changed: 1,
  });
  const saved: SeededImage[] = await images.fromArchive(vu, './app.tar', { compress: true, platform: 'linux/amd64' });
  const laid: SeededImage[] = await images.fromLayout(vu, './layout', { repository: 'team/app', tag: '1.0' });
  const copied: SeededImage = await images.fromRegistry(vu, 'localhost:5000/team/app:1.0', { repository: 'team/copy', mode: 'stream' });
  return { refs: [...refs, ...drawn, ...saved, ...laid, copied], startedAt: vu.exec.vu.idInTest };
}

type Data = Awaited<ReturnType<typeof setup>>;

const scans = new Counter('scans');
const found = new Rate('found');
const scanTime = new Trend('scan_time', true);

export default async function (vu: VU, data: Data) {
  const seeded: SeededImage = vu.random.pick(data.refs);
  const at: number = data.startedAt;
  const pulled = await pull(vu, seeded, { platform: 'linux/arm64', only: 'manifest' });
  const ok: boolean = check(vu, pulled, { 'has layers': (p) => p.layers.length > 0, 'in time': (p) => p.durationMs < at });
  await pull(vu, 'team/app:1.0');
  await pull(vu, { repository: 'team/app' });

  const fresh = await push(vu, await images.fresh(vu, { on: seeded, layers: ['64KiB'] }), { mode: 'chunked', chunkSize: '5MiB' });
  await push(vu, images.retag(vu, seeded, { tag: 'stable' }));
  const uploaded: number = fresh.uploaded;
  const image: PushImage = await images.synthetic(vu, { layers: { distribution: 'ibm-2017' }, fresh: true });
  await push(vu, image);
  await push(vu, await images.synthetic(vu, { layers: ['1MiB'], variant: vu.exec.scenario.iterationInTest }));
  await push(vu, await images.archived(vu, './app.tar', { image: 'team/app:1.0' }));
  await push(vu, await images.artifact(vu, { subject: image, artifactType: 'application/vnd.example.sbom', layers: ['64KiB'] }));
  await push(vu, await images.artifact(vu, { subject: seeded, annotations: { by: 'me' } }));
  const had: number = (await pull(vu, seeded, { cache: 'shared' })).cached + (seeded.platforms?.length ?? 0);

  const own = await flow(vu, 'own', async (inner) => (await inner.registry.manifests.get('team/app', '1.0')).bytes.length);
  const size: number = own.ok ? own.value : uploaded + had;
  const doubled: number = await group(vu, 'a group', () => size * 2);
  await sleep(vu, doubled);
  await sleep(vu, '1s');

  scans.add(vu, 1, { kind: 'deep' });
  found.add(vu, ok);
  scanTime.add(vu, 12.5);
  const config: Descriptor | undefined = pulled.config;
  const refs: ImageRef[] = images.fromList([config?.digest ?? 'team/app:1.0']);
  const drawn: SeededImage = images.popular(vu, data.refs, { zipf: 1.05 });
  const response = await vu.request({ method: 'POST', path: `/api/${refs.length}`, body: { scan: true }, name: 'scan' });
  return response.status + drawn.size;
}

export async function mistakes(vu: VU, data: Data) {
  // @ts-expect-error the VU comes first
  await pull('team/app:1.0');
  // @ts-expect-error an image is a reference, not a number
  await pull(vu, 5);
  // @ts-expect-error a misspelt option
  await pull(vu, 'team/app', { platfrom: 'linux/amd64' });
  // @ts-expect-error a platform has two parts at least
  await pull(vu, 'team/app', { platform: 'amd64' });
  // @ts-expect-error what is pushed is an image from images.fresh() or images.retag()
  await push(vu, 'team/app:1.0');
  // @ts-expect-error a way to upload that there is not
  await push(vu, images.retag(vu, { repository: 'a' }), { mode: 'fast' });
  // @ts-expect-error layers are needed
  await images.seed(vu, { count: 3 });
  // @ts-expect-error a distribution that there is not
  await images.seed(vu, { layers: { distribution: 'hub' } });
  // @ts-expect-error a way to compress that there is not
  await images.synthetic(vu, { layers: ['1MiB'], compression: 'zstd' });
  // @ts-expect-error an artifact belongs to something
  await images.artifact(vu, { artifactType: 'application/vnd.example.sbom' });
  // @ts-expect-error an image is copied by its name
  await images.fromRegistry(vu, { repository: 'team/app' });
  // @ts-expect-error several images are no image to push
  await push(vu, await images.fromArchive(vu, './app.tar'));
  // @ts-expect-error a cache that there is not
  await pull(vu, 'team/app', { cache: 'warm' });
  // @ts-expect-error nothing that setup returned
  const nothing: unknown = data.images;
  // @ts-expect-error the value of a flow is there only when it went well
  const value: number = (await flow(vu, 'own', () => 5)).value;
  // @ts-expect-error a flow is a function of the VU
  await flow(vu, 'own', 5);
  // @ts-expect-error a predicate gets the value that is checked
  check(vu, await probe(vu), { slow: (found_) => found_.layers.length > 0 });
  // @ts-expect-error a counter counts numbers
  scans.add(vu, 'one');
  // @ts-expect-error metrics take the VU too
  scans.add(1);
  // @ts-expect-error a sleep needs its VU
  await sleep(1);
  // @ts-expect-error a VU's environment is not to be changed
  vu.env.NAME = 'x';
  return [nothing, value];
}

/** The module as a whole has the shape that `loadreg run` takes. */
export const module: ScenarioModule = {
  options: shortForm,
  setup,
  default: async (vu: VU, data: Data) => {
    await pull(vu, vu.random.pick(data.refs));
  },
  teardown: async (_vu: VU, _data?: Data) => {},
  handleSummary: (data) => ({ stdout: JSON.stringify(data.metrics) }),
};
