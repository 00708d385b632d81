import { EXIT_CODES, formatProblem, InvalidConfigError, LoadregError, messageOf, printable } from '../base/index.ts';
import { redact } from './secrets.ts';
import { versionLine } from './version.ts';

/**
 * Prints an error on stderr and returns its exit code. What a user can act on is a line each and a hint; anything else is a
 * defect of loadreg and comes with its stack.
 */
export function reportError(error: unknown, write: (text: string) => void = (text) => void process.stderr.write(text)): number {
  write(printable(redact(textOf(error)))); // names and texts of registries and archives may hold what a terminal obeys
  return EXIT_CODES[error instanceof LoadregError ? error.exit : 'defect'].code;
}

function textOf(error: unknown): string {
  if (error instanceof InvalidConfigError) return error.problems.map((problem) => `error: ${formatProblem(problem)}\n`).join('');
  if (error instanceof LoadregError) return `error: ${error.message}\n${error.hint === undefined ? '' : `hint: ${error.hint}\n`}`;
  const stack = error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
  return `error: this is a defect of loadreg; please report it with these lines:\n${versionLine()}\n${stack}\n`;
}
