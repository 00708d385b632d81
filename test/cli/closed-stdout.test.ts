import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { tmpFolder } from '../support/tmp.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

it('writes its report and tells its exit code though nobody reads its summary', async () => {
  const folder = tmpFolder({
    'scenario.ts': 'export const options = { thresholds: { iterations: ["count>5"] } }; export default () => {};',
  });
  const child = spawn(process.execPath, [MAIN, 'run', 'scenario.ts', '--report', 'run.json'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  child.stdout.destroy();
  expect((await once(child, 'exit'))[0]).toBe(99);
  expect(readdirSync(folder)).toContain(path.basename('run.json'));
});

it.skipIf(!existsSync('/dev/full'))('does not call it a success when its result could be written nowhere', async () => {
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, [MAIN, 'help'], { stdio: ['ignore', full, 'pipe'] });
  let stderr = '';
  child.stderr?.on('data', (text: Buffer) => (stderr += text.toString()));
  expect((await once(child, 'exit'))[0]).toBe(121);
  closeSync(full);
  expect(stderr).toMatch(/^error: stdout cannot be written: .*ENOSPC.*\n$/);
});

it('exits 105 at Ctrl+C also before its command is loaded', async () => {
  const early = "let done; process.on('newListener', (name) => { if (name === 'SIGINT' && !done) done = setImmediate(kill); });";
  const folder = tmpFolder({ 'early.cjs': `const kill = () => process.kill(process.pid, 'SIGINT'); ${early}` });
  const hook = `--require=${path.join(folder, 'early.cjs')}`;
  const child = spawn(process.execPath, [hook, MAIN, 'push', 'x.tar', '127.0.0.1:1/app'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  expect(await once(child, 'exit')).toEqual([105, null]);
  expect(stderr).toBe('error: interrupted\n');
});
