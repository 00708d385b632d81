import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Ran, run } from './run.ts';
import { type Files, tmpFolder } from './tmp.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** What the command line left behind. */
export interface CliRan extends Ran {
  /** The folder it ran in. */
  readonly folder: string;
  /** Every file in that folder afterwards: path inside the folder to text. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Writes the files into a temporary folder and runs the built `loadreg` with these arguments in there: no terminal, no colours, none of the
 * caller's `LOADREG_…` and proxy variables. Killed after `timeoutMs` (default 60 s).
 */
export async function runCli(
  args: readonly string[],
  options: { files?: Files; env?: Readonly<Record<string, string>>; stdin?: string; timeoutMs?: number } = {},
): Promise<CliRan> {
  const { files = {}, env = {}, ...rest } = options;
  const folder = tmpFolder(files);
  const ran = await run(process.execPath, [MAIN, ...args], { ...rest, cwd: folder, env: { ...cleanEnvironment(folder), ...env } });
  return { ...ran, folder, files: readFiles(folder) };
}

function cleanEnvironment(folder: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(?:LOADREG_|VITEST|NODE_OPTIONS$|FORCE_COLOR$|(?:https?|no|all)_proxy$)/i.test(name),
  );
  // Whoever runs the tests may have credentials in their home; they are none of the tests' business.
  return { ...Object.fromEntries(kept), NO_COLOR: '1', DOCKER_CONFIG: join(folder, '.docker') };
}

function readFiles(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    found[relative(folder, path)] = readFileSync(path, 'utf8');
  }
  return found;
}
