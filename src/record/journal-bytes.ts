/** Numbers as bytes, small ones in few: whole numbers in groups of seven bits (LEB128), others as IEEE doubles. */

const INTEGER = 0;
const NEGATIVE = 1;
const DOUBLE = 2;

/** Writes bytes, one number after the other. The same memory serves again after {@link ByteWriter.take}. */
export class ByteWriter {
  #bytes = new Uint8Array(64 * 1024);
  #length = 0;

  /** A whole number from 0 to 2^53 - 1. */
  whole(value: number): void {
    this.#reserve(8);
    let rest = value;
    for (; rest >= 2 ** 31; rest = Math.floor(rest / 128)) this.#bytes[this.#length++] = (rest % 128) | 128; // too large for bit operations
    for (; rest > 127; rest >>>= 7) this.#bytes[this.#length++] = rest | 128;
    this.#bytes[this.#length++] = rest;
  }

  /** Any number, NaN and infinities too. */
  number(value: number): void {
    const whole = Number.isSafeInteger(value) && !Object.is(value, -0);
    this.whole(whole ? (value < 0 ? NEGATIVE : INTEGER) : DOUBLE);
    if (whole) this.whole(Math.abs(value));
    else {
      this.#reserve(8);
      new DataView(this.#bytes.buffer).setFloat64(this.#length, value);
      this.#length += 8;
    }
  }

  /** Counts, most of them 0 or small: how many bytes follow each other is up to the reader, who knows their number. */
  counts(counts: Uint32Array | Float64Array): void {
    this.whole(counts.length);
    let zeros = 0;
    for (let i = 0; i < counts.length; i += 1) {
      const count = counts[i] as number;
      if (count === 0) {
        zeros += 1;
        continue;
      }
      // Even: so many empty buckets; odd: a count.
      if (zeros > 0) this.whole(zeros * 2);
      zeros = 0;
      this.whole(count * 2 + 1);
    }
    if (zeros > 0) this.whole(zeros * 2);
  }

  /** A copy of what was written; starts afresh. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = new Uint8Array(this.#bytes.length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** Reads what {@link ByteWriter} wrote. Every method throws RangeError at the end of the bytes. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  whole(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new RangeError('the bytes end within a number');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  number(): number {
    const kind = this.whole();
    if (kind === INTEGER) return this.whole();
    if (kind === NEGATIVE) return -this.whole();
    const value = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength).getFloat64(this.#at);
    this.#at += 8;
    return value;
  }

  counts(): Float64Array {
    const counts = new Float64Array(this.whole());
    for (let i = 0; i < counts.length; ) {
      const token = this.whole();
      if (token % 2 === 0) i += token / 2;
      else counts[i++] = (token - 1) / 2;
    }
    return counts;
  }
}
