/** The parts of a tar header that tell where content lies (POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar's additions). */

import { checksumFits, nameOf, numberAt, textAt } from './tar-header.ts';

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
  const size = numberAt(block, 124, 12);
  if (!(size >= 0)) return 'its size is no number';
  return {
    kind,
    name: asText(nameOf(block)),
    size: WITHOUT_CONTENT.has(kind) ? 0 : size,
    target: asText(textAt(block, 157, 100)),
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

/** The content of a long name's header. */
export function readText(content: Buffer): string {
  return asText(textAt(content, 0, content.length));
}

/** Names of image archives are text, and told to people; those of layers stay bytes. */
function asText(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
