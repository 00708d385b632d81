import { keyedBytes } from '../base/index.ts';

/** Bytes of a pattern after which the compressible share starts again. Smaller than the window of every compressor. */
const PATTERN = 4096;

/** Size of the chunks that generated content comes in; a multiple of {@link PATTERN}. */
const CHUNK = 64 * 1024;

/**
 * `length` bytes that depend on the key alone, in chunks of at most 64 KiB that share one buffer: a chunk is overwritten when the next one
 * is asked for, so that a layer of any size costs one chunk of memory.
 *
 * The bytes are sfc32 output (about 2.5 GB/s, more than SHA-256 can take) and do not compress. With `compressible` above 0 that share of
 * every 4 KiB is one repeated character instead: gzip takes a layer of 0.5 to about half of its size.
 */
export function* noise(key: readonly (string | number)[], length: number, compressible = 0): Generator<Uint8Array> {
  const words = new Uint32Array(Math.ceil(Math.min(length, CHUNK) / 4));
  const bytes = new Uint8Array(words.buffer);
  const random = new Int32Array(Uint8Array.from(keyedBytes(...key)).buffer, 0, 4);
  const plain = Math.round(PATTERN * (1 - compressible));
  for (let left = length; left > 0; left -= bytes.length) {
    fill(words, random);
    if (plain < PATTERN) {
      for (let at = 0; at < bytes.length; at += PATTERN) bytes.fill(0x2e, at + plain, at + PATTERN);
    }
    yield left < bytes.length ? bytes.subarray(0, left) : bytes;
  }
}

/** The first `length` bytes of {@link noise} as one buffer, for small things. */
export function noiseBytes(key: readonly (string | number)[], length: number): Buffer {
  const out = Buffer.alloc(length);
  let at = 0;
  for (const chunk of noise(key, length)) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}

/** sfc32 unrolled into a loop over whole words; `state` is (a, b, c, counter) and goes on where it stopped. */
function fill(words: Uint32Array, state: Int32Array): void {
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let counter = state[3] as number;
  for (let i = 0; i < words.length; i += 1) {
    const word = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + word) | 0;
    words[i] = word;
  }
  state[0] = a;
  state[1] = b;
  state[2] = c;
  state[3] = counter;
}
