import { codeOf } from '../base/index.ts';

/** A failure that a flow finds by itself, under a stable code: the flow fails with it, the run goes on. */
export class FlowError extends Error {
  override readonly name = 'FlowError';
  /** Stable, in capitals: `DIGEST_MISMATCH`, `PLATFORM_NOT_FOUND`, … */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** A failed exchange or flow as data. */
export interface Failure {
  readonly code: string;
  /** One sentence, without secrets. */
  readonly message: string;
}

/** Status of the answer that an error is about; undefined when it is about none. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof Error && error.name === 'RegistryError' && 'status' in error ? (error.status as number) : undefined;
}

/** What that answer said in `Retry-After`. */
export function retryAfterOf(error: unknown): string | undefined {
  return error instanceof Error && error.name === 'RegistryError' && 'retryAfter' in error
    ? (error.retryAfter as string | undefined)
    : undefined;
}

/** Errors that are about the registry or the way to it. By name, as errors cross copies of a package and flows know only the types of `http`. */
const FAILURES: ReadonlySet<string> = new Set(['ExchangeError', 'RegistryError', 'ManifestError', 'FlowError']);

/**
 * What went wrong between us and the registry, or undefined when the error is none of the registry's making: a TypeError in a scenario is a
 * broken program, not a failed request.
 */
export function failureOf(error: unknown): Failure | undefined {
  if (!(error instanceof Error) || !FAILURES.has(error.name)) return undefined;
  const code = codeOf(error);
  return code === undefined ? undefined : { code, message: error.message };
}
