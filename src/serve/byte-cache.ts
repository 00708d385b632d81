/** Small contents kept in memory, the least recently used dropped first when they exceed `limit` bytes together. */
export class ByteCache {
  readonly #limit: number;
  readonly #entries = new Map<string, Buffer>();
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string): Buffer | undefined {
    const bytes = this.#entries.get(key);
    // A Map iterates in the order of insertion: putting the entry back makes it the youngest. Not needed while there is room to spare.
    if (bytes !== undefined && this.#bytes > this.#limit / 2) {
      this.#entries.delete(key);
      this.#entries.set(key, bytes);
    }
    return bytes;
  }

  set(key: string, bytes: Buffer): void {
    this.delete(key);
    if (bytes.length > this.#limit) return;
    this.#entries.set(key, bytes);
    this.#bytes += bytes.length;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#limit) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const bytes = this.#entries.get(key);
    if (bytes === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= bytes.length;
  }
}
