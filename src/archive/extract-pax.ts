import { LayerError } from './extract-error.ts';

/** What a pax header says of the next entry, as far as it matters here. */
export interface PaxValues {
  readonly path?: string;
  readonly linkpath?: string;
  /** Bytes; NaN when it is no number. */
  readonly size?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Seconds since the epoch, with fractions. */
  readonly mtime?: number;
  readonly xattrs?: boolean;
  readonly sparse?: boolean;
}

/**
 * Reads the records of a pax header, `<length> <keyword>=<value>\n` each (POSIX pax, "pax Extended Header"). Texts are bytes, one a character.
 * Throws LayerError when a record is malformed.
 */
export function readPax(bytes: Buffer): PaxValues {
  const values: { -readonly [K in keyof PaxValues]: PaxValues[K] } = {};
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const digits = space < 0 ? '' : bytes.toString('latin1', at, Math.min(space, at + 8));
    const length = /^\d+$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    const equals = bytes.indexOf(0x3d, space + 1);
    if (length === 0 || end > bytes.length || bytes[end - 1] !== 0x0a || equals < 0 || equals >= end) {
      throw new LayerError('LAYER_UNUSABLE', 'a pax header is malformed');
    }
    set(values, bytes.toString('latin1', space + 1, equals), bytes.toString('latin1', equals + 1, end - 1));
    at = end;
  }
  return values;
}

function set(values: { -readonly [K in keyof PaxValues]: PaxValues[K] }, keyword: string, value: string): void {
  if (keyword === 'path' || keyword === 'linkpath') {
    if (value !== '') values[keyword] = value;
  } else if (keyword === 'size' || keyword === 'uid' || keyword === 'gid') {
    values[keyword] = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  } else if (keyword === 'mtime') {
    values.mtime = /^-?\d+(\.\d*)?$/.test(value) ? Number(value) : Number.NaN;
  } else if (keyword.startsWith('SCHILY.xattr.') || keyword.startsWith('LIBARCHIVE.xattr.')) {
    values.xattrs = true;
  } else if (keyword.startsWith('GNU.sparse.')) {
    values.sparse = true;
  }
}
