import type { RegistryError } from '../registry/index.ts';
import { type FailedTry, nextDelay, type RetryRule } from './profiles/index.ts';
import { failedTry } from './whole-tries.ts';

/**
 * What may help after an upload failed.
 *
 * | remedy | after | allowed |
 * |---|---|---|
 * | `resume` | 416: the offset is not the registry's | always |
 * | `restart` | the session is gone, or its content was not what the digest says | once a blob |
 * | `retry` | nobody knows what arrived (reset, time-out), or the registry could not (408, 429, 5xx) | as the retry policy says |
 * | `none` | anything else: sending it again would end the same way | |
 */
export type Remedy = 'resume' | 'restart' | 'retry' | 'none';

/** Codes of the specification after which an upload starts over. Distribution ends the session with each of them, some under 404. */
const SESSION_LOST: readonly string[] = ['DIGEST_INVALID', 'BLOB_UPLOAD_INVALID', 'BLOB_UPLOAD_UNKNOWN'];

/** Calls that are made within a session: there 404 means that the session is gone, whatever code comes with it. */
const IN_SESSION: readonly string[] = ['upload_put', 'upload_patch', 'upload_chunk', 'upload_finish', 'upload_status'];

/** Failures that are our own doing. */
const OWN: readonly string[] = ['ABORTED', 'REQUEST_LENGTH_MISMATCH'];

/** Decides what may help. By the names of errors, as they cross copies of a package. */
export function remedyFor(error: unknown): Remedy {
  if (isExchangeError(error)) return OWN.includes(error.code) ? 'none' : 'retry';
  if (!isRegistryError(error)) return 'none';
  const { status, codes, operation } = error;
  if (status === 416) return 'resume';
  if (codes.some((code) => SESSION_LOST.includes(code))) return 'restart';
  if (status === 404 && IN_SESSION.includes(operation) && !codes.includes('NAME_UNKNOWN')) return 'restart';
  return status === 408 || status === 429 || status >= 500 ? 'retry' : 'none';
}

/** Whether nobody knows if the registry has the blob now: the request that was to end its upload got no answer. */
export function commitInDoubt(error: unknown): boolean {
  return isExchangeError(error) && ['upload_put', 'upload_finish', 'upload_post'].includes(error.operation);
}

function isExchangeError(error: unknown): error is Error & { readonly code: string; readonly operation: string } {
  return error instanceof Error && error.name === 'ExchangeError';
}

function isRegistryError(error: unknown): error is RegistryError {
  return error instanceof Error && error.name === 'RegistryError';
}

/** Sessions that are asked where they stand, one after the other, while the upload gets no further. */
const MOST_RESUMES = 3;

/** Counts what one blob may still try. Progress (a byte further than ever before) gives it its retries and resumes back, but no restart. */
export class Tries {
  readonly #rule: RetryRule | undefined;
  /** Made since the last progress. */
  #made = 1;
  #before: FailedTry | undefined;
  #resumesLeft = MOST_RESUMES;
  #restartsLeft = 1;
  #furthest = 0;
  #waitedAfter: unknown;

  constructor(rule: RetryRule | undefined) {
    this.#rule = rule;
  }

  /** The registry has so many bytes, by its own word. */
  reached(offset: number): void {
    if (offset <= this.#furthest) return;
    this.#furthest = offset;
    this.#made = 1;
    this.#before = undefined;
    this.#resumesLeft = MOST_RESUMES;
  }

  /** Whether the session may be asked where it stands, to go on from there. */
  mayResume(error: unknown): boolean {
    const remedy = remedyFor(error);
    return this.#resumesLeft > 0 && (remedy === 'resume' || (remedy === 'retry' && this.#delay(error) !== undefined));
  }

  /** Uses up what {@link mayResume} allowed. */
  resume(error: unknown): void {
    this.#resumesLeft -= 1;
    if (remedyFor(error) === 'retry') this.#use(error);
  }

  /** Whether the upload may start over in a new session; uses that up. */
  startOver(error: unknown): boolean {
    const remedy = remedyFor(error);
    if (remedy === 'none') return false;
    if (remedy !== 'retry') return this.#restartsLeft-- > 0;
    if (this.#delay(error) === undefined) return false;
    this.#use(error);
    return true;
  }

  /** How long to wait after this error before anything is sent again, ms; once for each error. To be asked before a try is used up. */
  waitAfter(error: unknown): number {
    if (remedyFor(error) !== 'retry' || error === this.#waitedAfter) return 0;
    this.#waitedAfter = error;
    return this.#delay(error) ?? 0;
  }

  #delay(error: unknown): number | undefined {
    const last = failedTry(error);
    return this.#rule === undefined || last === undefined ? undefined : nextDelay(this.#rule, this.#made, last, this.#before, Date.now());
  }

  #use(error: unknown): void {
    this.#made += 1;
    this.#before = failedTry(error);
  }
}
