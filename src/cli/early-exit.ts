import { writeSync } from 'node:fs';
import { EXIT_CODES } from '../base/index.ts';

/**
 * Sees to it that a process which a scenario ends by itself (`process.exit()`) does not look like a run that went well: says so on stderr, with what
 * `leftBehind` tells, and exits 107. Returns how to stop looking.
 */
export function catchEarlyExit(leftBehind: () => string): () => void {
  const onExit = () => {
    process.exitCode = EXIT_CODES.scriptException.code;
    try {
      // Nothing that is written later than now is written.
      writeSync(
        2,
        `\nerror: the scenario ended the process, and no report was written (process.exit(); end a run with vu.exec.test.abort())\n`,
      );
      writeSync(2, leftBehind());
    } catch {
      // nobody reads it
    }
  };
  process.once('exit', onExit);
  return () => void process.off('exit', onExit);
}
