import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { atEnd } from './at-end.ts';
import { environment, MAIN, readFiles } from './run-cli.ts';
import { type Files, tmpFolder } from './tmp.ts';

/** A `loadreg` that is running. */
export interface StartedCli {
  /** The folder it runs in. */
  readonly folder: string;
  /** What it has said so far. */
  readonly stderr: () => string;
  readonly stdout: () => string;
  /** Resolves when stderr holds the words so many times (default once); throws when the program ends without them. */
  readonly says: (words: string, times?: number) => Promise<void>;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Resolves when the program has ended: its exit code, or -1 when a signal has ended it, and every file in its folder. */
  readonly ended: () => Promise<{ readonly exitCode: number; readonly files: Readonly<Record<string, string>> }>;
}

/** Starts the built `loadreg` as `runCli` does, and leaves it running; it is killed when the test file is done. */
export function startCli(args: readonly string[], options: { files?: Files } = {}): StartedCli {
  const folder = tmpFolder(options.files ?? {});
  const child: ChildProcess = spawn(process.execPath, [MAIN, ...args], { cwd: folder, env: environment(folder), stdio: 'pipe' });
  const closed = once(child, 'close') as Promise<[number | null]>;
  atEnd(() => void child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdin?.end();
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return {
    folder,
    stdout: () => stdout,
    stderr: () => stderr,
    async says(words, times = 1) {
      while (stderr.split(words).length <= times) {
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended without saying '${words}':\n${stderr}`);
        await delay(10);
      }
    },
    kill: (signal) => void child.kill(signal),
    async ended() {
      const [code] = await closed;
      return { exitCode: code ?? -1, files: readFiles(folder) };
    },
  };
}
