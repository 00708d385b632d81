// npm run bench: what one second of client CPU is worth, inside `loadreg run` with all metrics on, beside wrk in the same run.
// Client and server are pinned to a core each; rounds are interleaved; the figure is the median of the rounds.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os, { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startStaticRegistry } from './static-registry.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const main = path.join(here, '../../dist/cli/main.js');
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const [CLIENT_CPU, SERVER_CPU] = [0, Math.min(1, os.cpus().length - 1)];

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn('taskset', ['-c', String(CLIENT_CPU), command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output}`)),
    );
  });
}

/** Runs a scenario and returns what was done per second of CPU in its measured columns. */
async function loadreg(scenario, registry, args) {
  const folder = mkdtempSync(path.join(tmpdir(), 'loadreg-bench-out-'));
  try {
    const file = path.join(folder, 'run.json');
    await run(process.execPath, [main, 'run', path.join(here, scenario), '--registry', registry, '--report', file, '-q', ...args]);
    const record = JSON.parse(readFileSync(file, 'utf8'));
    const { warmupCount, count } = record.columns;
    const columns = Array.from({ length: count - 1 - warmupCount }, (_, i) => warmupCount + i); // the last one is cut short
    const seconds = record.columns.widthUs / 1e6;
    const cpu = columns.reduce((sum, i) => sum + (record.health.columns.cpuShare[i] ?? 0) * seconds, 0);
    const sum = (metric) =>
      record.rows
        .filter((row) => row.metric === metric)
        .reduce((total, row) => total + columns.reduce((part, i) => part + (row.columns.count[i] ?? 0), 0), 0);
    return {
      requests: sum('http_reqs') / cpu,
      gigabytes: sum('data_received') / 1e9 / cpu,
      flows: sum('iterations') / cpu,
      verdict: record.generator.verdict,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs wrk and returns the same, by the shell's accounting of its CPU time. */
async function wrk(url, connections) {
  const output = await run('bash', ['-c', `TIMEFORMAT='cpu %U %S'; time wrk -t1 -c${connections} -d6s ${url}`]);
  const [, user, system] = /cpu ([\d.]+) ([\d.]+)/.exec(output);
  const [, requests] = /(\d+) requests in/.exec(output);
  const [, amount, unit] = /requests in [\d.]+s, ([\d.]+)([KMGT]?B) read/.exec(output);
  const bytes = Number(amount) * { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 }[unit];
  const cpu = Number(user) + Number(system);
  return { requests: Number(requests) / cpu, gigabytes: bytes / 1e9 / cpu };
}

function show(value) {
  return value >= 1000 ? String(Math.round(value)) : value.toFixed(2);
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

const registry = await startStaticRegistry({ cpu: SERVER_CPU, layers: 4, layerBytes: 10 * 1024 * 1024, smallBytes: 1024 });
const smallImage = await startStaticRegistry({ cpu: SERVER_CPU, layers: 2, layerBytes: 1024, smallBytes: 1024 });
try {
  const blob = (digest) => `${registry.url}/v2/bench/image/blobs/${digest}`;
  const small = ['-e', `DIGEST=${registry.small.digest}`, '-e', `SIZE=${registry.small.size}`];
  const large = ['-e', `DIGEST=${registry.manifest.digest}`];
  const rows = [
    {
      name: 'small GET, requests',
      unit: 'requests',
      ours: () => loadreg('small-get.ts', registry.url, small),
      theirs: () => wrk(blob(registry.small.digest), 32),
      target: 30_000,
    },
    {
      name: '10 MiB blobs, verify size, GB',
      unit: 'gigabytes',
      ours: () => loadreg('pull-large.ts', registry.url, [...large, '--verify', 'size']),
      theirs: () => wrk(blob(registry.layerDigests[0]), 12),
      target: 2.1,
    },
    {
      name: '10 MiB blobs, verify full, GB',
      unit: 'gigabytes',
      ours: () => loadreg('pull-large.ts', registry.url, [...large, '--verify', 'full']),
      theirs: () => wrk(blob(registry.layerDigests[0]), 12),
      target: 0.75,
    },
    {
      name: 'pull of a small image, flows',
      unit: 'flows',
      ours: () => loadreg('pull-small.ts', smallImage.url, []),
      target: 4_000,
    },
  ];
  console.log(`${os.cpus()[0].model}, ${os.cpus().length} cores, Node ${process.version}, ${ROUNDS} rounds, per second of client CPU\n`);
  console.log('| | loadreg | wrk | loadreg / wrk | target |\n|---|---|---|---|---|');
  for (const { name, unit, ours, theirs, target } of rows) {
    const results = { ours: [], theirs: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      results.ours.push((await ours())[unit]);
      if (theirs !== undefined) results.theirs.push((await theirs())[unit]);
    }
    const figure = median(results.ours);
    const beside = theirs === undefined ? ' | ' : `${show(median(results.theirs))} | ${(figure / median(results.theirs)).toFixed(2)}`;
    console.log(`| ${name} | ${show(figure)} | ${beside} | ≥ ${show(target)}${figure >= target ? '' : ' missed'} |`);
  }
} finally {
  await Promise.all([registry.stop(), smallImage.stop()]);
}
