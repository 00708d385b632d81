import type { ExitName } from './exit-codes.ts';

/** What a {@link LoadregError} carries beside its message. */
export interface LoadregErrorOptions {
  /** What the process exits with when this error ends it; default `defect`. */
  exit?: ExitName;
  /** One sentence that says what would work. */
  hint?: string;
  cause?: unknown;
}

/**
 * An error that a user can act on: the command line prints `message` and `hint` in one line each, with no stack trace.
 * Anything else that reaches the command line is a defect of loadreg.
 */
export class LoadregError extends Error {
  override readonly name: string = 'LoadregError';
  readonly exit: ExitName;
  readonly hint: string | undefined;

  constructor(message: string, options: LoadregErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exit = options.exit ?? 'defect';
    this.hint = options.hint;
  }
}

/** One thing wrong with what a user gave: where it stands, what is wrong, and what would work. */
export interface Problem {
  /** Where: a flag (`--vus`), an option path (`options.scenarios.mix.rate`) or a file with its line. */
  where: string;
  /** What is wrong, with the value given. */
  what: string;
  /** What would work. */
  fix?: string;
}

/** Invalid input, all of its problems at once. Exit 104. */
export class InvalidConfigError extends LoadregError {
  override readonly name = 'InvalidConfigError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'), { exit: 'invalidConfig' });
    this.problems = problems;
  }
}

/** A problem as one line of text. */
export function formatProblem(problem: Problem): string {
  return `${problem.where}: ${problem.what}${problem.fix === undefined ? '' : ` (${problem.fix})`}`;
}

/** The message of anything that was thrown; never throws. */
export function messageOf(error: unknown): string {
  try {
    const message: unknown = error instanceof Error ? error.message : error;
    return typeof message === 'string' ? message : String(message);
  } catch {
    return 'something that cannot be shown as text'; // scenarios can throw anything
  }
}

/** The `code` of a Node.js or undici error, or undefined. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/**
 * The stable code of an answer that was not expected and whose body says no code of its own: `HTTP_<status>`. 429 is the specification's
 * TOOMANYREQUESTS whoever sends it: the answer to a HEAD has no body, and proxies write their own.
 */
export function codeOfStatus(status: number): string {
  return status === 429 ? 'TOOMANYREQUESTS' : `HTTP_${status}`;
}
