import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { type RunRecord, rowsOf, sumCounters } from '../../src/record/index.ts';
import { recoverRun } from '../../src/run/index.ts';
import { type FaultyRegistry, startFaultyRegistry } from '../support/faulty-registry.ts';
import { runCli } from '../support/run-cli.ts';
import { startCli, type StartedCli } from '../support/start-cli.ts';

let registry: FaultyRegistry;

beforeAll(async () => {
  registry = await startFaultyRegistry();
});

/** Three VUs whose iterations take `ITERATION`; `SETUP` and `TEARDOWN` are how long these take. */
const SCENARIO = `import { sleep, type VU } from 'loadreg';
export const options = { scenarios: { slow: { executor: 'constant-vus', vus: 3, duration: '1m', gracefulStop: '20s' } } };
export async function setup(vu: VU) {
  console.error('setup began');
  await sleep(vu, vu.env['SETUP'] ?? '0s');
}
export default async function (vu: VU) {
  console.error('iteration began');
  await vu.registry.ping();
  await sleep(vu, vu.env['ITERATION'] ?? '50s');
}
export async function teardown(vu: VU) {
  console.error('teardown began');
  await sleep(vu, vu.env['TEARDOWN'] ?? '0s');
  if (!vu.signal.aborted) console.error('teardown ended');
}
`;

function start(...env: string[]): StartedCli {
  const files = { 'slow.ts': SCENARIO };
  return startCli(['run', 'slow.ts', '--registry', registry.url, '--report', 'run.json', ...env.flatMap((one) => ['-e', one])], { files });
}

/** Presses Ctrl+C as a person would: not before the words are there, and not twice in a moment. */
async function press(cli: StartedCli, words: string, times = 1): Promise<void> {
  await cli.says(words, times);
  await delay(150);
  cli.kill('SIGINT');
}

async function endOf(cli: StartedCli) {
  const { exitCode, files } = await cli.ended();
  const text = files['run.json'];
  return { exitCode, files: Object.keys(files), record: text === undefined ? undefined : (JSON.parse(text) as RunRecord) };
}

describe('Ctrl+C in the load', () => {
  it('once: starts no more iterations, lets the running ones finish, and says so', async () => {
    const cli = start('ITERATION=1500ms');
    await press(cli, 'iteration began', 3);
    const { exitCode, files, record } = await endOf(cli);
    expect(cli.stderr()).toMatch(
      /stopping: no more iterations start, and the 3 running ones have up to 20s to finish; press Ctrl\+C again to/,
    );
    expect(cli.stderr().match(/iteration began|teardown ended/g)).toEqual([...Array<string>(3).fill('iteration began'), 'teardown ended']);
    expect([exitCode, record?.outcome]).toEqual([
      105,
      { state: 'aborted', cause: 'signal', reason: expect.stringMatching(/^the run was interrupted by SIGINT [\d.]+m?s into the load$/) },
    ]);
    expect(record?.iterations).toMatchObject({ complete: 3, failed: 0, interrupted: 0 });
    // What ran after Ctrl+C is ramp-down: rates are over the time before it.
    expect((record?.windows.rampDown?.endUs ?? 0) - (record?.windows.rampDown?.startUs ?? 0)).toBeGreaterThan(1_000_000);
    expect(files.toSorted()).toEqual(['run.json', 'slow.ts']); // no journal where there is a report
  });

  it('twice: cuts iterations off, runs teardown and writes the report', async () => {
    const cli = start();
    await press(cli, 'iteration began', 3);
    await press(cli, 'stopping: ');
    const { exitCode, record } = await endOf(cli);
    expect([exitCode, record?.iterations.interrupted, record?.outcome.state]).toEqual([105, 3, 'aborted']);
    expect(cli.stderr()).toMatch(/interrupted: running iterations are cut off, teardown runs[^]*teardown ended/);
  });

  it('three times: leaves at once without a report, and names the journal, of which one can be made', async () => {
    const cli = start('TEARDOWN=50s');
    await cli.says('iteration began', 3);
    await delay(2_300);
    await press(cli, 'iteration began', 3);
    await press(cli, 'stopping: ');
    await press(cli, 'teardown began');
    const { exitCode, files } = await endOf(cli);
    expect([exitCode, files.includes('run.json')]).toEqual([105, false]);
    const [, journal = ''] = /loadreg report --recover (reports\/slow-\S+\.journal) makes/.exec(cli.stderr()) ?? [];
    const { record } = await recoverRun(join(cli.folder, journal));
    expect(record.outcome).toMatchObject({ cause: 'signal', reason: expect.stringMatching(/SIGINT .* load, and ended without a report/) });
    expect(record.iterations.interrupted).toBe(3);
  });

  it('counts SIGTERM as the second one', async () => {
    const cli = start();
    await cli.says('iteration began', 3);
    cli.kill('SIGTERM');
    const { exitCode, record } = await endOf(cli);
    expect([exitCode, record?.iterations.interrupted, record?.outcome]).toEqual([
      105,
      3,
      expect.objectContaining({ state: 'aborted', reason: expect.stringContaining('SIGTERM') }),
    ]);
    expect(cli.stderr()).toContain('teardown ended');
  });
});

it('cuts setup off at the first Ctrl+C, and a teardown that hangs at the next one, and still writes the report', async () => {
  const cli = start('SETUP=50s', 'TEARDOWN=50s');
  await press(cli, 'setup began');
  await press(cli, 'teardown began');
  const { exitCode, record } = await endOf(cli);
  expect(cli.stderr()).not.toMatch(/iteration began|teardown ended/);
  expect([exitCode, record?.outcome]).toEqual([
    105,
    { state: 'aborted', cause: 'signal', reason: 'the run was interrupted by SIGINT during setup' },
  ]);
  expect(record?.warnings).toEqual([expect.stringContaining('teardown was cut off')]);
});

describe('a run that is killed', () => {
  const PULLS = `import { images, pull, sleep, type VU } from 'loadreg';
export const options = { vus: 4, duration: '1m' };
export const setup = (vu: VU) => images.seed(vu, { count: 1, layers: ['4KiB'] });
export default async function (vu: VU, refs: Awaited<ReturnType<typeof setup>>) {
  await pull(vu, refs[0]!);
  await sleep(vu, '10ms');
}
`;

  it('is recovered from its journal, but for the last two intervals at most', async () => {
    const files = { 'pulls.ts': PULLS };
    const args = ['run', 'pulls.ts', '--registry', registry.url, '-e', 'KEY=hush-hush', '-H', 'X-Key: hush-hush'];
    const cli = startCli(args, { files });
    const before = registry.requests.length;
    const pulls = () => registry.requests.slice(before).filter(({ operation }) => operation === 'manifest_get').length;
    while (pulls() === 0) await delay(10);
    // What the registry has seen by when: seconds since the first pull.
    const seen: number[] = [];
    for (let second = 0; second < 5; second += 1) {
      await delay(1_000);
      seen.push(pulls());
    }
    const journals = readdirSync(cli.folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.journal'));
    const early = await runCli(['report', '--recover', join(cli.folder, journals[0] as string)]);
    expect([early.exitCode, early.stderr]).toEqual([104, expect.stringContaining('is still being written to')]);
    cli.kill('SIGKILL');
    const { files: left } = await cli.ended();
    const [journal = ''] = Object.keys(left).filter((file) => file.endsWith('.journal'));
    expect(Object.keys(left)).toEqual([journal, 'pulls.ts'].toSorted());
    expect(left[journal]).not.toContain('hush');

    const { record, messages } = await recoverRun(join(cli.folder, journal));
    const { count } = sumCounters(rowsOf(record.rows, 'http_reqs', { operation: 'manifest_get' }));
    expect(count).toBeGreaterThanOrEqual(seen[2] as number);
    expect(count).toBeLessThanOrEqual(pulls());
    expect(record.iterations.complete).toBeGreaterThanOrEqual((seen[2] as number) - 4);
    expect(record.setup?.rows.length).toBeGreaterThan(0);
    expect(record.outcome).toMatchObject({ state: 'aborted', cause: 'crash' });
    expect(messages[0]).toMatch(/^the run was killed after \ds of load or a second or two more, and left no report/);

    const recovered = await runCli(['report', '--recover', 'x.journal'], { files: { 'x.journal': left[journal] as string } });
    expect([recovered.exitCode, recovered.stderr]).toEqual([0, expect.stringMatching(/report: x\.json, x\.txt\n$/)]);
    expect(recovered.stdout).toMatch(/result: +ABORTED \(crash\)/);
    expect(JSON.parse(recovered.files['x.json'] as string)).toEqual(record);
    expect(existsSync(join(recovered.folder, 'x.journal'))).toBe(true);
  });
});
