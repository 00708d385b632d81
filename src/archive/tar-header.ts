/** Fields of a tar header block (POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar's additions). */

/** Unit of a tar archive, bytes. */
export const TAR_BLOCK = 512;

/** The name in a header: with its prefix where the archive is POSIX ustar. */
export function nameOf(block: Buffer): string {
  const name = textAt(block, 0, 100);
  const posix = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = posix ? textAt(block, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** A text of fixed room, up to its first NUL; bytes, one a character (`latin1`). */
export function textAt(block: Buffer, start: number, length: number): string {
  const end = block.indexOf(0, start);
  return block.toString('latin1', start, end < 0 || end > start + length ? start + length : end);
}

/** A number in octal digits, or in base 256 (GNU tar). NaN when it is neither, or too large. */
export function numberAt(block: Buffer, start: number, length: number): number {
  const first = block[start] ?? 0;
  if (first & 0x80) {
    const negative = (first & 0x40) !== 0;
    let value = negative ? first - 256 : first & 0x7f;
    for (let at = start + 1; at < start + length; at += 1) value = value * 256 + (block[at] ?? 0);
    return Number.isSafeInteger(value) ? value : Number.NaN;
  }
  const text = block.toString('latin1', start, start + length).replaceAll(/[\0 ]+$|^[\0 ]+/g, '');
  return text === '' ? 0 : /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
}

/** Whether the sum of all bytes, its own field counted as blanks, is what the header says. Old tars summed the bytes as signed ones. */
export function checksumFits(block: Buffer): boolean {
  let sum = 0;
  let signed = 0;
  for (let at = 0; at < TAR_BLOCK; at += 1) {
    const byte = at >= 148 && at < 156 ? 0x20 : (block[at] as number);
    sum += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  const stored = numberAt(block, 148, 8);
  return stored === sum || stored === signed;
}
