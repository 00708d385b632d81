import { beforeAll, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src/record/index.ts';
import { startRegistry } from '../../src/serve/index.ts';
import { atEnd } from '../support/at-end.ts';
import { startFaultyRegistry } from '../support/faulty-registry.ts';
import { runCli, spawnCli } from '../support/run-cli.ts';

let url: string;
beforeAll(async () => {
  const registry = await startRegistry();
  atEnd(registry.close);
  ({ url } = registry);
});

async function run(source: string, args: readonly string[] = [], files: Readonly<Record<string, string>> = {}, cli = runCli) {
  const options = { files: { 'scenario.ts': source, ...files }, env: { LOADREG_REGISTRY: url } };
  const ran = await cli(['run', 'scenario.ts', '--report', 'run.json', ...args], options);
  const record = JSON.parse(ran.files['run.json'] ?? 'null') as RunRecord;
  return { ran, record };
}

function count(record: RunRecord, metric: string, tags: Readonly<Record<string, string>> = {}): number {
  return record.rows
    .filter((row) => row.metric === metric && Object.entries(tags).every(([name, value]) => row.tags[name] === value))
    .reduce(
      (sum, row) => sum + (row.type === 'counter' || row.type === 'trend' ? row.values.count : row.type === 'rate' ? row.values.total : 0),
      0,
    );
}

describe('a scenario file', () => {
  it('runs several scenarios side by side, each with its own function, environment and tags', async () => {
    const { ran, record } = await run(
      `import { Counter, type VU } from 'loadreg';
       const seen = new Counter('seen');
       export const options = {
         scenarios: {
           readers: { executor: 'per-vu-iterations', vus: 3, iterations: 4, exec: 'read', env: { WHO: 'reader' }, tags: { team: 'a' } },
           writers: { executor: 'shared-iterations', vus: 2, iterations: 6, exec: 'write', env: { WHO: 'writer' }, startTime: '300ms' },
         },
       };
       export function read(vu: VU) { seen.add(vu, 1, { who: vu.env.WHO ?? '' }); }
       export function write(vu: VU) { seen.add(vu, 1, { who: vu.env.WHO ?? '' }); }`,
    );
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(count(record, 'iterations', { scenario: 'readers', team: 'a' })).toBe(12);
    expect(count(record, 'iterations', { scenario: 'writers' })).toBe(6);
    expect(count(record, 'seen', { who: 'reader' })).toBe(12);
    expect(count(record, 'seen', { who: 'writer' })).toBe(6);
  });

  it('has groups, checks, custom metrics, exec, requests of its own and single API calls, all measured', async () => {
    const { ran, record } = await run(
      `import { check, Gauge, group, images, Rate, sleep, Trend, type VU } from 'loadreg';
       import { label } from './lib/label.js';
       const wait = new Trend('wait_time', true);
       const odd = new Rate('odd');
       const last = new Gauge('last');
       export const options = { vus: 2, iterations: 10, thresholds: { wait_time: ['p(95)<5000'], odd: ['rate==0.5'], checks: ['rate==1'] } };
       export const setup = (vu: VU) => images.seed(vu, { layers: ['4KiB'] });
       export default async (vu: VU, refs: Awaited<ReturnType<typeof setup>>) => {
         const n = vu.exec.scenario.iterationInTest;
         odd.add(vu, n % 2 === 1);
         last.add(vu, n);
         await group(vu, 'browse', async () => {
           await group(vu, 'deep', async () => {
             const answer = await vu.request({ path: '/v2/', name: label });
             check(vu, answer, { 'is open': (a) => a.status === 200 && a.errorCode === '' });
           });
         });
         const before = Date.now();
         await sleep(vu, '20ms');
         wait.add(vu, Date.now() - before);
         const ref = refs[0]!;
         const manifest = await vu.registry.manifests.get(ref.repository, ref.tag);
         check(vu, manifest, { 'same digest': (m) => m.digest === ref.digest });
         const missing = await vu.request({ path: '/no/such/page', expect: [404] });
         check(vu, missing, { 'is missing': (a) => a.status === 404 });
       };`,
      [],
      { 'lib/label.ts': `export const label: string = 'front_page';` },
    );
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(count(record, 'http_reqs', { operation: 'front_page', group: '::browse::deep' })).toBe(10);
    expect(count(record, 'group_duration', { group: '::browse' })).toBe(10);
    expect(count(record, 'http_reqs', { operation: 'manifest_get' })).toBe(10);
    expect(count(record, 'wait_time')).toBe(10);
    expect(record.checks.map(({ name, passes, fails }) => [name, passes, fails])).toEqual(
      expect.arrayContaining([
        ['is open', 10, 0],
        ['same digest', 10, 0],
        ['is missing', 10, 0],
      ]),
    );
    expect(record.thresholds.map(({ metric, ok }) => [metric, ok])).toEqual([
      ['wait_time', true],
      ['odd', true],
      ['checks', true],
      ['digest_mismatches', true],
    ]);
  });

  it('leaves the warm-up out of every total and says so, and judges no rate before anything was measured', async () => {
    const { ran, record } = await run(
      `import { sleep, type VU } from 'loadreg';
       export const options = { vus: 1, duration: '2s', warmup: '2s',
         thresholds: { http_reqs: [{ threshold: 'rate>1', abortOnFail: true }, 'rate<1000'] } };
       export default async (vu: VU) => { await vu.registry.ping(); await sleep(vu, '100ms'); };`,
    );
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(record.windows.warmup).toMatchObject({ startUs: 0, endUs: 2_000_000 });
    expect(count(record, 'iterations')).toBeGreaterThan(10);
    expect(count(record, 'iterations')).toBeLessThan(25);
    expect(record.columns.warmupCount).toBe(2);
    expect(ran.stdout).toContain('warm-up');
    const rate = record.rows
      .filter((row) => row.metric === 'http_reqs')
      .reduce((sum, row) => sum + (row.type === 'counter' ? row.values.rate : 0), 0);
    expect(record.thresholds[0]?.measured).toBeCloseTo(rate, 6);
  });

  it('fails with 99 when a threshold does not hold, and ends at once when it is to abort', async () => {
    const source = (more: string) => `import { sleep, type VU } from 'loadreg';
      export const options = { vus: 1, duration: '20s', thresholds: { http_req_failed: [{ threshold: 'rate<0.1', ${more} }] } };
      export default async (vu: VU) => { await vu.request({ path: '/nowhere' }); await sleep(vu, '50ms'); };`;
    const { ran, record } = await run(source('abortOnFail: true'));
    expect(ran.exitCode, ran.stderr).toBe(99);
    expect(record.outcome).toMatchObject({ state: 'aborted', cause: 'threshold' });
    expect(record.windows.measured.endUs).toBeLessThan(10_000_000);
  });

  it('goes on after a forgotten await, tells it once, and still writes its report', async () => {
    const { ran, record } = await run(
      `import { sleep, type VU } from 'loadreg';
       export const options = { iterations: 3 };
       export default async (vu: VU) => { void vu.registry.manifests.head('no/such', 'image'); await sleep(vu, '50ms'); };`,
      [],
      {},
      spawnCli,
    );
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(ran.stderr.match(/a promise that nobody awaits was rejected/g)).toHaveLength(1);
    expect(record.iterations.complete).toBe(3);
  });

  it('keeps secrets out of everything it leaves', async () => {
    const registry = await startFaultyRegistry({ basicAuth: { username: 'me', password: 'hunter2' } });
    const { ran } = await run(
      `import { type VU } from 'loadreg';
       export default async (vu: VU) => { await vu.request({ path: '/nowhere?token=' + vu.env.TOKEN }); };`,
      ['--registry', registry.url.replace('http://', 'http://me:hunter2@'), '-e', 'TOKEN=swordfish', '-H', 'x-key: opensesame', '-v'],
      {},
      spawnCli,
    );
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(registry.requests.some((request) => request.headers['x-key'] === 'opensesame')).toBe(true);
    for (const text of [ran.stdout, ran.stderr, ran.files['run.json'] ?? '']) {
      expect(text).not.toMatch(/hunter2|swordfish|opensesame|bWU6aHVudGVyMg/);
    }
  });
});
