// Runs the built loadreg on one core and reads the record that it leaves.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const main = path.join(here, '../../dist/cli/main.js');

/** Runs a scenario of this folder on one core; resolves with its record, rejects with what was printed when the run failed. */
export async function runPinned(cpu, scenario, registry, args) {
  const folder = mkdtempSync(path.join(tmpdir(), 'loadreg-bench-out-'));
  try {
    const file = path.join(folder, 'run.json');
    const command = [process.execPath, main, 'run', path.join(here, scenario), '--registry', registry, '--report', file, '-q', ...args];
    await new Promise((resolve, reject) => {
      const child = spawn('taskset', ['-c', String(cpu), ...command], { stdio: ['ignore', 'pipe', 'pipe'] });
      let output = '';
      child.stdout.on('data', (chunk) => (output += chunk));
      child.stderr.on('data', (chunk) => (output += chunk));
      child.once('error', reject);
      child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`loadreg ended with ${code}:\n${output}`))));
    });
    return JSON.parse(readFileSync(file, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
