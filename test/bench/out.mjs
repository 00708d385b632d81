/**
 * What `--out` costs: 20 000 exchanges a second are recorded for some seconds with each output, and the CPU time of the whole process (the
 * recorder, the lines, gzip and the disk) is shown per exchange and as a share of one core. Eleven points an exchange.
 *
 *     npm run build && node test/bench/out.mjs [seconds]
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRecorder } from '../../dist/measure/index.js';
import { openOutputs } from '../../dist/output/index.js';

const RATE = 20_000;
const EVERY_MS = 5;
const seconds = Number(process.argv[2] ?? 5);
const folder = mkdtempSync(path.join(tmpdir(), 'loadreg-bench-'));
const quiet = { debug() {}, info() {}, warn: console.error, error: console.error };
const scope = { stage: 'run', scenario: 'default', flow: 'pull', group: '', tags: {} };

function exchange(i) {
  const own = { status: 200, expected: true, errorCode: '', errorDetail: '', sizeClass: i % 2 === 0 ? '' : '<64KiB' };
  const phases = {
    blocked: 3,
    connecting: 0,
    tlsHandshaking: 0,
    sending: 40 + (i % 7),
    waiting: 400 + (i % 991),
    receiving: 30 + (i % 97),
  };
  const operation = i % 2 === 0 ? 'manifest_get' : 'blob_get';
  return { operation, method: 'GET', hostRole: 'registry', ...own, ...phases, bytesSent: 250, bytesReceived: 1200 };
}

async function measure(name, out) {
  const outputs = await openOutputs(out, { log: quiet, thresholds: [], warmupIntervals: 0 });
  const recorder = createRecorder(outputs.tap);
  outputs.begin();
  const before = process.cpuUsage();
  const started = performance.now();
  let sent = 0;
  let cut = 0;
  while (sent < RATE * seconds) {
    const due = Math.min(RATE * seconds, Math.floor(((performance.now() - started) / 1000) * RATE));
    for (; sent < due; sent += 1) recorder.exchange(scope, exchange(sent));
    if (performance.now() - started >= (cut + 1) * 1000) outputs.onInterval(recorder.cut(cut++, { slice: 0, vus: 1, vusMax: 1 }));
    await sleep(EVERY_MS);
  }
  const missing = await outputs.end();
  const { user, system } = process.cpuUsage(before);
  await outputs.close(false, new AbortController().signal);
  const written = out.filter((text) => text.includes('=')).map((text) => statSync(text.slice(text.indexOf('=') + 1)).size);
  const size = written.length === 0 ? '' : `, ${(written[0] / seconds / 2 ** 20).toFixed(1)} MiB/s`;
  const share = ((user + system) / (seconds * 1e6)) * 100;
  console.log(
    `${name.padEnd(12)} ${((user + system) / sent).toFixed(2)} µs an exchange, ${share.toFixed(0)} % of a core${size}${missing.map((text) => `; ${text}`).join('')}`,
  );
}

try {
  await measure('warm-up', []);
  await measure('none', []);
  await measure('json', [`json=${path.join(folder, 'p.json')}`]);
  await measure('json.gz', [`json=${path.join(folder, 'p.json.gz')}`]);
  await measure('csv', [`csv=${path.join(folder, 'p.csv')}`]);
  await measure('csv.gz', [`csv=${path.join(folder, 'p.csv.gz')}`]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
