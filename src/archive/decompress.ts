import { setImmediate as turn } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { codeOf, formatSize, LoadregError, messageOf } from '../base/index.ts';
import type { Sink } from '../http/index.ts';
import { unzstd } from './decompress-zstd.ts';

/** How bytes are compressed, as their first ones tell. */
export type Compression = 'none' | 'gzip' | 'zstd';

/** What compressed bytes may grow to. */
export interface DecompressLimits {
  /** Bytes that may come out at most. Default 64 GiB. */
  readonly maxBytes?: number;
  /** Bytes that may come out for each byte that went in, above `freeBytes`. Default 200; zeros in gzip reach 1030. */
  readonly maxRatio?: number;
  /** Bytes that may come out whatever the ratio: a layer may hold a large file of zeros. Default 256 MiB. */
  readonly freeBytes?: number;
}

/** How bytes are unpacked. */
export interface DecompressOptions extends DecompressLimits {
  /** Takes the bytes that go in, each chunk while it is being unpacked: a hash of them costs next to no time then. */
  readonly input?: Sink;
  /** Stops when it aborts, also where much goes in and nothing comes out. */
  readonly signal?: AbortSignal | undefined;
}

/** What stands for a limit that was not given. */
const DECOMPRESS_LIMITS: Required<DecompressLimits> = {
  maxBytes: 64 * 1024 ** 3,
  maxRatio: 200,
  freeBytes: 256 * 1024 ** 2,
};

/** Bytes that the longest magic number has. */
export const MAGIC_LENGTH = 4;

/** Compressed bytes that are damaged, cut off, or grow beyond the limits. */
export class DecompressError extends LoadregError {
  override readonly name = 'DecompressError';

  constructor(message: string, cause?: unknown) {
    super(message, { exit: 'transferFailed', ...(cause === undefined ? {} : { cause }) });
  }
}

/** How bytes are compressed, by their first {@link MAGIC_LENGTH}: never by a name or a declared type. */
export function compressionOf(head: Uint8Array): Compression {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd) return 'zstd';
  return 'none';
}

/**
 * The bytes as they were before they were compressed, whether by gzip (of any number of members), by zstd, or not at all; told by the first
 * bytes. Each chunk of the source is done with before the next one is asked for, so a source may use one buffer over and over; the chunks
 * that come out are good until the next one is asked for. Throws DecompressError; what the source throws goes through.
 */
export async function* decompress(source: AsyncIterable<Uint8Array>, options: DecompressOptions = {}): AsyncGenerator<Uint8Array> {
  const { signal } = options;
  const { head, rest } = await peek(stopping(source, signal), MAGIC_LENGTH);
  const compression = compressionOf(head);
  const cap = new Cap(compression, { ...DECOMPRESS_LIMITS, ...options });
  const bytes = DECODERS[compression](cap.counting(rest), options.input);
  for await (const chunk of bytes) {
    if (chunk.byteLength === 0) await turn(); // without one, no signal of the system gets through
    signal?.throwIfAborted();
    if (chunk.byteLength === 0) continue;
    cap.out(chunk.byteLength);
    yield chunk;
  }
}

const DECODERS: Record<Compression, (source: AsyncIterable<Uint8Array>, input: Sink | undefined) => AsyncIterable<Uint8Array>> = {
  none: tapped,
  gzip: gunzip,
  zstd: (source, input) => unzstd(tapped(source, input), (why, cause) => new DecompressError(`the zstd data ${why}`, cause)),
};

async function* stopping(source: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    signal?.throwIfAborted();
    yield chunk;
  }
}

async function* tapped(source: AsyncIterable<Uint8Array>, input: Sink | undefined): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    input?.write(chunk);
    yield chunk;
  }
}

/** Stops what grows too much. */
class Cap {
  #in = 0;
  #out = 0;

  readonly #compression: Compression;
  readonly #limits: Required<DecompressLimits>;

  constructor(compression: Compression, limits: Required<DecompressLimits>) {
    this.#compression = compression;
    this.#limits = limits;
  }

  async *counting(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      this.#in += chunk.byteLength;
      yield chunk;
    }
  }

  out(bytes: number): void {
    const { maxBytes, maxRatio, freeBytes } = this.#limits;
    this.#out += bytes;
    if (this.#out > maxBytes) throw new DecompressError(`the data unpacks to more than ${formatSize(maxBytes)}`);
    if (this.#compression === 'none' || this.#out <= freeBytes + maxRatio * this.#in) return;
    throw new DecompressError(
      `the ${this.#compression} data unpacks to more than ${maxRatio} times its size (${formatSize(this.#out)} of ${formatSize(this.#in)})`,
    );
  }
}

async function* gunzip(source: AsyncIterable<Uint8Array>, input: Sink | undefined): AsyncGenerator<Uint8Array> {
  const unzip = createGunzip({ chunkSize: 512 * 1024 });
  // zlib calls a write back once it has taken the chunk, but never when it met padding behind the last member, or was destroyed.
  let release: () => void = () => undefined;
  let ended = false;
  unzip.once('end', () => {
    ended = true;
    release();
  });
  unzip.once('close', () => release());
  const taken = (chunk: Uint8Array) =>
    new Promise<void>((resolve) => {
      release = resolve;
      unzip.write(chunk, () => resolve());
      input?.write(chunk); // zlib works in another thread meanwhile
    });
  const feed = async (): Promise<unknown> => {
    try {
      for await (const chunk of source) {
        if (ended && chunk.some((byte) => byte !== 0)) throw new DecompressError('the gzip data is followed by something else');
        if (ended) input?.write(chunk);
        else await taken(chunk);
        if (!ended && unzip.destroyed) return undefined; // the reader went away, or zlib failed
      }
      unzip.end();
      return undefined;
    } catch (error) {
      unzip.destroy();
      return error;
    }
  };
  const feeding = feed();
  try {
    for await (const chunk of unzip) yield chunk as Buffer;
    const failed = await feeding;
    if (failed !== undefined) throw failed;
  } catch (error) {
    unzip.destroy();
    const failed = await feeding;
    if (failed !== undefined) throw failed;
    const cut = codeOf(error) === 'Z_BUF_ERROR';
    throw new DecompressError(cut ? 'the gzip data is cut off' : `the gzip data is damaged (${messageOf(error)})`, error);
  } finally {
    unzip.destroy();
    await feeding;
  }
}

/** The first bytes of a source, and all of it again. The one chunk that is held is not asked on for meanwhile. */
async function peek(source: AsyncIterable<Uint8Array>, length: number): Promise<{ head: Uint8Array; rest: AsyncIterable<Uint8Array> }> {
  const iterator = source[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array();
  while (head.byteLength < length) {
    const next = await iterator.next();
    if (next.done === true) break;
    head = head.byteLength === 0 && next.value.byteLength >= length ? next.value : Buffer.concat([head, next.value]);
  }
  async function* rest(): AsyncGenerator<Uint8Array> {
    try {
      if (head.byteLength > 0) yield head;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { head, rest: rest() };
}
