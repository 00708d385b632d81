import { expect, it } from 'vitest';
import { type RunRecord, recordText } from '../../src/record/index.ts';
import { busyRecord } from '../support/records.ts';
import { runCli } from '../support/run-cli.ts';

async function run(source: string, args: readonly string[] = []) {
  const files = { 's.ts': source, 'base.json': recordText(busyRecord(1)) };
  const ran = await runCli(['run', 's.ts', '--report', 'run.json', ...args], { files });
  return { ran, record: JSON.parse(ran.files['run.json'] ?? 'null') as RunRecord };
}

/** Every request fails in the third second of the load, and none in any other. */
const ONE_BAD_SECOND = `
import { sleep, type VU } from 'loadreg';
let start = 0;
export default async (vu: VU) => {
  start ||= Date.now();
  const second = Math.floor((Date.now() - start) / 1000);
  await vu.request({ path: second === 2 ? '/nowhere' : '/v2/' });
  await sleep(vu, '20ms');
};
`;

it('exits with 99 by one bad window of a run that holds as a whole, and says when it was; the baseline is told with its run', async () => {
  const { ran, record } = await run(
    `${ONE_BAD_SECOND}
     export const options = { vus: 1, duration: '5s', thresholds: {
       http_req_failed: ['rate<60%', { threshold: 'rate<60%', window: '1s' }],
       http_reqs: ['rate>=baseline*0.001'],
     } };`,
    ['--baseline', 'base.json'],
  );
  expect(ran.exitCode, ran.stderr).toBe(99);
  const [whole, windows, relative] = record.thresholds;
  expect(whole).toMatchObject({ ok: true, window: null, limit: 0.6 });
  expect(windows).toMatchObject({
    ok: false,
    window: { lengthUs: 1_000_000 },
    reason: expect.stringMatching(/^[12] of [45] windows failed$/),
  });
  expect(windows?.measured).toBeGreaterThan(0.6);
  // The scenario's clock starts with its first iteration, a little after the load.
  expect([2_000_000, 3_000_000]).toContain(windows?.window?.worstStartUs);
  expect(relative).toMatchObject({ ok: true, baseline: { file: 'base.json', runId: busyRecord(1).id } });
  expect(relative?.limit).toBeCloseTo((relative?.baseline?.value ?? 0) * 0.001, 9);
  expect(record.options).toMatchObject({ baseline: 'base.json', thresholds: [{ windowMs: null }, { windowMs: 1000 }, {}] });
  expect(record.warnings).toContainEqual(expect.stringContaining('is of another workload'));
  expect(ran.stdout).toMatch(/↳ the worst of [45] windows of 1s: [23]s to [34]s/);
  expect(ran.stderr).toMatch(/thresholds failed: http_req_failed rate<60% \([12] of [45] windows failed\)/);
});

it('ends the run early by a bad window when that was asked for, and exits with 99', async () => {
  const { ran, record } = await run(
    `${ONE_BAD_SECOND}
     export const options = { vus: 1, duration: '40s', thresholds: {
       http_req_failed: [{ threshold: 'rate<60%', window: '1s', abortOnFail: true, delayAbortEval: '1s' }],
     } };`,
  );
  expect(ran.exitCode, ran.stderr).toBe(99);
  expect(record.outcome).toEqual({
    state: 'aborted',
    cause: 'threshold',
    reason: 'the threshold http_req_failed rate<60% failed in a window of 1s and was to end the run',
  });
  expect(record.windows.measured.endUs).toBeGreaterThan(3_000_000);
  expect(record.windows.measured.endUs).toBeLessThan(15_000_000);
  expect(record.thresholds[0]).toMatchObject({ ok: false, abortOnFail: true });
});
