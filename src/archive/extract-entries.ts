import { LayerError, shownName } from './extract-error.ts';
import { type PaxValues, readPax } from './extract-pax.ts';
import { checksumFits, nameOf, numberAt, TAR_BLOCK, textAt } from './tar-header.ts';

/** What an entry of a layer is. */
export type LayerEntryType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'character' | 'block' | 'fifo';

/** One entry of a layer. Names are bytes, one a character (`latin1`), for file names need not be UTF-8. */
export interface LayerEntry {
  readonly name: string;
  readonly type: LayerEntryType;
  /** Of symbolic and hard links. */
  readonly target: string;
  /** Permissions, with setuid, setgid and sticky bit. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes; 0 for anything that is no file. */
  readonly size: number;
  /** Seconds since the epoch, with fractions. */
  readonly mtime: number;
  /** Of devices. */
  readonly major: number;
  readonly minor: number;
  /** Whether it has extended attributes, which cannot be kept. */
  readonly xattrs: boolean;
}

/** Takes the content of a file piece by piece; a piece must not be kept after the call. */
export interface EntrySink {
  write(piece: Uint8Array): void;
  end(): void;
}

/** Bytes that the header of one entry may take, long names and attributes included. */
const META_LIMIT = 1024 * 1024;
/** Longest path that a kernel takes. */
const PATH_LIMIT = 4096;
const TYPES: Readonly<Record<string, LayerEntryType>> = {
  '\0': 'file',
  '0': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
  '7': 'file', // a contiguous file, which no system of today knows
};
/** Headers that speak of the next entry: long names of GNU tar, attributes of POSIX (for one entry, for all). */
const META_TYPES = 'LKxgX';

/**
 * Reads a tar archive while it arrives (POSIX ustar and pax, GNU long names): chunks in, entries and their content out. Synchronous, and exact
 * about what the usual readers hide: names as bytes, device numbers, sparse files (refused).
 */
export class EntryReader {
  readonly #onEntry: (entry: LayerEntry) => EntrySink | undefined;
  #state: 'header' | 'meta' | 'content' | 'padding' | 'over' = 'header';
  readonly #block = Buffer.alloc(TAR_BLOCK);
  #filled = 0;
  /** Bytes that the current state still takes. */
  #left = 0;
  #padding = 0;
  #sink: EntrySink | undefined;
  #meta: Buffer[] = [];
  #metaBytes = 0;
  #metaType = '';
  #longName: string | undefined;
  #longTarget: string | undefined;
  #pax: PaxValues | undefined;

  /** `onEntry` returns where the content of a file goes, or undefined to skip it. */
  constructor(onEntry: (entry: LayerEntry) => EntrySink | undefined) {
    this.#onEntry = onEntry;
  }

  /** Takes the next bytes. Throws LayerError, and whatever `onEntry` and its sinks throw. */
  write(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      switch (this.#state) {
        case 'header':
          at += this.#header(chunk, at);
          break;
        case 'meta':
        case 'content': {
          const piece = chunk.subarray(at, at + this.#left);
          if (this.#state === 'content') this.#sink?.write(piece);
          else this.#meta.push(Buffer.from(piece));
          this.#left -= piece.length;
          at += piece.length;
          if (this.#left === 0) this.#contentOver();
          break;
        }
        case 'padding': {
          const skipped = Math.min(this.#padding, chunk.length - at);
          this.#padding -= skipped;
          at += skipped;
          if (this.#padding === 0) this.#state = 'header';
          break;
        }
        default:
          return; // what follows the end is padding to a record of the tape
      }
    }
  }

  /** All bytes were given. Throws LayerError when the archive is cut off. umoci leaves out the padding and the end, and nobody minds. */
  end(): void {
    const between = this.#state === 'header' && this.#filled === 0 && this.#metaBytes === 0;
    if (between || (this.#state === 'padding' && this.#metaBytes === 0) || this.#state === 'over') return;
    throw new LayerError('LAYER_UNUSABLE', 'the tar archive is cut off');
  }

  #header(chunk: Uint8Array, at: number): number {
    const taken = Math.min(TAR_BLOCK - this.#filled, chunk.length - at);
    this.#block.set(chunk.subarray(at, at + taken), this.#filled);
    this.#filled += taken;
    if (this.#filled < TAR_BLOCK) return taken;
    this.#filled = 0;
    const block = this.#block;
    if (block[0] === 0 && block.every((byte) => byte === 0)) {
      this.#state = 'over';
      return taken;
    }
    if (!checksumFits(block)) throw new LayerError('LAYER_UNUSABLE', 'it is no tar archive, or a damaged one (wrong checksum of a header)');
    const type = String.fromCharCode(block[156] ?? 0);
    if (META_TYPES.includes(type)) this.#startMeta(type, numberAt(block, 124, 12));
    else this.#startEntry(type);
    return taken;
  }

  #startMeta(type: string, size: number): void {
    this.#metaBytes += size;
    if (!(this.#metaBytes <= META_LIMIT)) {
      throw new LayerError('LAYER_UNSAFE', `the header of an entry is larger than ${META_LIMIT} bytes`);
    }
    this.#metaType = type;
    this.#meta = [];
    this.#start('meta', size);
  }

  #startEntry(typeflag: string): void {
    const block = this.#block;
    const pax = this.#pax ?? {};
    const name = pax.path ?? this.#longName ?? nameOf(block);
    const target = pax.linkpath ?? this.#longTarget ?? textAt(block, 157, 100);
    this.#pax = this.#longName = this.#longTarget = undefined;
    this.#metaBytes = 0;
    const type = name.endsWith('/') && TYPES[typeflag] === 'file' ? 'directory' : TYPES[typeflag];
    const refuse = (code: LayerError['code'], why: string): never => {
      throw new LayerError(code, `the entry "${shownName(name)}" ${why}`);
    };
    if (pax.sparse === true || typeflag === 'S') refuse('LAYER_UNUSABLE', 'is a sparse file, which is not supported');
    if (type === undefined) return refuse('LAYER_UNUSABLE', `has the unknown type "${shownName(typeflag)}"`);
    if (name.includes('\0') || target.includes('\0')) refuse('LAYER_UNSAFE', 'has a NUL in its name');
    if (name.length > PATH_LIMIT || target.length > PATH_LIMIT) refuse('LAYER_UNSAFE', `has a name of more than ${PATH_LIMIT} bytes`);
    const size = type === 'file' ? (pax.size ?? numberAt(block, 124, 12)) : 0;
    if (!(size >= 0)) refuse('LAYER_UNUSABLE', 'has no valid size');
    const device = type === 'character' || type === 'block';
    this.#sink = this.#onEntry({
      name,
      type,
      target,
      mode: numberAt(block, 100, 8) & 0o7777,
      uid: pax.uid ?? numberAt(block, 108, 8),
      gid: pax.gid ?? numberAt(block, 116, 8),
      size,
      mtime: pax.mtime ?? numberAt(block, 136, 12),
      major: device ? numberAt(block, 329, 8) : 0,
      minor: device ? numberAt(block, 337, 8) : 0,
      xattrs: pax.xattrs ?? false,
    });
    this.#start('content', size);
  }

  #start(state: 'meta' | 'content', size: number): void {
    this.#state = state;
    this.#left = size;
    this.#padding = -size & (TAR_BLOCK - 1);
    if (size === 0) this.#contentOver();
  }

  #contentOver(): void {
    if (this.#state === 'meta') this.#readMeta();
    else this.#sink?.end();
    this.#sink = undefined;
    this.#state = this.#padding > 0 ? 'padding' : 'header';
  }

  #readMeta(): void {
    const bytes = Buffer.concat(this.#meta);
    if (this.#metaType === 'L') this.#longName = textAt(bytes, 0, bytes.length);
    else if (this.#metaType === 'K') this.#longTarget = textAt(bytes, 0, bytes.length);
    else if (this.#metaType === 'g')
      this.#metaBytes -= bytes.length; // a comment of git archive: speaks of no entry
    else this.#pax = { ...this.#pax, ...readPax(bytes) };
  }
}
