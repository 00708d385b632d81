import { describe, expect, it } from 'vitest';
import { images, push } from '../../src/flow/index.ts';
import type { Credentials } from '../../src/registry/index.ts';
import type { RunRecord } from '../../src/record/index.ts';
import { testVu } from '../flow/support/vu.ts';
import { type Faults, startFaultyRegistry } from '../support/faulty-registry.ts';
import { runCli } from '../support/run-cli.ts';

async function run(source: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const ran = await runCli(['run', 'scenario.ts', '--no-journal', '--report', 'run.json', ...args], {
    files: { 'scenario.ts': source },
    env,
  });
  const record = JSON.parse(ran.files['run.json'] ?? 'null') as RunRecord;
  return { ran, record };
}

function sum(record: RunRecord, metric: string): number {
  return record.rows.reduce((count, row) => (row.metric === metric && row.type === 'counter' ? count + row.values.count : count), 0);
}

function trendOf(record: RunRecord, metric: string) {
  const row = record.rows.find((one) => one.metric === metric);
  return row?.type === 'trend' ? row.values : undefined;
}

describe('an iteration that is shorter than the least duration', () => {
  it('is followed by a pause that is no part of it, and that nobody waits for at the end', async () => {
    const { ran, record } = await run(
      `import { type VU } from 'loadreg';
       export const options = { duration: '1s', minIterationDuration: '400ms' };
       export default (vu: VU) => {
         const { scenarios, minIterationDuration } = vu.exec.test.options as any;
         if (scenarios.default.duration !== 1000 || minIterationDuration !== 400) throw new Error('other options');
       };`,
    );
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(record.iterations).toMatchObject({ complete: 3, failed: 0, interrupted: 0 });
    expect(trendOf(record, 'iteration_duration')?.max).toBeLessThan(200_000);
    expect((record.windows.rampDown?.endUs ?? 0) - (record.windows.rampDown?.startUs ?? 0)).toBeLessThan(300_000);
  });
});

describe('a scenario that ends the run', () => {
  it('by test.abort() ends it at once, whatever the others do', async () => {
    const { ran, record } = await run(
      `import { sleep, type VU } from 'loadreg';
       export const options = { vus: 3, duration: '20s' };
       export default async (vu: VU) => { await sleep(vu, vu.exec.vu.idInTest === 1 ? 0.2 : 15); vu.exec.test.abort('enough'); };`,
    );
    expect(ran.exitCode, ran.stderr).toBe(108);
    expect(record.outcome).toMatchObject({ state: 'aborted', cause: 'test.abort', reason: 'enough' });
    expect(record.windows.measured.endUs).toBeLessThan(5_000_000); // and not the 15 s that the others meant to sleep
  });

  it('by test.fail() lets it go on', async () => {
    const { ran, record } = await run(
      `import { type VU } from 'loadreg';
       export const options = { vus: 1, iterations: 5 };
       export default (vu: VU) => { if (vu.exec.vu.iterationInScenario === 1) vu.exec.test.fail('not good'); };`,
    );
    expect(ran.exitCode, ran.stderr).toBe(110);
    expect(record.iterations.complete).toBe(5);
    expect(record.outcome).toMatchObject({ state: 'failed', cause: 'test.fail', reason: 'not good' });
  });
});

const PULL = `import { pull, type VU } from 'loadreg';
  export const options = { iterations: 1, thresholds: { http_req_failed: ['rate==0'] } };
  export default (vu: VU) => pull(vu, 'team/app:1.0');`;

/** A registry with one image, and these faults from now on. */
async function withImage(faults: Faults, options: Parameters<typeof startFaultyRegistry>[0] = {}, credentials?: Credentials) {
  const registry = await startFaultyRegistry(options);
  const { vu } = testVu(registry.url, credentials === undefined ? {} : { credentials });
  expect(await push(vu, await images.fresh(vu, { layers: ['256KiB'], repository: 'team/app', tag: '1.0' }))).toMatchObject({ ok: true });
  registry.set(faults);
  return registry;
}

describe('a registry that limits its rate, and stalls', () => {
  it('is waited for as it asks, and a blob that stands still is counted and listed under its own code', async () => {
    const registry = await withImage((request) => {
      if (request.operation === 'manifest_head' && request.reference === '1.0' && request.nth < 1)
        return { kind: 'too-many', retryAfter: '1' };
      return request.operation === 'blob_get' && request.host === 'registry' ? { kind: 'stall', after: 1_000 } : undefined;
    });
    const flags = ['--registry', registry.url, '--no-trial-push', '--stall-timeout', '500ms', '--retries', '1', '--honor-retry-after'];
    const { ran, record } = await run(PULL, [...flags, '--max-retry-after', '300ms', '--no-thresholds']);
    expect(record.errors.filter(({ source }) => source === 'exchange').map(({ code, name }) => [code, name])).toEqual(
      expect.arrayContaining([
        ['STALLED', 'blob_get'],
        ['TOOMANYREQUESTS', 'manifest_head'],
      ]),
    );
    expect(ran.stdout).toContain('STALLED');
    expect(ran.stdout.replaceAll(/\s+/g, ' ')).toMatch(/blob_get stood still for [\d.]+s after 1000 B of [\d.]+ KiB received/);
    expect(sum(record, 'retries')).toBeGreaterThan(0);
    expect(record.options.retries).toMatchObject({ policy: 'own', request: { attempts: 2, retryAfterMaxMs: 300 } });
    const waits = trendOf(record, 'retry_wait');
    expect(waits?.min).toBeGreaterThan(299_000);
    expect(ran.stdout).toMatch(/ {2}retry_wait\.+: avg=\S+ +min=[3-9]\d\dms/);
    // The wait is in no latency: no exchange but those that stalled took so long.
    expect(
      Math.max(...record.rows.flatMap((row) => (row.metric === 'http_req_waiting' && row.type === 'trend' ? (row.values.max ?? 0) : 0))),
    ).toBeLessThan(waits?.min ?? 0);
  });
});

describe('--once', () => {
  it('runs one iteration of one VU and shows every exchange without its secrets; it leaves no file', async () => {
    const credentials = { username: 'someone', password: 'pa55-of-someone' };
    const registry = await withImage([], { tokenAuth: credentials }, credentials);
    const ran = await runCli(['run', 'scenario.ts', '--once', '--registry', registry.url, '-H', 'X-Gateway: open-sesame'], {
      files: {
        'scenario.ts': `${PULL.replace('iterations: 1', "vus: 4, duration: '1m', warmup: '10s'")}
          export const setup = async (vu: VU) => void (await vu.request({ path: '/v2/', name: 'look' }));
          export const teardown = (vu: VU) => vu.request({ path: '/v2/', name: 'leave' });`,
      },
      env: { LOADREG_USERNAME: 'someone', LOADREG_PASSWORD: 'pa55-of-someone' },
    });
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(Object.keys(ran.files)).toEqual(['scenario.ts']);
    expect(ran.stdout).toMatch(/^iteration {2}complete in .*, \d+ requests\n/);
    expect(ran.stderr.match(/^── .*/gm)?.map((line) => line.replace(/^── \d+ (.*?) ─.*/, '$1'))).toEqual(
      expect.arrayContaining([
        'setup look',
        'pull manifest_head',
        'pull manifest_get',
        'pull token_get',
        'pull blob_get',
        'teardown leave',
      ]),
    );
    expect(ran.stderr).toContain('> authorization: Bearer ***');
    expect(ran.stderr).toContain('"token": "***"');
    expect(ran.stderr).toContain('> X-Gateway: ***');
    for (const secret of ['pa55-of-someone', 'open-sesame', Buffer.from('someone:pa55-of-someone').toString('base64')]) {
      expect(ran.stderr + ran.stdout).not.toContain(secret);
    }
    expect(ran.stderr).not.toMatch(/Bearer [^*r]/); // a challenge says Bearer realm
    const dumped = ran.stderr.slice(ran.stderr.indexOf('── 1 ')).split('\n');
    for (const line of dumped.filter((text) => /^[<>─! ] /.test(text))) expect(line.length).toBeLessThanOrEqual(80);
  });
});
