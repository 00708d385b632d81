import { type FileHandle, mkdtemp, open, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * Temporary files of an archive: what had to be unpacked or compressed to be read by offset. They have no name from the moment they are there, where
 * the system allows that, so that nothing stays behind however the process ends.
 */
export class Spool {
  readonly #handles: FileHandle[] = [];
  readonly #folders: string[] = [];

  /** A new file, empty, for writing and reading. It lives until {@link close}. */
  async file(): Promise<FileHandle> {
    const folder = await mkdtemp(path.join(tmpdir(), 'loadreg-'));
    this.#folders.push(folder);
    const name = path.join(folder, 'spool');
    const handle = await open(name, 'wx+', 0o600);
    this.#handles.push(handle);
    // Windows keeps the name until the file is closed.
    await unlink(name).then(
      () => this.#remove(folder),
      () => undefined,
    );
    return handle;
  }

  /** Removes every file. */
  async close(): Promise<void> {
    for (const handle of this.#handles.splice(0)) await handle.close();
    for (const folder of this.#folders.slice()) await this.#remove(folder);
  }

  async #remove(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true });
    this.#folders.splice(this.#folders.indexOf(folder), 1);
  }
}

/** Writes all of a chunk at the end of what was written so far. */
export async function append(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.byteLength; ) at += (await handle.write(chunk, at, chunk.byteLength - at)).bytesWritten;
}
