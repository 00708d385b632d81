import { createHash, hash, type Hash } from 'node:crypto';
import type { Sink } from '../http/index.ts';

/** Digest algorithms that registries accept (OCI image-spec `descriptor.md#registered-algorithms`). */
export type DigestAlgorithm = 'sha256' | 'sha512';

const DIGEST = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;

/** Whether text is a digest that can be checked: `sha256:<64 hex>` or `sha512:<128 hex>`. */
export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

/** Algorithm of a digest; anything but `sha512:…` counts as SHA-256. */
export function algorithmOf(digest: string): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** Digest of bytes at hand. */
export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): string {
  return `${algorithm}:${hash(algorithm, bytes, 'hex')}`;
}

/** Hashes a body while it arrives. */
export class DigestSink implements Sink {
  readonly algorithm: DigestAlgorithm;
  /** Bytes taken so far. */
  bytes = 0;
  readonly #size: number | undefined;
  #hash: Hash | undefined = undefined;
  #digest: string | undefined = undefined;

  /**
   * `size`: bytes that the body should have, where that is known. One that comes whole in one piece is then hashed without a hash object, which
   * takes half of the time for a small one; one that turns out to be longer than that has no digest.
   */
  constructor(algorithm: DigestAlgorithm = 'sha256', size?: number) {
    this.algorithm = algorithm;
    this.#size = size;
  }

  write(chunk: Uint8Array): void {
    const first = this.bytes === 0;
    this.bytes += chunk.byteLength;
    if (first && chunk.byteLength === this.#size) {
      this.#digest = digestOf(chunk, this.algorithm);
    } else if (this.#digest !== undefined) {
      if (chunk.byteLength > 0) this.#digest = '';
    } else {
      this.#hash ??= createHash(this.algorithm);
      this.#hash.update(chunk);
    }
  }

  /** Digest of all that was written; '' of a body that is longer than it should be. Nothing can be written afterwards. */
  digest(): string {
    this.#digest ??= `${this.algorithm}:${(this.#hash ?? createHash(this.algorithm)).digest('hex')}`;
    return this.#digest;
  }
}

/** Counts a body and drops it. */
export class CountingSink implements Sink {
  /** Bytes taken so far. */
  bytes = 0;

  write(chunk: Uint8Array): void {
    this.bytes += chunk.byteLength;
  }
}
