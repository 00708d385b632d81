import { type FileHandle, open } from 'node:fs/promises';
import { messageOf, shown } from '../base/index.ts';
import { compressionOf, decompress, DecompressError, MAGIC_LENGTH } from './decompress.ts';
import { readFull, readSpan } from './read-bytes.ts';
import type { Refuse } from './read-error.ts';
import type { ArchiveFiles, StoredFile } from './read-files.ts';
import { resolveName } from './read-names.ts';
import { append, Spool } from './read-spool.ts';
import { indexTar, type RandomAccess } from './tar-index.ts';

/** Said of a file of no bytes. */
export const EMPTY = 'is empty';

/**
 * Opens a tar archive and finds out where everything in it lies. One that is compressed is unpacked to a temporary file first, since content is
 * read by offset.
 */
export async function openTar(path: string, refuse: Refuse, signal?: AbortSignal): Promise<ArchiveFiles> {
  const spool = new Spool();
  const handle = await open(path, 'r');
  let closing: Promise<void> | undefined;
  const closeAll = async () => {
    await spool.close();
    await handle.close();
  };
  const close = () => (closing ??= closeAll());
  try {
    const { size } = await handle.stat();
    if (size === 0) throw refuse(EMPTY);
    const compression = compressionOf(await readFull(handle, 0, Buffer.alloc(MAGIC_LENGTH)));
    const tar = compression === 'none' ? handle : await unpack({ handle, size, spool, refuse, signal });
    const source: RandomAccess = {
      size: tar === handle ? size : (await tar.stat()).size,
      read: (offset, length) => readFull(tar, offset, Buffer.alloc(length)),
    };
    const entries = await indexTar(source, refuse);
    const find = async (name: string): Promise<StoredFile | undefined> => {
      const found = await resolveName(name, (at) => entries.get(at), refuse);
      if (found?.node.kind !== 'file') return undefined;
      const { offset, size: length } = found.node;
      const short = () => refuse(`became shorter while "${shown(found.name)}" was read`);
      return { name: found.name, size: length, read: () => readSpan(tar, offset, length, short) };
    };
    return { find, refuse, spool, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Packed {
  readonly handle: FileHandle;
  /** Bytes. */
  readonly size: number;
  readonly spool: Spool;
  readonly refuse: Refuse;
  readonly signal: AbortSignal | undefined;
}

async function unpack({ handle, size, spool, refuse, signal }: Packed): Promise<FileHandle> {
  const unpacked = await spool.file();
  try {
    const bytes = readSpan(handle, 0, size, () => refuse('became shorter while it was read'));
    for await (const chunk of decompress(bytes, { signal })) await append(unpacked, chunk);
  } catch (error) {
    throw error instanceof DecompressError ? refuse(`cannot be unpacked: ${messageOf(error)}`, { cause: error }) : error;
  }
  return unpacked;
}
