import type { FileHandle } from 'node:fs/promises';
import type { ArchiveError } from './read-error.ts';

/** Bytes read from disk at once. */
const CHUNK = 512 * 1024;

/**
 * Reads `size` bytes from `offset` on. One chunk is read ahead; a chunk is overwritten after the next one was asked for. When the file ends before,
 * what `short` makes is thrown.
 */
export async function* readSpan(handle: FileHandle, offset: number, size: number, short: () => ArchiveError): AsyncGenerator<Uint8Array> {
  const buffers = [Buffer.allocUnsafe(Math.min(CHUNK, size)), Buffer.allocUnsafe(Math.min(CHUNK, size))];
  let turn = 0;
  const start = (at: number) => {
    const buffer = buffers[turn] as Buffer;
    turn = 1 - turn;
    const read = readFull(handle, offset + at, buffer.subarray(0, Math.min(CHUNK, size - at)));
    read.catch(() => undefined); // a failure is thrown when it is that chunk's turn, and is not unhandled until then
    return read;
  };
  let pending = size > 0 ? start(0) : undefined;
  try {
    for (let at = 0; pending !== undefined; ) {
      const chunk: Buffer = await pending;
      if (chunk.length < Math.min(CHUNK, size - at)) throw short();
      at += chunk.length;
      pending = at < size ? start(at) : undefined;
      yield chunk;
    }
  } finally {
    await pending?.catch(() => undefined); // a buffer must not be let go while it is being filled
  }
}

/** Fills a buffer from a file; the part that was filled, shorter only at the end of the file. */
export async function readFull(handle: FileHandle, offset: number, buffer: Buffer): Promise<Buffer> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
