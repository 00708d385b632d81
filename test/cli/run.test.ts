import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { startRegistry } from '../../src/serve/index.ts';
import { atEnd } from '../support/at-end.ts';
import { freePort } from '../support/listen.ts';
import { type CliOptions, runCli, spawnCli } from '../support/run-cli.ts';
import { tmpFolder } from '../support/tmp.ts';

/** One small image, pulled a few times. */
const PULL = `
import { images, pull, type Options, type VU } from 'loadreg';
export const options: Options = { vus: 2, iterations: 6, thresholds: { http_req_failed: ['rate==0'] } };
export async function setup(vu: VU) { return images.seed(vu, { count: 1, layers: ['4KiB'] }); }
export default async function (vu: VU, refs: Awaited<ReturnType<typeof setup>>) { await pull(vu, refs[0]!); }
`;

let url: string;
beforeAll(async () => {
  const registry = await startRegistry();
  atEnd(registry.close);
  ({ url } = registry);
});

const run = (args: readonly string[], scenario = PULL, options: CliOptions = {}, cli = runCli) =>
  cli(['run', 's.ts', ...args], { files: { 's.ts': scenario }, ...options, env: { LOADREG_REGISTRY: url, ...options.env } });

describe('loadreg run', () => {
  it('runs on the embedded registry, says so first, and leaves a JSON and a text report', async () => {
    const { stdout, stderr, files, exitCode } = await run([], PULL, { env: { LOADREG_REGISTRY: '' } }, spawnCli);
    expect(exitCode, stderr).toBe(0);
    expect(stderr.split('\n')[0]).toBe('no --registry was given: starting the embedded registry, in a process of its own');
    expect(stderr).toContain('* default: 6 iterations shared among 2 VUs');
    expect(stdout).toContain('THRESHOLDS');
    expect(stdout).not.toContain('\u001b');
    const reports = Object.keys(files).filter((path) => path.startsWith('reports/'));
    expect(reports.sort()).toEqual([
      expect.stringMatching(/^reports\/s-\d{8}T\d{6}\.\d{3}Z\.json$/),
      expect.stringMatching(/^reports\/s-\d{8}T\d{6}\.\d{3}Z\.txt$/),
    ]);
    expect(JSON.parse(files[reports[0] as string] as string)).toMatchObject({ name: 's', outcome: { state: 'finished' } });
  });

  it('writes the files of --report in place of the default ones, and no summary when it is disabled', async () => {
    const { stdout, files } = await run(['--report', 'out/a.json', '--report', 'b.txt', '--summary-mode', 'disabled']);
    expect(Object.keys(files).sort()).toEqual(['b.txt', 'out/a.json', 's.ts']);
    expect(stdout).toBe('');
  });

  it('writes a report that has no place to go to stdout, and exits with 121', async () => {
    const { stdout, stderr, exitCode } = await run(['--report', 's.ts/r.json', '--summary-mode', 'disabled']);
    expect(exitCode).toBe(121);
    expect(stderr).toContain('s.ts/r.json could not be written');
    expect(JSON.parse(stdout)).toMatchObject({ name: 's' });
  });

  it('exits with 99 when a threshold fails, and names it', async () => {
    const { stderr, exitCode } = await run([], PULL.replace('rate==0', 'rate>0.5'));
    expect(exitCode).toBe(99);
    expect(stderr).toContain('thresholds failed: http_req_failed rate>0.5');
  });

  it('exits with 120 before the start when the registry cannot be reached', async () => {
    const port = await freePort();
    const { stderr, exitCode, files } = await run(['--registry', `http://me:topsecret@127.0.0.1:${port}`]);
    expect(exitCode).toBe(120);
    expect(stderr).toContain(`127.0.0.1:${port}`);
    expect(stderr).not.toContain('topsecret');
    expect(Object.keys(files)).toEqual(['s.ts']);
  });

  it('refuses a PEM file that is none', async () => {
    const { stderr, exitCode } = await run([
      '--registry',
      'https://127.0.0.1:1',
      '--ca-file',
      's.ts',
      '--cert',
      'gone.pem',
      '--key',
      's.ts',
    ]);
    expect(exitCode).toBe(104);
    expect(stderr.match(/^error: --(ca-file|cert|key)/gm)).toEqual(['error: --ca-file', 'error: --cert', 'error: --key']);
  });

  it('wants a user for a password, and a password for a user', async () => {
    expect(await run(['--password-stdin'], PULL, { stdin: 'x\n' })).toMatchObject({
      exitCode: 104,
      stderr: expect.stringContaining('add --username'),
    });
    expect(await run(['--username', 'me'])).toMatchObject({ exitCode: 104, stderr: expect.stringContaining('add --password-stdin') });
  });

  it('lets handleSummary take the place of the summary', async () => {
    const own = `${PULL}export const handleSummary = (data) => ({ stdout: 'reqs ' + data.metrics.http_reqs.values.count, 'own.json': '{}' });`;
    const { stdout, files, exitCode } = await run(['--report', 'r.json'], own);
    expect([stdout, files['own.json'], exitCode]).toEqual([expect.stringMatching(/^reqs \d+$/), '{}', 0]);
  });

  it('shows the usual summary when handleSummary throws, and where', async () => {
    const { stdout, stderr } = await run(['--report', 'r.json'], `${PULL}export function handleSummary() { throw new Error('not now'); }`);
    expect(stderr).toMatch(/handleSummary threw at s\.ts:6:\d+: not now/);
    expect(stdout).toContain('THRESHOLDS');
  });

  it('survives a promise that the scenario forgot, and says where', async () => {
    const forgetful = PULL.replace('await pull', "void Promise.reject(new Error('lost'));\n  await pull");
    const { stderr, exitCode } = await run(['--report', 'r.json'], forgetful, {}, spawnCli);
    expect(exitCode).toBe(0);
    expect(stderr.match(/a promise that nobody awaits was rejected at s\.ts:5:\d+: lost/g)).toHaveLength(1);
  });

  it('writes nothing but JSON to stderr with --log-format json', async () => {
    const { stderr } = await run(['--log-format', 'json', '--report', 'r.json'], PULL, {}, spawnCli);
    for (const line of stderr.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');
  });
});

it('says 121 when the folder for reports may not be written', async () => {
  const folder = tmpFolder({ 'locked/.keep': '' });
  chmodSync(join(folder, 'locked'), 0o500);
  const { exitCode } = await run(['--reports-dir', join(folder, 'locked')]);
  // root may write everywhere
  expect(exitCode).toBe(process.getuid?.() === 0 ? 0 : 121);
});
