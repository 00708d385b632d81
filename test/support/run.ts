import { execFile } from 'node:child_process';

/** What a program printed and how it ended. */
export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  /** -1 when it was ended by a signal. */
  readonly exitCode: number;
}

/** Runs a program to its end; kills it after `timeoutMs` (default 60 s). Any exit code resolves. */
export function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; stdin?: string; timeoutMs?: number } = {},
): Promise<Ran> {
  const { timeoutMs = 60_000, stdin, ...rest } = options;
  return new Promise((resolve) => {
    const limits = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 * 1024 } as const;
    const child = execFile(command, args, { ...limits, ...rest, encoding: 'utf8' }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ stdout, stderr: error?.killed ? `${stderr}\nkilled after ${timeoutMs} ms` : stderr, exitCode });
    });
    child.stdin?.on('error', () => {}); // a program need not read what it is given
    child.stdin?.end(stdin);
  });
}

/** Like {@link run}, for programs that must succeed: resolves with what was printed, rejects with what was complained about. */
export async function runOk(command: string, args: readonly string[], options: Parameters<typeof run>[2] = {}): Promise<string> {
  const { stdout, stderr, exitCode } = await run(command, args, options);
  if (exitCode !== 0) throw new Error(`${command} ${args.join(' ')} exited with ${exitCode}:\n${stderr}`);
  return stdout;
}
