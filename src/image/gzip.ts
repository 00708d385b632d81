/**
 * gzip (RFC 1952) around stored blocks (RFC 1951, 3.2.4): what generated content would come to anyway, since it does not compress, made
 * without a compressor, to the byte, and the same on every machine.
 */

/** Most bytes in a stored block. */
const BLOCK = 65_535;
/** Before each block: whether it is the last one, and its length twice. */
const BLOCK_HEADER = 5;
/** Header of 10 bytes and trailer of 8. */
const FRAME = 18;
/** Below this many bytes of tar the layout of a tar archive has gaps; see `tarLayout`. */
const SMALL_TAR = 2048;
const TAR_BLOCK = 512;

/** Where the bytes of a gzip file of stored blocks go. */
export interface GzipLayout {
  /** Bytes of content. */
  readonly content: number;
  readonly blocks: number;
  /** Bytes of the comment in the header that fills up to the size, its ending zero included; 0: no comment. At most 511. */
  readonly comment: number;
}

/** A gzip file of exactly `size` bytes around a tar archive; undefined below 23 bytes, which hold none. */
export function gzipLayout(size: number): GzipLayout | undefined {
  const least = FRAME + BLOCK_HEADER;
  if (size < least) return undefined;
  if (size - least < SMALL_TAR) {
    const content = Math.floor((size - least) / TAR_BLOCK) * TAR_BLOCK;
    return { content, blocks: 1, comment: size - least - content };
  }
  // The last block may be short or empty, so every size can be hit.
  const blocks = Math.ceil((size - FRAME) / (BLOCK + BLOCK_HEADER));
  return { content: size - FRAME - BLOCK_HEADER * blocks, blocks, comment: 0 };
}

/** The header. `noise` fills the comment, and where there is one the time too: a small file has little else to differ in. */
export function gzipHeader(layout: GzipLayout, noise: Uint8Array): Buffer {
  const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]); // no time, unknown system
  if (layout.comment === 0) return header;
  header[3] = 0x10;
  header.set(noise.subarray(0, 4), 4);
  const letters = Uint8Array.from({ length: layout.comment - 1 }, (_, i) => 0x30 + ((noise[4 + i] as number) & 0x3f));
  return Buffer.concat([header, letters, Buffer.of(0)]);
}

/** Cuts content, of which `from` bytes went before, into stored blocks: their headers go between the bytes, which are not copied. */
export function* storedBlocks(layout: GzipLayout, chunks: Iterable<Uint8Array>, from = 0): Generator<Uint8Array> {
  let at = from;
  for (const chunk of chunks) {
    for (let taken = 0; taken < chunk.length; ) {
      if (at % BLOCK === 0) yield blockHeader(layout, at / BLOCK);
      const piece = chunk.subarray(taken, taken + BLOCK - (at % BLOCK));
      yield piece;
      taken += piece.length;
      at += piece.length;
    }
  }
}

/** What comes after the content: an empty block, where the layout has one, and the trailer with CRC-32 and length of the content. */
export function* gzipEnd(layout: GzipLayout, crc: number): Generator<Uint8Array> {
  for (let block = Math.ceil(layout.content / BLOCK); block < layout.blocks; block += 1) yield blockHeader(layout, block);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc >>> 0, 0);
  trailer.writeUInt32LE(layout.content % 2 ** 32, 4);
  yield trailer;
}

function blockHeader(layout: GzipLayout, block: number): Buffer {
  const length = Math.max(0, Math.min(BLOCK, layout.content - block * BLOCK));
  const header = Buffer.alloc(BLOCK_HEADER);
  header[0] = block === layout.blocks - 1 ? 1 : 0;
  header.writeUInt16LE(length, 1);
  header.writeUInt16LE(length ^ 0xffff, 3);
  return header;
}

/** Joins small pieces, so that a socket gets 64 KiB at a time. The chunk is overwritten when the next one is asked for. */
export function* gathered(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(65_536);
  let filled = 0;
  for (const piece of pieces) {
    for (let taken = 0; taken < piece.length; ) {
      const part = piece.subarray(taken, taken + buffer.length - filled);
      buffer.set(part, filled);
      taken += part.length;
      filled += part.length;
      if (filled < buffer.length) continue;
      yield buffer;
      filled = 0;
    }
  }
  if (filled > 0) yield buffer.subarray(0, filled);
}
