import { createGzip, type Gzip } from 'node:zlib';
import { shown } from '../base/index.ts';
import type { BodySource } from '../http/index.ts';
import { algorithmOf, DigestSink } from '../registry/index.ts';
import { type Compression, compressionOf, decompress, DecompressError, MAGIC_LENGTH } from './decompress.ts';
import { readSpan } from './read-bytes.ts';
import { type ArchiveFiles, headOf, type StoredFile } from './read-files.ts';
import { append } from './read-spool.ts';

/** Bytes that a push can send, with what a descriptor says of them. */
export interface LayerBytes {
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly compression: Compression;
  readonly body: BodySource;
}

/** Level of every layer that is compressed here: Docker's, and the default of every gzip. */
const GZIP_LEVEL = 6;
/** Byte of a gzip header that names the system; 255: unknown, as Go writes it. */
const OS_BYTE = 9;

/**
 * The bytes of a layer in an archive. Each is read and checked once however often it is pushed, and compressed once.
 */
export class StoredLayer {
  /** For messages: its name in the archive. */
  readonly name: string;
  /** Bytes, as stored. */
  readonly size: number;
  readonly #files: ArchiveFiles;
  readonly #file: StoredFile;
  /** Digest of the stored bytes, where the archive tells one. */
  readonly #digest: string | undefined;
  /** Digest of the unpacked bytes, as the config tells it; undefined for what is no layer of a root file system. */
  readonly #diffId: string | undefined;
  #stored: Promise<LayerBytes> | undefined;
  #gzipped: Promise<LayerBytes> | undefined;

  constructor(
    files: ArchiveFiles,
    file: StoredFile,
    expected: { readonly digest?: string | undefined; readonly diffId?: string | undefined },
  ) {
    this.name = file.name;
    this.size = file.size;
    this.#files = files;
    this.#file = file;
    this.#digest = expected.digest;
    this.#diffId = expected.diffId;
  }

  /** How the stored bytes are compressed, by their first ones. */
  async compression(): Promise<Compression> {
    return compressionOf(await headOf(this.#file, MAGIC_LENGTH));
  }

  /** The bytes as they are stored. The first call reads them all; throws ArchiveError when a digest does not fit. */
  stored(): Promise<LayerBytes> {
    this.#stored ??= this.#checkStored();
    return this.#stored;
  }

  /**
   * The bytes as the archive tells of them, not read yet where it tells their digest. Nothing is checked then: that is for {@link stored}, which
   * can go on while they are sent.
   */
  async told(): Promise<LayerBytes> {
    const compression = await this.compression();
    const digest = this.#digest ?? (compression === 'none' ? this.#diffId : undefined);
    return digest === undefined ? this.stored() : this.#bytes(digest, compression);
  }

  /** The bytes compressed with gzip, where they are not compressed yet; else as they are stored. The first call reads them all, as above. */
  async gzipped(): Promise<LayerBytes> {
    if ((await this.compression()) !== 'none') return this.stored();
    this.#gzipped ??= this.#gzip();
    return this.#gzipped;
  }

  async #checkStored(): Promise<LayerBytes> {
    const compression = await this.compression();
    const stored = new DigestSink(algorithmOf(this.#digest ?? ''));
    const unpacked = new DigestSink(algorithmOf(this.#diffId ?? ''));
    const same = this.#diffId === undefined || (compression === 'none' && unpacked.algorithm === stored.algorithm);
    try {
      if (same) for await (const chunk of this.#read()) stored.write(chunk);
      else for await (const chunk of decompress(this.#read(), { input: stored })) unpacked.write(chunk);
    } catch (error) {
      throw this.#unreadable(error);
    }
    this.#expect(this.#digest, stored.digest(), 'digest');
    this.#expect(this.#diffId, (same ? stored : unpacked).digest(), 'diff_id');
    return this.#bytes(stored.digest(), compression);
  }

  #bytes(digest: string, compression: Compression): LayerBytes {
    return { digest, size: this.size, compression, body: { length: this.size, open: () => this.#file.read() } };
  }

  /** One pass: hashed, compressed, hashed again, kept in a temporary file. */
  async #gzip(): Promise<LayerBytes> {
    const handle = await this.#files.spool.file();
    const stored = new DigestSink(algorithmOf(this.#digest ?? ''));
    const unpacked = new DigestSink(algorithmOf(this.#diffId ?? ''));
    const packed = new DigestSink();
    const zip = createGzip({ level: GZIP_LEVEL, chunkSize: 128 * 1024 });
    const feeding = feed(hashing(hashing(this.#read(), stored), unpacked), zip);
    try {
      for await (const chunk of zip as AsyncIterable<Buffer>) {
        if (packed.bytes === 0) chunk[OS_BYTE] = 255; // zlib leaves the time out, and tells the system that it was built for
        packed.write(chunk);
        await append(handle, chunk);
      }
    } catch (error) {
      throw (await feeding) ?? error;
    }
    this.#expect(this.#digest, stored.digest(), 'digest');
    this.#expect(this.#diffId, unpacked.digest(), 'diff_id');
    const size = packed.bytes;
    const short = () => this.#files.refuse(`lost the compressed bytes of ${this.name}`);
    return { digest: packed.digest(), size, compression: 'gzip', body: { length: size, open: () => readSpan(handle, 0, size, short) } };
  }

  async *#read(): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#file.read()) {
      this.#files.onRead?.(chunk.byteLength);
      yield chunk;
    }
  }

  #expect(told: string | undefined, found: string, what: string): void {
    if (told === undefined || told === found) return;
    throw this.#files.refuse(`the layer ${shown(this.name)} is not what it should be: its ${what} is ${told}, but its bytes give ${found}`);
  }

  #unreadable(error: unknown): unknown {
    if (!(error instanceof DecompressError)) return error;
    return this.#files.refuse(`the layer ${shown(this.name)} cannot be unpacked: ${error.message}`, { cause: error });
  }
}

async function* hashing(source: AsyncIterable<Uint8Array>, sink: DigestSink): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    sink.write(chunk);
    yield chunk;
  }
}

/** Writes a source into a compressor, each chunk taken before the next one is asked for. Resolves with what the source threw. */
async function feed(source: AsyncIterable<Uint8Array>, zip: Gzip): Promise<unknown> {
  let release: () => void = () => undefined;
  zip.once('close', () => release()); // a write to what was destroyed is never called back
  try {
    for await (const chunk of source) {
      await new Promise<void>((resolve) => {
        release = resolve;
        zip.write(chunk, () => resolve());
      });
      if (zip.destroyed) return undefined;
    }
    zip.end();
    return undefined;
  } catch (error) {
    zip.destroy();
    return error;
  }
}
