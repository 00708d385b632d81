import type { BodySource } from '../http/index.ts';

type Bytes = Iterator<Uint8Array> | AsyncIterator<Uint8Array>;

/**
 * Cuts a body into parts that are sent one after the other, holding none of them: a part that starts where the one before it ended goes on in
 * the same pass over the body. Any other (after a resume, or because a part is sent again) opens the body anew and skips to its start.
 */
export class BodyCursor {
  readonly #body: BodySource;
  /** The pass that the next part may go on with. */
  #waiting: Pass | undefined;

  constructor(body: BodySource) {
    this.#body = body;
  }

  /** The part of `length` bytes from `start` on. A body that ends before makes a part that is too short. */
  part(start: number, length: number): BodySource & { readonly length: number } {
    return { length, open: () => this.#read(start, length) };
  }

  async *#read(start: number, length: number): AsyncGenerator<Uint8Array> {
    const pass = await this.#passAt(start);
    let handedBack = false;
    try {
      for (let left = length; left > 0; ) {
        const piece = await pass.take(left);
        if (piece === undefined) return;
        left -= piece.length;
        // Before the last piece: the answer to the part may come before anybody asks for what follows that piece.
        if (left === 0) {
          this.#waiting = pass;
          handedBack = true;
        }
        yield piece;
      }
    } finally {
      if (!handedBack) await pass.close();
    }
  }

  async #passAt(start: number): Promise<Pass> {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting?.at === start) return waiting;
    await waiting?.close();
    const pass = new Pass(this.#body);
    await pass.skipTo(start);
    return pass;
  }

  /** Ends the pass that waits for a next part. */
  async close(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    await waiting?.close();
  }
}

/** One pass over a body. */
class Pass {
  readonly #bytes: Bytes;
  /** What is left of the piece that the body gave last; valid until the next one is asked for. */
  #rest: Uint8Array = new Uint8Array(0);
  /** Offset of the next byte. */
  at = 0;

  constructor(body: BodySource) {
    const opened = body.open();
    this.#bytes = Symbol.asyncIterator in opened ? opened[Symbol.asyncIterator]() : opened[Symbol.iterator]();
  }

  /** The next bytes, at most `most` of them; undefined at the end of the body. */
  async take(most: number): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const next = await this.#bytes.next();
      if (next.done === true) return undefined;
      this.#rest = next.value;
    }
    const piece = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.length);
    this.at += piece.length;
    return piece;
  }

  async skipTo(offset: number): Promise<void> {
    while (this.at < offset && (await this.take(offset - this.at)) !== undefined);
  }

  async close(): Promise<void> {
    await this.#bytes.return?.();
  }
}
