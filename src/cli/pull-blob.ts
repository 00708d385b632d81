import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { createHash, type Hash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { codeOf, LoadregError, messageOf } from '../base/index.ts';
import { FlowError } from '../flow/index.ts';
import { ExchangeError, type HttpResponse } from '../http/index.ts';
import { algorithmOf, type Descriptor, RegistryError } from '../registry/index.ts';
import type { Session } from './session.ts';
import type { AwareSink } from './session-send.ts';

/** Tries one after the other that brought nothing, after which a download is given up. */
const IDLE_TRIES = 4;
/** Tries in all: a registry that sends a byte at a time is given up too. */
const MOST_TRIES = 100;
/** Waits before a try that follows on so many without any progress, ms. */
const WAITS = [20, 500, 1_000, 2_000];

/** What a full or broken disk answers: the same again, however often one asks. */
const DISK_CODES = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EFBIG', 'EROFS']);
/** Failures of a request that another one may not meet: by status, and by code. */
const PASSING_STATUSES = new Set([408, 416, 429, 500, 502, 503, 504]);
const FINAL_CODES = new Set(['ABORTED', 'SIZE_MISMATCH', 'CERT_INVALID', 'ENOTFOUND', 'ECONNREFUSED', 'UNKNOWN', ...DISK_CODES]);

/**
 * Downloads a blob into a new file, and checks its size and digest. A download that breaks off is resumed with `Range`; where the registry
 * sends the whole blob again, it starts over. Each try after the first is a retry of the session. `onBytes` is told what arrived, and, by a
 * negative number, what has to arrive again.
 *
 * Throws FlowError (`DIGEST_MISMATCH`, `SIZE_MISMATCH`), RegistryError or ExchangeError when the blob cannot be had, LoadregError when the
 * file cannot be written.
 */
export async function pullBlob(
  session: Session,
  repository: string,
  blob: Descriptor,
  file: string,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const part = new PartialFile(file, blob, onBytes);
  try {
    let idle = 0;
    for (let tries = 1; ; tries += 1) {
      const before = part.offset;
      const failure = await tryOnce(session, repository, blob, part);
      if (failure === undefined) return;
      idle = part.offset > before ? 0 : idle + 1;
      if (idle >= IDLE_TRIES || tries >= MOST_TRIES) throw failure;
      await delay(WAITS[idle] ?? 0, undefined, { signal: session.vu.signal });
      session.countRetry();
    }
  } catch (error) {
    throw DISK_CODES.has(codeOf(error) ?? '') ? unwritable(file, error) : error;
  } finally {
    part.close();
  }
}

/** Writing to an open file fails without its name. */
function unwritable(file: string, error: unknown): LoadregError {
  const why = messageOf(error instanceof ExchangeError ? (error.cause ?? error) : error);
  return new LoadregError(`${file} could not be written: ${why}`, { exit: 'transferFailed', cause: error });
}

/** One request. Resolves with what it failed by where another one may help; throws what nothing helps against. */
async function tryOnce(session: Session, repository: string, blob: Descriptor, part: PartialFile): Promise<Error | undefined> {
  const resumed = part.offset > 0;
  part.begin();
  try {
    const { mismatch, status } = await session.registry.blobs.get(repository, blob.digest, {
      size: blob.size,
      sink: part,
      verify: (response) => part.verify(response),
      ...(resumed ? { range: { start: part.offset } } : {}),
    });
    if (mismatch === undefined) {
      part.settle();
      return undefined;
    }
    const failure = new FlowError(mismatch.code, `${blob.digest}: ${mismatch.detail}`);
    if (mismatch.code === 'RANGE_MISMATCH') part.startOver();
    else if (mismatch.code === 'SIZE_MISMATCH' && part.incomplete(status)) part.settle();
    else if (mismatch.code === 'DIGEST_MISMATCH' && resumed) part.startOver();
    else throw failure;
    return failure;
  } catch (error) {
    if (!mayPass(error) || session.vu.signal.aborted) throw error;
    if (error instanceof RegistryError && error.status === 416) part.startOver();
    else part.settle();
    return error as Error;
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof RegistryError) return PASSING_STATUSES.has(error.status);
  const code = codeOf(error) ?? '';
  return error instanceof ExchangeError && !FINAL_CODES.has(code) && !code.startsWith('TLS_');
}

/**
 * A file that a blob arrives in, over several requests if need be. What an answer is (the rest that was asked for, or all of it) shows only
 * at its end: until then its bytes stand behind those that are certain, and both digests are reckoned.
 */
class PartialFile implements AwareSink {
  /** Bytes that are certain to be the beginning of the blob. */
  offset = 0;
  readonly #file: number;
  readonly #blob: Descriptor;
  readonly #onBytes: (bytes: number) => void;
  /** Of the bytes that are certain. */
  #certain: Hash;
  /** Of these and of what arrives now. */
  #continued: Hash;
  /** Of what arrives now alone; only while something is certain. */
  #fresh: Hash | undefined;
  #arrived = 0;
  #status = 0;

  constructor(path: string, blob: Descriptor, onBytes: (bytes: number) => void) {
    this.#file = openSync(path, 'wx+', 0o600);
    this.#blob = blob;
    this.#onBytes = onBytes;
    this.#certain = this.#newHash();
    this.#continued = this.#certain;
  }

  /** Another request begins. */
  begin(): void {
    this.#continued = this.#certain.copy();
    this.#fresh = this.offset > 0 ? this.#newHash() : undefined;
    this.#arrived = 0;
    this.#status = 0;
  }

  write(chunk: Uint8Array): void {
    if (this.#arrived + chunk.length > this.#blob.size) throw new SurplusError(this.#blob);
    for (let at = 0; at < chunk.length; ) {
      at += writeSync(this.#file, chunk, at, chunk.length - at, this.offset + this.#arrived + at);
    }
    this.#continued.update(chunk);
    this.#fresh?.update(chunk);
    this.#arrived += chunk.length;
    this.#onBytes(chunk.length);
  }

  ended(status: number): void {
    this.#status = status;
  }

  /** Looks at a whole answer. */
  verify({ status, bodyBytes }: HttpResponse): { code: string; detail: string } | undefined {
    const whole = this.#isWhole(status);
    const expected = this.#blob.size - (whole ? 0 : this.offset);
    if (bodyBytes !== expected) return { code: 'SIZE_MISMATCH', detail: `${bodyBytes} bytes arrived, and ${expected} were expected` };
    const hash = whole && this.#fresh !== undefined ? this.#fresh : this.#continued;
    const digest = `${algorithmOf(this.#blob.digest)}:${hash.copy().digest('hex')}`;
    return digest === this.#blob.digest
      ? undefined
      : { code: 'DIGEST_MISMATCH', detail: `the bytes that arrived have the digest ${digest}` };
  }

  /** Whether an answer had too few bytes, not too many. */
  incomplete(status: number): boolean {
    return this.#arrived + (this.#isWhole(status) ? 0 : this.offset) < this.#blob.size;
  }

  /** What arrived is certain from now on, as far as it goes. */
  settle(): void {
    if (this.#arrived === 0) return;
    if (this.#isWhole(this.#status) && this.#fresh !== undefined) {
      this.#moveToStart();
      this.#onBytes(-this.offset);
      this.offset = this.#arrived;
      this.#certain = this.#fresh;
      ftruncateSync(this.#file, this.offset);
    } else {
      this.offset += this.#arrived;
      this.#certain = this.#continued;
    }
    this.begin();
  }

  /** Nothing is certain. */
  startOver(): void {
    this.#onBytes(-this.offset - this.#arrived);
    this.offset = 0;
    this.#certain = this.#newHash();
    ftruncateSync(this.#file, 0);
    this.begin();
  }

  close(): void {
    closeSync(this.#file);
  }

  #isWhole(status: number): boolean {
    return status !== 206;
  }

  #newHash(): Hash {
    return createHash(algorithmOf(this.#blob.digest));
  }

  #moveToStart(): void {
    const buffer = Buffer.allocUnsafe(1024 * 1024);
    for (let at = 0; at < this.#arrived; ) {
      const read = readSync(this.#file, buffer, 0, Math.min(buffer.length, this.#arrived - at), this.offset + at);
      if (read === 0) break;
      writeSync(this.#file, buffer, 0, read, at);
      at += read;
    }
  }
}

/** More bytes than the blob has: ends the exchange. */
class SurplusError extends Error {
  readonly code = 'SIZE_MISMATCH';

  constructor({ digest, size }: Descriptor) {
    super(`more bytes arrive than the ${size} of the blob ${digest}`);
  }
}
