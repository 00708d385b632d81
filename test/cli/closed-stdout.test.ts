import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
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
