import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { codeOf, type Logger, messageOf } from '../base/index.ts';
import type { Shortfall } from './output.ts';

const compress = promisify(gzip);

/** How long a named pipe may be without a reader. */
const READER_MS = 5_000;

/**
 * Opens a named pipe once somebody reads it. Without a reader an ordinary open() waits for good, out of reach of any signal; asked not to
 * wait, it says so.
 */
async function openRead(path: string, withinMs: number): Promise<FileHandle> {
  for (const end = performance.now() + withinMs; ; await delay(50)) {
    try {
      return await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if (codeOf(error) !== 'ENXIO') throw error;
      if (performance.now() >= end) throw new Error('it is a named pipe, and nobody reads it', { cause: error });
    }
  }
}

/** Bytes handed to the disk at once. Lines are written into them as they come: texts joined later cost five times as much. */
const CHUNK = 512 * 1024;
/** Most bytes of a character of a text in UTF-8. */
const WIDEST = 3;
/** Chunks written at once, and as many are kept to be filled again. */
const MOST_AT_ONCE = 8;
/** What is not full by then is written all the same, ms: the file may be watched, and a kill loses no more than that. */
const FLUSH_EVERY_MS = 1_000;
/** Most bytes that wait for the disk; what comes beyond is left out and counted. */
const MOST_WAITING = 128 * 1024 * 1024;
/** How long the end of a run waits for a disk that takes nothing, ms. */
const PATIENCE_MS = 30_000;
/** Points come faster than a thorough compression would take them. */
const GZIP = { level: 1 };

/** Limits of a {@link LineFile}, for tests. */
export interface LineFileLimits {
  readonly mostWaiting?: number;
  readonly patienceMs?: number;
  readonly readerMs?: number;
}

/**
 * A file that takes lines faster than a disk might: they wait in memory up to a bound, and what is beyond it is left out and counted. The load
 * is never kept waiting. A name that ends in `.gz` is compressed, each chunk as a gzip member of its own (RFC 1952, 2.2), so that the file can
 * be read whole however the run ends.
 */
export class LineFile {
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #log: Logger;
  readonly #mostWaiting: number;
  readonly #patienceMs: number;
  readonly #timer: NodeJS.Timeout;
  #chunk: Buffer = Buffer.allocUnsafe(CHUNK);
  /** Of `#chunk`: bytes that are filled, and lines in them that can be lost. */
  #used = 0;
  #lines = 0;
  /** Full ones, in order; the first one may be on its way. */
  readonly #chunks: { readonly bytes: Buffer; readonly lines: number }[] = [];
  readonly #spare: Buffer[] = [];
  /** Bytes in all of them. */
  #waiting = 0;
  #written = 0;
  #lost = 0;
  #error: string | undefined;
  #begun = false;
  #emptied = false;
  #draining: Promise<void> | undefined;

  private constructor(handle: FileHandle, path: string, log: Logger, limits: LineFileLimits) {
    this.#handle = handle;
    this.#path = path;
    this.#log = log;
    this.#mostWaiting = limits.mostWaiting ?? MOST_WAITING;
    this.#patienceMs = limits.patienceMs ?? PATIENCE_MS;
    this.#timer = setInterval(() => {
      if (this.#chunks.length === 0) this.#flush(); // or the disk has enough to do
    }, FLUSH_EVERY_MS);
    this.#timer.unref();
  }

  /** Opens a file, and leaves what stands in it until {@link begin}. @throws Error of Node.js when it cannot be written. */
  static async open(path: string, log: Logger, limits: LineFileLimits = {}): Promise<LineFile> {
    const isPipe = (await stat(path).catch(() => undefined))?.isFIFO() === true;
    const probe = isPipe ? await openRead(path, limits.readerMs ?? READER_MS) : undefined;
    try {
      return new LineFile(await open(path, constants.O_WRONLY | constants.O_CREAT), path, log, limits);
    } finally {
      await probe?.close();
    }
  }

  /** Empties the file and writes its first lines. Nothing is taken before. */
  begin(head: string): void {
    this.#begun = true;
    this.head(head);
    this.#flush();
  }

  /** Adds lines without which those that follow mean nothing: taken whatever waits. They are few. */
  head(lines: string): void {
    if (this.#begun && this.#error === undefined) this.#put(lines);
  }

  /** Adds one line, its end included. */
  add(line: string): void {
    if (!this.#begun) return;
    if (this.#error !== undefined) {
      this.#lost += 1;
      return;
    }
    if (this.#waiting + line.length > this.#mostWaiting) {
      if (this.#lost === 0) this.#log.warn(`${this.#path}: the disk does not keep up; points are left out there`);
      this.#lost += 1;
      return;
    }
    this.#put(line);
    this.#lines += 1;
  }

  /** Writes what waits and closes the file. Resolves with what is missing in it; never rejects, and never takes much longer than its patience. */
  async end(): Promise<Shortfall | undefined> {
    clearInterval(this.#timer);
    this.#flush();
    for (let before = -1; this.#draining !== undefined && this.#waiting !== before; ) {
      before = this.#waiting;
      await this.#progress(this.#draining);
    }
    if (this.#draining !== undefined) this.#fail('the disk takes nothing any more');
    else await this.#handle.close().catch((error: unknown) => this.#fail(messageOf(error)));
    if (this.#lost === 0 && this.#error === undefined) return undefined;
    const missing = `${this.#lost} of ${this.#written + this.#lost} points are missing in ${this.#path}`;
    return { message: `${missing}: ${this.#error ?? 'the disk did not keep up'}`, broken: this.#error !== undefined };
  }

  /** Waits for a chunk to be written, or until patience is over. */
  async #progress(draining: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#patienceMs);
    });
    await Promise.race([draining, overdue]);
    clearTimeout(timer);
  }

  #put(text: string): void {
    const most = text.length * WIDEST;
    if (this.#used + most > this.#chunk.length) {
      if (this.#used > 0) this.#flush();
      if (most > this.#chunk.length) this.#chunk = Buffer.allocUnsafe(most);
    }
    const bytes = this.#chunk.write(text, this.#used);
    this.#used += bytes;
    this.#waiting += bytes;
  }

  /** Gives the chunk that is being filled to the disk, and begins another. */
  #flush(): void {
    if (!this.#begun) return;
    if (this.#used > 0) {
      this.#chunks.push({ bytes: this.#chunk.subarray(0, this.#used), lines: this.#lines });
      this.#chunk = this.#spare.pop() ?? Buffer.allocUnsafe(CHUNK);
    }
    this.#used = 0;
    this.#lines = 0;
    if (this.#chunks.length > 0 || !this.#emptied) this.#draining ??= this.#drain();
  }

  async #drain(): Promise<void> {
    try {
      if (!this.#emptied) await this.#empty();
      while (this.#chunks.length > 0) {
        // Several at once: on a busy machine, being woken up after each write takes longer than the write.
        const batch = this.#chunks.slice(0, MOST_AT_ONCE);
        const plain = batch.map(({ bytes }) => bytes);
        await writeAll(this.#handle, this.#path.endsWith('.gz') ? await Promise.all(plain.map((bytes) => compress(bytes, GZIP))) : plain);
        this.#chunks.splice(0, batch.length);
        for (const { bytes, lines } of batch) {
          this.#waiting -= bytes.length;
          this.#written += lines;
          if (bytes.buffer.byteLength === CHUNK && this.#spare.length < MOST_AT_ONCE) this.#spare.push(Buffer.from(bytes.buffer));
        }
      }
    } catch (error) {
      this.#fail(messageOf(error));
    }
    this.#draining = undefined; // here, where nothing can come between it and the look at an empty list
  }

  async #empty(): Promise<void> {
    this.#emptied = true;
    if ((await this.#handle.stat()).isFile()) await this.#handle.truncate(0); // a pipe has nothing to cut
  }

  #fail(reason: string): void {
    if (this.#error !== undefined) return;
    this.#error = reason;
    this.#log.error(`${this.#path}: ${reason}; no more points are written there, and the run goes on`);
    for (const { lines } of this.#chunks) this.#lost += lines;
    this.#lost += this.#lines;
    this.#chunks.length = 0;
    this.#used = 0;
    this.#lines = 0;
    this.#waiting = 0;
  }
}

/** Writes all of it: a pipe or a disk that is nearly full takes a part at a time. */
async function writeAll(handle: FileHandle, buffers: readonly Uint8Array[]): Promise<void> {
  for (let rest = buffers; rest.length > 0; ) {
    let { bytesWritten: taken } = await handle.writev(rest);
    const left: Uint8Array[] = [];
    for (const buffer of rest) {
      if (taken < buffer.length) left.push(buffer.subarray(taken));
      taken = Math.max(0, taken - buffer.length);
    }
    rest = left;
  }
}
