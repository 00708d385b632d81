import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { seriesKey } from '../../src/measure/index.ts';
import { atEnd } from '../support/at-end.ts';
import { listen } from '../support/listen.ts';
import { runCli } from '../support/run-cli.ts';
import { tmpFolder } from '../support/tmp.ts';

/** Images are seeded, then pulled, and sent once more in teardown; the warm-up is a second. */
const PULL = `
import { check, Counter, images, pull, type Options, type VU } from 'loadreg';
const layers = new Counter('layers');
export const options: Options = { vus: 2, duration: '2s', warmup: '1s', thresholds: { 'flow_duration{flow:pull}': ['p(95)<30s'] } };
export async function setup(vu: VU) { return images.seed(vu, { count: 2, layers: ['4KiB'] }); }
export default async function (vu: VU, refs: Awaited<ReturnType<typeof setup>>) {
  const pulled = await pull(vu, vu.random.pick(refs));
  check(vu, pulled, { 'has layers': ({ layers }) => layers.length > 0, 'has none': ({ layers }) => layers.length === 0 });
  layers.add(vu, pulled.layers.length);
}
export async function teardown(vu: VU, refs: Awaited<ReturnType<typeof setup>>) { await pull(vu, refs[0]!); }
`;

interface Line {
  readonly type: 'Metric' | 'Point';
  readonly metric: string;
  readonly data: { readonly value: number; readonly tags: Readonly<Record<string, string>> };
}

const linesOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

interface Row {
  readonly metric: string;
  readonly contains: string;
  readonly type: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly values: { readonly count?: number; readonly sum?: number; readonly hits?: number; readonly total?: number };
}

it('the points of a run add up to its record, row by row; setup, warm-up and teardown are marked', { timeout: 60_000 }, async () => {
  const { stderr, files, exitCode, folder } = await runCli(
    ['run', 's.ts', '--out', 'json=p.json.gz', '-o', 'csv=p.csv', '-o', 'prometheus=0', '--report', 'r.json', '--summary-mode', 'disabled'],
    { files: { 's.ts': PULL } },
  );
  expect(exitCode, stderr).toBe(0);
  expect(stderr).toMatch(/^ {5}output: json \(p\.json\.gz\), csv \(p\.csv\), prometheus \(http:\/\/127\.0\.0\.1:\d+\/metrics\)$/m);
  const points = linesOf(gunzipSync(readFileSync(join(folder, 'p.json.gz'))).toString()).filter(({ type }) => type === 'Point');
  const stages = new Set(points.map(({ data }) => data.tags['run_stage']));
  expect(stages).toEqual(new Set(['setup', 'warmup', undefined, 'teardown']));
  const sums = new Map<string, { count: number; sum: number }>();
  for (const { metric, data } of points) {
    if (data.tags['run_stage'] !== undefined) continue;
    const key = seriesKey('run', metric, data.tags);
    const { count, sum } = sums.get(key) ?? { count: 0, sum: 0 };
    sums.set(key, { count: count + 1, sum: sum + data.value });
  }
  const { rows, warnings } = JSON.parse(files['r.json'] as string) as { rows: Row[]; warnings: string[] };
  expect(warnings).toEqual([]);
  const come = ({ metric, type, tags }: Row) => {
    const { count, sum } = sums.get(seriesKey('run', metric, tags)) ?? { count: 0, sum: 0 };
    return type === 'counter' ? { sum } : { count, sum: Math.round(sum * 1000) };
  };
  const recorded = ({ type, values }: Row) => {
    if (type === 'counter') return { sum: values.count };
    if (type === 'rate') return { count: values.total, sum: (values.hits as number) * 1000 };
    return { count: values.count, sum: values.sum }; // µs, where points have ms
  };
  const compared = rows.filter(({ type, contains }) => type === 'counter' || type === 'rate' || (type === 'trend' && contains === 'time'));
  expect(compared.map((row) => [row.metric, row.tags, come(row)])).toEqual(compared.map((row) => [row.metric, row.tags, recorded(row)]));
  expect(compared.length).toBeGreaterThan(30);
  expect((files['p.csv'] as string).trimEnd().split('\n')).toHaveLength(points.length + 1);
});

it('tells everything that is wrong with outputs at once, with what is wrong besides, and runs nothing', async () => {
  const { url } = await listen(() => {});
  const { port } = new URL(url);
  const { stderr, exitCode, files } = await runCli(
    ['run', 's.ts', '-o', 'json', '-o', 'csv=gone/p.csv', '-o', `prometheus=${port}`, '-o', 'cloud', '--report', 'r.doc', '--vus', 'two'],
    { files: { 's.ts': PULL } },
  );
  expect(exitCode).toBe(104);
  expect(stderr.trimEnd().split('\n').toSorted()).toEqual([
    expect.stringMatching(/^error: --out cloud: the output cloud of k6 is not here: /),
    'error: --out csv=gone/p.csv: there is no folder gone (a file in a folder that is there)',
    'error: --out json: the name of its file is missing (FILE, or FILE.gz to have it compressed)',
    `error: --out prometheus=${port}: port ${port} of 127.0.0.1 is in use (another port; 0 takes a free one)`,
    expect.stringMatching(/^error: --report: /),
    expect.stringMatching(/^error: --vus: /),
  ]);
  expect(Object.keys(files)).toEqual(['s.ts']);
});

it('leaves files that are whole when it is interrupted, and exits with 121 when one could not be written', {
  timeout: 60_000,
}, async () => {
  const folder = tmpFolder({ 's.ts': PULL.replace("'2s'", "'1m'").replace('layers.add', "vu.log.info('at work'); layers.add") });
  const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
  const out = ['-o', 'json=p.json.gz', '-o', 'csv=/dev/full', '--reports-dir', 'r', '--summary-mode', 'disabled', '-q'];
  const child = spawn(process.execPath, [main, 'run', 's.ts', ...out], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  atEnd(() => child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const full = '/dev/full: ENOSPC: no space left on device, write; no more points are written there, and the run goes on';
  while (!(stderr.includes(full) && stderr.includes('at work')) && child.exitCode === null) await once(child.stderr, 'data');
  child.kill('SIGINT');
  const [code] = await exited;
  expect(code, stderr).toBe(121);
  expect(stderr.split(full)).toHaveLength(2); // said once
  expect(stderr).toMatch(/^\d+ of \d+ points are missing in \/dev\/full: ENOSPC/m);
  const lines = linesOf(gunzipSync(readFileSync(join(folder, 'p.json.gz'))).toString());
  expect(lines.filter(({ type }) => type === 'Point').length).toBeGreaterThan(10);
  const record = readdirSync(join(folder, 'r')).find((name) => name.endsWith('.json')) as string;
  const { outcome, warnings } = JSON.parse(readFileSync(join(folder, 'r', record), 'utf8')) as { outcome: object; warnings: string[] };
  expect(outcome).toMatchObject({ state: 'aborted' });
  expect(warnings).toEqual([expect.stringMatching(/^\d+ of \d+ points are missing in \/dev\/full: ENOSPC/)]);
});
