import { constants } from 'node:fs';
import { lstat, open, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, shown } from '../base/index.ts';
import { readSpan } from './read-bytes.ts';
import type { Refuse } from './read-error.ts';
import type { ArchiveFiles, StoredFile } from './read-files.ts';
import { type Node, resolveName } from './read-names.ts';
import { Spool } from './read-spool.ts';

/** Links were followed by then; one that was put there since is not. */
const READ_NO_LINK = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);

/** The files of a folder: an OCI layout, or a docker archive that was unpacked. Symbolic links are followed by our own rules, never by the system. */
export function openFolder(root: string, refuse: Refuse): ArchiveFiles {
  const spool = new Spool();
  let closed = false;
  async function* read(name: string, size: number): AsyncGenerator<Uint8Array> {
    const changed = () => refuse(`changed while "${shown(name)}" was read`);
    const handle = await open(join(root, name), READ_NO_LINK);
    try {
      if ((await handle.stat()).size !== size) throw changed();
      for await (const chunk of readSpan(handle, 0, size, changed)) {
        if (closed) throw refuse('was closed');
        yield chunk;
      }
    } finally {
      await handle.close();
    }
  }
  const find = async (name: string): Promise<StoredFile | undefined> => {
    const found = await resolveName(name, (at) => nodeAt(join(root, at)), refuse);
    if (found?.node.kind !== 'file') return undefined;
    const { size } = found.node;
    return { name: found.name, size, read: () => read(found.name, size) };
  };
  const close = async () => {
    closed = true;
    await spool.close();
  };
  return { find, refuse, spool, close };
}

async function nodeAt(path: string): Promise<(Node & { readonly size: number }) | undefined> {
  try {
    const stats = await lstat(path);
    const target = stats.isSymbolicLink() ? await readlink(path) : '';
    const kind = stats.isSymbolicLink() ? 'symlink' : stats.isDirectory() ? 'folder' : stats.isFile() ? 'file' : 'special';
    return { kind, target, size: stats.size };
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
    throw error;
  }
}
