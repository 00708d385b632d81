import { shown } from '../base/index.ts';
import type { Refuse } from './read-error.ts';
import { cleanName } from './read-names.ts';
import { TAR_BLOCK } from './tar-header.ts';
import { isZeroBlock, readPax, readTarHeader, readText, type TarHeader } from './tar-index-header.ts';

/** An entry of a tar archive, and where its content lies. */
export interface TarEntry {
  readonly kind: 'file' | 'folder' | 'symlink' | 'hard-link' | 'special';
  /** Of the content, from the start of the archive. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  /** What a link points to. */
  readonly target: string;
}

/** Bytes that can be read anywhere. */
export interface RandomAccess {
  /** Bytes. */
  readonly size: number;
  /** Bytes from `offset` on: as many as asked for, fewer only at the end. */
  read(offset: number, length: number): Promise<Buffer>;
}

/** Said of what does not begin as a tar archive does. */
export const NO_TAR = 'is no tar archive';
/** An image has a few thousand entries; what has more is no image. */
const MOST_ENTRIES = 100_000;
/** Bytes of names and PAX records in front of one entry. */
const LONGEST_EXTRA = 1024 ** 2;
/** Headers of small entries lie close together: they are read by the dozen. */
const WINDOW = 32 * 1024;

/**
 * Finds out where everything in a tar archive lies, without reading the content: entries may come in any order, `manifest.json` last. This is an
 * index of our own because modern-tar's decoder tells no offsets and has to be fed every byte. Refuses absolute names and `..`, an entry
 * that comes twice, sparse files, damaged headers, and an archive that was cut off.
 */
export async function indexTar(source: RandomAccess, refuse: Refuse): Promise<Map<string, TarEntry>> {
  const entries = new Map<string, TarEntry>();
  const blocks = new Window(source);
  let extra: Extra = {};
  for (let at = 0; ; ) {
    const block = await blocks.at(at, TAR_BLOCK);
    if (block.length < TAR_BLOCK) throw refuse(at === 0 ? NO_TAR : 'is cut off: the end of the archive is missing');
    if (isZeroBlock(block)) return entries;
    const header = readTarHeader(block);
    if (typeof header === 'string') throw refuse(at === 0 ? NO_TAR : `is damaged: at byte ${at} is no tar header (${header})`);
    const offset = at + TAR_BLOCK;
    const told = extra.size ?? header.size;
    const size = header.kind === 'file' ? told : header.size;
    at = offset + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
    const name = extra.name ?? header.name;
    if (offset + size > source.size) throw refuse(`is cut off in the middle of "${shown(name)}"`);

    if (isExtra(header)) {
      if (size > LONGEST_EXTRA) throw refuse(`has a header of ${size} bytes in front of an entry`);
      extra = { ...extra, ...readExtra(header, await source.read(offset, size), refuse) };
      continue;
    }
    const target = extra.target ?? header.target;
    const sparse = header.kind === 'sparse' || extra.sparse === true;
    extra = {};
    if (sparse) throw refuse(`holds "${shown(name)}" as a sparse file, which is not supported`);
    if (name.includes('\0') || target.includes('\0')) throw refuse(`has a NUL in the name "${shown(name)}"`);
    const clean = cleanName(name, refuse);
    if (clean === '') continue; // the root itself
    const kind = name.endsWith('/') && header.kind === 'file' ? 'folder' : (header.kind as TarEntry['kind']);
    if (entries.has(clean) && !(kind === 'folder' && entries.get(clean)?.kind === 'folder')) throw refuse(`holds "${shown(clean)}" twice`);
    entries.set(clean, { kind, offset, size, target });
    if (entries.size > MOST_ENTRIES) throw refuse(`has more than ${MOST_ENTRIES} entries, as no image has`);
  }
}

/** What comes before an entry and says more about it. */
interface Extra {
  readonly name?: string;
  readonly target?: string;
  readonly size?: number;
  readonly sparse?: boolean;
}

function isExtra({ kind }: TarHeader): boolean {
  return kind === 'pax' || kind === 'pax-global' || kind === 'long-name' || kind === 'long-link';
}

function readExtra({ kind }: TarHeader, content: Buffer, refuse: Refuse): Extra {
  if (kind === 'pax-global') return {}; // comments, as git writes them
  if (kind === 'long-name') return { name: readText(content) };
  if (kind === 'long-link') return { target: readText(content) };
  const records = readPax(content);
  if (records === undefined) throw refuse('is damaged: a PAX header cannot be read');
  const { path, linkpath, size } = records;
  if (size !== undefined && !(/^\d+$/.test(size) && Number.isSafeInteger(Number(size)))) {
    throw refuse(`is damaged: a PAX header says that a size is "${shown(size)}"`);
  }
  return {
    ...(path === undefined ? {} : { name: path }),
    ...(linkpath === undefined ? {} : { target: linkpath }),
    ...(size === undefined ? {} : { size: Number(size) }),
    ...(Object.keys(records).some((key) => key.startsWith('GNU.sparse.')) ? { sparse: true } : {}),
  };
}

/** Reads ahead, as far as the next headers may be. */
class Window {
  readonly #source: RandomAccess;
  #start = 0;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(source: RandomAccess) {
    this.#source = source;
  }

  async at(offset: number, length: number): Promise<Buffer> {
    if (offset < this.#start || offset + length > this.#start + this.#bytes.length) {
      this.#start = offset;
      this.#bytes = await this.#source.read(offset, WINDOW);
    }
    return this.#bytes.subarray(offset - this.#start, offset - this.#start + length);
  }
}
