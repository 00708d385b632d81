/** The parts of a tar header that tell where content lies (POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar's additions). */

/** Unit of a tar archive. */
export const TAR_BLOCK = 512;

/** What a header stands for. */
export type TarKind = 'file' | 'hard-link' | 'symlink' | 'folder' | 'special' | 'sparse' | 'pax' | 'pax-global' | 'long-name' | 'long-link';

/** A header block, read. */
export interface TarHeader {
  readonly kind: TarKind;
  readonly name: string;
  /** Bytes of content that follow. */
  readonly size: number;
  /** What a link points to. */
  readonly target: string;
}

const KINDS: Readonly<Record<string, TarKind>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'hard-link',
  '2': 'symlink',
  '3': 'special',
  '4': 'special',
  '5': 'folder',
  '6': 'special',
  S: 'sparse',
  x: 'pax',
  g: 'pax-global',
  L: 'long-name',
  K: 'long-link',
};

/** Kinds that no content follows, whatever their size field says. */
const WITHOUT_CONTENT: ReadonlySet<TarKind> = new Set<TarKind>(['hard-link', 'symlink', 'folder', 'special']);

/** Whether a block is all zeros: two of them end an archive. */
export function isZeroBlock(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}

/** Reads a header block; a text says what is wrong with it. */
export function readTarHeader(block: Buffer): TarHeader | string {
  if (!checksumFits(block)) return 'its checksum is wrong';
  const type = String.fromCharCode(block[156] as number);
  const kind = KINDS[type];
  if (kind === undefined) return `its type ${JSON.stringify(type)} is not known`;
  const size = readNumber(block.subarray(124, 136));
  if (size === undefined) return 'its size is no number';
  const posix = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = posix ? readText(block.subarray(345, 500)) : '';
  const name = readText(block.subarray(0, 100));
  return {
    kind,
    name: prefix === '' ? name : `${prefix}/${name}`,
    size: WITHOUT_CONTENT.has(kind) ? 0 : size,
    target: readText(block.subarray(157, 257)),
  };
}

/** Reads the records of a PAX header; undefined when they are damaged. */
export function readPax(content: Buffer): Readonly<Record<string, string>> | undefined {
  const records: Record<string, string> = Object.create(null) as Record<string, string>;
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at);
    const length = space < 0 ? '' : content.toString('latin1', at, space);
    if (!/^[1-9][0-9]{0,8}$/.test(length)) return undefined;
    const end = at + Number(length);
    const equals = content.indexOf(0x3d, space);
    if (end > content.length || equals < 0 || equals >= end || content[end - 1] !== 0x0a) return undefined;
    records[content.toString('utf8', space + 1, equals)] = content.toString('utf8', equals + 1, end - 1);
    at = end;
  }
  return records;
}

/** A text of fixed room, up to its first NUL. */
export function readText(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end);
}

/** Octal digits, or GNU's base 256; undefined for anything else, and for what no file can have. */
function readNumber(field: Buffer): number | undefined {
  if (((field[0] as number) & 0x80) !== 0) {
    if ((field[0] as number) !== 0x80) return undefined; // negative, or beyond 2^88
    const value = BigInt(`0x${field.toString('hex', 1)}`);
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
  }
  const digits = readText(field).trim();
  if (digits === '') return 0;
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}

/** The sum of all bytes, its own field counted as blanks; old programs took bytes as signed. */
function checksumFits(block: Buffer): boolean {
  const told = readNumber(block.subarray(148, 156));
  let unsigned = 0;
  let signed = 0;
  for (let at = 0; at < TAR_BLOCK; at += 1) {
    const byte = at >= 148 && at < 156 ? 0x20 : (block[at] as number);
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  return told === unsigned || told === signed;
}
