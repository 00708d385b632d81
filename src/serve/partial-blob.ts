import { createHash, type Hash } from 'node:crypto';
import { createReadStream, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { SMALL } from './limits.ts';
import type { Algorithm } from './names.ts';

/** Bytes gathered before they are written to the file in one call. */
const WRITE_BATCH = 512 * 1024;

/**
 * The bytes of an upload so far: hashed as they come, in memory while they are few, in a file under a temporary name once they are many.
 * A chunk is taken whole or not at all, so that a client can repeat one that was cut off.
 */
export class PartialBlob {
  readonly #path: string;
  #hash: Hash = createHash('sha256');
  #size = 0;
  /** Bytes not in the file; all of them until there is a file. */
  #memory: Buffer[] = [];
  #inFile = 0;

  /** @param path the temporary name, in the same file system as the final one */
  constructor(path: string) {
    this.#path = path;
  }

  /** Bytes taken. */
  get size(): number {
    return this.#size;
  }

  /**
   * Takes a request body.
   * @param check called with the number of bytes that came; when it throws, or the body breaks off, the blob is as it was before
   */
  async append(body: AsyncIterable<Buffer>, check: (length: number) => void): Promise<void> {
    const before = { size: this.#size, hash: this.#hash.copy(), memory: [...this.#memory], inFile: this.#inFile };
    let file: FileHandle | undefined;
    try {
      for await (const chunk of body) {
        this.#hash.update(chunk);
        this.#memory.push(chunk);
        this.#size += chunk.length;
        if (this.#size - this.#inFile >= WRITE_BATCH) {
          file ??= await open(this.#path, 'a', 0o600);
          await this.#flush(file);
        }
      }
      check(this.#size - before.size);
      if (this.#size - this.#inFile > SMALL || (this.#inFile > 0 && this.#size > this.#inFile)) {
        file ??= await open(this.#path, 'a', 0o600);
        await this.#flush(file);
      }
    } catch (error) {
      this.#size = before.size;
      this.#hash = before.hash;
      this.#memory = before.memory;
      this.#inFile = before.inFile;
      await file?.truncate(before.inFile);
      throw error;
    } finally {
      await file?.close();
    }
  }

  /** Takes bytes at hand. */
  fill(bytes: Buffer): void {
    this.#hash.update(bytes);
    this.#memory.push(bytes);
    this.#size += bytes.length;
  }

  /** The digest of the bytes taken, `sha256:…`. */
  async digest(algorithm: Algorithm): Promise<string> {
    if (algorithm === 'sha256') return `sha256:${this.#hash.copy().digest('hex')}`;
    const hash = createHash(algorithm);
    if (this.#inFile > 0) for await (const chunk of createReadStream(this.#path)) hash.update(chunk as Buffer);
    for (const chunk of this.#memory) hash.update(chunk);
    return `${algorithm}:${hash.digest('hex')}`;
  }

  /** Gives the bytes their final name. Synchronous, so that no deletion of the same digest comes in between. */
  moveTo(path: string): void {
    if (this.#inFile === 0) writeFileSync(this.#path, Buffer.concat(this.#memory), { mode: 0o600 });
    renameSync(this.#path, path);
  }

  /** Forgets the bytes. */
  discard(): void {
    this.#memory = [];
    this.#inFile = 0;
    rmSync(this.#path, { force: true });
  }

  async #flush(file: FileHandle): Promise<void> {
    const batch = this.#memory;
    const length = this.#size - this.#inFile;
    this.#memory = [];
    const { bytesWritten } = await file.writev(batch);
    if (bytesWritten !== length) throw new Error(`only ${bytesWritten} of ${length} bytes could be written`);
    this.#inFile += length;
  }
}
