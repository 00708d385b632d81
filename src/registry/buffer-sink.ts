import type { Sink } from '../http/index.ts';

/** Keeps a small body, such as a manifest or a list. Past `limit` bytes it lets go of everything and keeps only the count. */
export class BufferSink implements Sink {
  readonly limit: number;
  /** Bytes that arrived, kept or not. */
  bytes = 0;
  #chunks: Buffer[] = [];

  constructor(limit: number) {
    this.limit = limit;
  }

  get overflowed(): boolean {
    return this.bytes > this.limit;
  }

  write(chunk: Uint8Array): void {
    this.bytes += chunk.byteLength;
    if (this.overflowed) this.#chunks = [];
    else this.#chunks.push(Buffer.from(chunk)); // a copy: the chunk is overwritten after this call
  }

  /** The body; empty after an overflow. */
  take(): Buffer {
    const [only] = this.#chunks;
    return only !== undefined && this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks);
  }
}
