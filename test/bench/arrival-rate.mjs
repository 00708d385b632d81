// node test/bench/arrival-rate.mjs: how well constant-arrival-rate keeps 2 000 small flows a second on one core, against nginx on another.
import os from 'node:os';
import { runPinned } from './run-pinned.mjs';
import { startStaticRegistry } from './static-registry.mjs';

const RATE = 2000;
const TARGET = { rateWithin: 0.01, lagP99Ms: 5 };
// The target is for small flows; three requests each are shown beside, and may be more than one core does.
const FLOWS = [
  ['manifest', 'the manifest of an image', true],
  ['pull', 'an image with one layer of 1 KiB', false],
];

/** Of the measured window: iterations started a second, how late they were, and what share of the core that took. */
function figures(record) {
  const { warmupCount, count, widthUs } = record.columns;
  const columns = Array.from({ length: count - warmupCount }, (_, i) => warmupCount + i);
  const sum = (metric) =>
    record.rows
      .filter((row) => row.metric === metric)
      .reduce((total, row) => total + columns.reduce((part, i) => part + (row.columns.count[i] ?? 0), 0), 0);
  const lag = record.rows.find((row) => row.metric === 'iteration_lag').values;
  const { startUs, endUs } = record.windows.measured;
  const whole = columns.slice(0, Math.floor((endUs - startUs) / widthUs));
  return {
    rate: sum('iteration_lag') / ((endUs - startUs) / 1e6),
    p50: lag.p50 / 1000,
    p99: lag.p99 / 1000,
    dropped: record.iterations.dropped,
    failed: record.iterations.failed,
    cpu: whole.reduce((total, i) => total + (record.health.columns.cpuShare[i] ?? 0), 0) / whole.length,
  };
}

const registry = await startStaticRegistry({ cpu: Math.min(1, os.cpus().length - 1), layers: 1, layerBytes: 1024, smallBytes: 1024 });
try {
  console.log(`${os.cpus()[0].model}, Node ${process.version}, ${RATE} flows/s on one core\n`);
  console.log('| a flow is | started/s | lag p50 | lag p99 | dropped | failed | CPU | |\n|---|---|---|---|---|---|---|---|');
  for (const [flow, name, isTarget] of FLOWS) {
    const args = ['-e', `DIGEST=${registry.manifest.digest}`, '-e', `FLOW=${flow}`, '--rate', String(RATE), ...process.argv.slice(2)];
    const { rate, p50, p99, dropped, failed, cpu } = figures(await runPinned(0, 'arrivals.ts', registry.url, args));
    const held = Math.abs(rate / RATE - 1) <= TARGET.rateWithin && p99 < TARGET.lagP99Ms && dropped === 0;
    const cells = [name, rate.toFixed(1), `${p50.toFixed(2)} ms`, `${p99.toFixed(2)} ms`, dropped, failed, `${(cpu * 100).toFixed(0)} %`];
    console.log(`| ${cells.join(' | ')} | ${held ? 'held' : isTarget ? 'missed' : 'not held'} |`);
  }
} finally {
  await registry.stop();
}
