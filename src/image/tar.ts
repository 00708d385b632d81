/** The ustar archive that a generated layer is: one regular file of noise. Layout: POSIX.1-2017 pax, "ustar Interchange Format". */

/** Unit of a tar archive. */
export const TAR_BLOCK = 512;

/** Where the bytes of a layer go. The parts follow each other in this order and add up to the size of the layer. */
export interface TarLayout {
  /** Whether the layer is an archive at all; if not, it is `content` bytes of noise and nothing else. */
  readonly archive: boolean;
  /** Bytes of the file header: 512, or 0 without an archive. */
  readonly header: number;
  /** Bytes of the one file; a multiple of 512 in an archive. */
  readonly content: number;
  /** Zero bytes that end the archive. */
  readonly end: number;
}

/**
 * How an archive of exactly `size` bytes is made. From 2 KiB on it ends in two zero blocks and what is left to the size; below that there
 * is room for them only at the cost of the content, so an archive of whole blocks ends with its file, which every reader takes, and any
 * other size is noise without an archive.
 */
export function tarLayout(size: number): TarLayout {
  if (size >= 4 * TAR_BLOCK) {
    const content = Math.floor((size - 3 * TAR_BLOCK) / TAR_BLOCK) * TAR_BLOCK;
    return { archive: true, header: TAR_BLOCK, content, end: size - TAR_BLOCK - content };
  }
  if (size > 0 && size % TAR_BLOCK === 0) return { archive: true, header: TAR_BLOCK, content: size - TAR_BLOCK, end: 0 };
  return { archive: false, header: 0, content: size, end: 0 };
}

/** The header block of a regular file, owned by root, readable by all, at the Unix epoch. `name` is ASCII, at most 100 characters. */
export function tarHeader(name: string, size: number): Buffer {
  const block = Buffer.alloc(TAR_BLOCK);
  block.write(name, 0, 'latin1');
  block.write('0000644\0', 100, 'latin1');
  block.write('0000000\0', 108, 'latin1');
  block.write('0000000\0', 116, 'latin1');
  writeSize(block, size);
  block.write('00000000000\0', 136, 'latin1');
  block.write('        ', 148, 'latin1'); // the checksum counts its own field as spaces
  block.write('0', 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** Eleven octal digits reach to 8 GiB; above, the base-256 form that GNU tar, bsdtar and Go read. */
function writeSize(block: Buffer, size: number): void {
  if (size < 8 ** 11) {
    block.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
    return;
  }
  block[124] = 0x80;
  block.writeBigUInt64BE(BigInt(size), 128);
}
