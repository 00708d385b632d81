// node test/bench/ramping-memory.mjs: resident memory of 10 000 VUs of ramping-vus that sleep between pulls (k6 2.2: 1.6 GB for the same).
import os from 'node:os';
import { runPinned } from './run-pinned.mjs';
import { startStaticRegistry } from './static-registry.mjs';

const TARGET_MIB = 400;
const stages = process.argv.slice(2); // other stages than those of the scenario, as 10s:1000
const registry = await startStaticRegistry({
  cpu: Math.min(1, os.cpus().length - 1),
  layers: 1,
  layerBytes: 1024,
  smallBytes: 1024,
  connections: 16_384,
});
try {
  const args = ['-e', `DIGEST=${registry.manifest.digest}`, ...stages.flatMap((stage) => ['--stage', stage])];
  const record = await runPinned(0, 'ramping-vus.ts', registry.url, args);
  const vus = Math.max(...record.vus.active.map((count) => count ?? 0));
  const peak = Math.max(...record.health.columns.rssBytes.map((bytes) => bytes ?? 0)) / 1024 ** 2;
  const verdict = stages.length > 0 || peak <= TARGET_MIB ? '' : ' missed';
  console.log(`${os.cpus()[0].model}, Node ${process.version}`);
  console.log(`${vus} VUs, ${record.iterations.complete} pulls, ${record.iterations.failed} failed`);
  console.log(
    `resident memory at most ${peak.toFixed(0)} MiB (target ≤ ${TARGET_MIB} MiB at 10 000 VUs${verdict}), ${((peak * 1024) / vus).toFixed(0)} KiB a VU`,
  );
} finally {
  await registry.stop();
}
