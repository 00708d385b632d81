import * as zlib from 'node:zlib';

type Decode = (bytes: Uint8Array, options: { maxOutputLength: number }) => Buffer;

/** zstd is there from Node 22.15 on. */
const DECODERS: Readonly<Record<string, Decode | undefined>> = {
  gzip: zlib.gunzipSync,
  'x-gzip': zlib.gunzipSync,
  deflate: zlib.inflateSync,
  zstd: (zlib as { zstdDecompressSync?: Decode }).zstdDecompressSync,
};

/**
 * Undoes `Content-Encoding` (RFC 9110, 8.4.1) of a small body, up to `limit` bytes. One that is unknown or does not hold what it says is left as it
 * is: the digest tells.
 */
export function decoded(bytes: Buffer, encoding: string | undefined, limit: number): Buffer {
  const decode = DECODERS[(encoding ?? '').trim().toLowerCase()];
  if (decode === undefined) return bytes;
  try {
    return decode(bytes, { maxOutputLength: limit });
  } catch {
    return bytes;
  }
}
