import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type Ran, run } from './run.ts';
import { type Files, tmpFolder } from './tmp.ts';

const BUILT = new URL('../../dist/cli/', import.meta.url);
/** The built command line, for tests that start it themselves. */
export const MAIN = fileURLToPath(new URL('main.js', BUILT));

/** What the command line left behind. */
export interface CliRan extends Ran {
  /** The folder it ran in. */
  readonly folder: string;
  /** Every file in that folder afterwards: path inside the folder to text. */
  readonly files: Readonly<Record<string, string>>;
}

/** What the command line runs with, beside its arguments. */
export interface CliOptions {
  /** What lies in the folder that it runs in. */
  readonly files?: Files;
  /** More variables, or others. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

type Dispatch = (args: readonly string[]) => Promise<number>;
let busy = false;

/**
 * Writes the files into a temporary folder and runs the built `loadreg` with these arguments in there: no terminal, no colours, none of the
 * caller's `LOADREG_…` and proxy variables.
 *
 * In the test's own process, which saves the half second that each start of it takes. What a process as a whole does needs {@link spawnCli}:
 * signals, a closed stdout, `console`, errors that nobody catches, secrets of one command that must not depend on those of another.
 */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliRan> {
  const folder = tmpFolder(options.files ?? {});
  const { dispatch } = (await import(new URL('dispatch.js', BUILT).href)) as { dispatch: Dispatch };
  if (busy) throw new Error('runCli() has the streams and the folder of the process: one call at a time');
  busy = true;
  const [stdout, stderr] = [new Kept(), new Kept()];
  const stdin = Readable.from(options.stdin === undefined ? [] : [Buffer.from(options.stdin)]);
  const putBack = replaceIn(process, { stdout, stderr, stdin, env: environment(folder, options) });
  const cwd = process.cwd();
  process.chdir(folder);
  try {
    const exitCode = await dispatch(args);
    return { stdout: stdout.text(), stderr: stderr.text(), exitCode, folder, files: readFiles(folder) };
  } finally {
    process.chdir(cwd);
    putBack();
    busy = false;
  }
}

/** Like {@link runCli}, in a process of its own, which is killed after `timeoutMs` (default 60 s). */
export async function spawnCli(args: readonly string[], options: CliOptions & { timeoutMs?: number } = {}): Promise<CliRan> {
  const { files = {}, env: _env, ...rest } = options;
  const folder = tmpFolder(files);
  const ran = await run(process.execPath, [MAIN, ...args], { ...rest, cwd: folder, env: environment(folder, options) });
  return { ...ran, folder, files: readFiles(folder) };
}

/** A stream that is no terminal and keeps what is written. */
class Kept extends Writable {
  readonly #chunks: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString();
  }
}

/** The environment without what would change how the command line behaves. */
export function environment(folder: string, { env = {} }: CliOptions = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(?:LOADREG_|VITEST|NODE_OPTIONS$|FORCE_COLOR$|(?:https?|no|all)_proxy$)/i.test(name),
  );
  // Whoever runs the tests may have credentials in their home; they are none of the tests' business.
  return { ...Object.fromEntries(kept), NO_COLOR: '1', DOCKER_CONFIG: join(folder, '.docker'), ...env };
}

/** Puts other values in place of properties; returns how to put them back. */
function replaceIn(object: object, values: Readonly<Record<string, unknown>>): () => void {
  const before = Object.keys(values).map((name) => [name, Object.getOwnPropertyDescriptor(object, name)] as const);
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true });
  }
  return () => {
    for (const [name, descriptor] of before) Object.defineProperty(object, name, descriptor as PropertyDescriptor);
  };
}

/** Every file in a folder: path inside it to text. */
export function readFiles(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    found[relative(folder, path)] = readFileSync(path, 'utf8');
  }
  return found;
}
