import type { Refuse } from './read-error.ts';
import type { Spool } from './read-spool.ts';

/** A file of an archive. */
export interface StoredFile {
  /** Inside the archive, links followed. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** A fresh pass over the bytes. A chunk may be overwritten once the next one is asked for. */
  read(): AsyncIterable<Uint8Array>;
}

/** The files of an archive, wherever they lie. */
export interface ArchiveFiles {
  /** A file by its name in the archive, links followed; undefined when there is none. Refuses names and links that lead out of the archive. */
  find(name: string): Promise<StoredFile | undefined>;
  /** Makes an error about this archive. */
  readonly refuse: Refuse;
  /** Temporary files that go when the archive is closed. */
  readonly spool: Spool;
  /** Told about the bytes of layers as they are read to be checked. */
  readonly onRead?: ((bytes: number) => void) | undefined;
  /** Stops the opening of the archive when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** Ends every read that is under way. */
  close(): Promise<void>;
}

/** Images, and entries of indexes, that are read of one archive; real ones have a few dozen. */
export const MOST_IMAGES = 1000;

/** The bytes of a small file. Refuses one of more than `limit` bytes, whose name in messages is `what`. */
export async function readSmall(files: ArchiveFiles, file: StoredFile, what: string, limit: number): Promise<Buffer> {
  files.signal?.throwIfAborted();
  if (file.size > limit) throw files.refuse(`${what} is ${file.size} bytes long; at most ${limit} are taken`);
  const chunks: Buffer[] = [];
  for await (const chunk of file.read()) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** The first bytes of a file: as many as asked for, fewer of a shorter file. */
export async function headOf(file: StoredFile, length: number): Promise<Buffer> {
  for await (const chunk of file.read()) return Buffer.from(chunk.subarray(0, length)); // the first chunk is longer than any magic number
  return Buffer.alloc(0);
}
