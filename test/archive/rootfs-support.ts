import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { extractRootfs, type RootfsOptions, type RootfsReport } from '../../src/archive/index.ts';
import { tmpFolder } from '../support/tmp.ts';

/** One entry of a tar, as raw as a test wants it. */
export interface RawEntry {
  readonly name: string | Buffer;
  /** Type flag. @default '0', a file, or '5' for a name that ends with a slash */
  readonly type?: string;
  readonly content?: string | Buffer;
  /** Of links. */
  readonly target?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly mtime?: number;
  readonly major?: number;
  readonly minor?: number;
  /** Stated in the header instead of the length of the content. */
  readonly size?: number;
  /** Records of a pax header before the entry. */
  readonly pax?: Readonly<Record<string, string>>;
}

/** An entry, from `name content` for most tests: `file('a/b', 'text')`. */
export const file = (name: string | Buffer, content: string | Buffer = '', more: Partial<RawEntry> = {}): RawEntry => ({
  name,
  content,
  ...more,
});
export const folder = (name: string, more: Partial<RawEntry> = {}): RawEntry => ({ name: `${name}/`, type: '5', mode: 0o755, ...more });
export const symlink = (name: string, target: string, more: Partial<RawEntry> = {}): RawEntry => ({ name, type: '2', target, ...more });
export const hardlink = (name: string, target: string): RawEntry => ({ name, type: '1', target });

/** A tar archive of these entries, with nothing checked. */
export function tarOf(entries: readonly RawEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(rawEntry), Buffer.alloc(1024)]);
}

function rawEntry(entry: RawEntry): Buffer[] {
  const { pax, ...rest } = entry;
  if (pax === undefined) return [header(rest), padded(Buffer.from(entry.content ?? ''))];
  const records = Buffer.concat(Object.entries(pax).map(([key, value]) => paxRecord(key, value)));
  return [...rawEntry({ name: 'pax', type: 'x', content: records }), ...rawEntry(rest)];
}

function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.from(` ${key}=${value}\n`);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function header({
  name,
  type,
  content = '',
  target = '',
  mode = 0o644,
  uid = 0,
  mtime = 1_000_000_000,
  major = 0,
  minor = 0,
  size,
}: RawEntry) {
  const block = Buffer.alloc(512);
  const octal = (value: number, at: number, length: number) => block.write(value.toString(8).padStart(length - 1, '0'), at, 'latin1');
  Buffer.from(name).copy(block, 0, 0, 100);
  octal(mode, 100, 8);
  octal(uid, 108, 8);
  octal(uid, 116, 8);
  octal(size ?? Buffer.byteLength(content), 124, 12);
  octal(mtime, 136, 12);
  block.write('        ', 148);
  block.write(type ?? '0', 156, 'latin1');
  block.write(target, 157);
  block.write('ustar\u000000', 257, 'latin1');
  octal(major, 329, 8);
  octal(minor, 337, 8);
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  block[154] = 0;
  return block;
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

/** The layer of these bytes. */
export function layerOf(bytes: Buffer, diffId?: string) {
  return {
    name: 'sha256:layer',
    open: async function* () {
      yield bytes;
    },
    ...(diffId === undefined ? {} : { diffId }),
  };
}

/** What came of unpacking layers into `<parent>/root`: beside it stands `<parent>/outside` with one file. */
export interface Unpacked {
  readonly parent: string;
  readonly root: string;
  readonly report: RootfsReport;
}

/** Unpacks layers of raw entries (or bytes of an archive). Rejects as `extractRootfs` does. */
export async function unpack(
  layers: readonly (readonly RawEntry[] | Buffer)[],
  options: RootfsOptions & { into?: string } = {},
): Promise<Unpacked> {
  const parent = options.into ?? newParent();
  const root = join(parent, 'root');
  const sources = layers.map((layer) => layerOf(Buffer.isBuffer(layer) ? layer : tarOf(layer)));
  const { report } = await extractRootfs(sources, root, options);
  return { parent, root, report };
}

/** A folder with an empty `root`, and `outside/secret`, that nobody may touch. */
export function newParent(): string {
  const parent = tmpFolder({ 'outside/secret': 'untouched' });
  mkdirSync(join(parent, 'root'));
  return parent;
}

/**
 * A tree as lines, for comparisons: path, type with permissions, and the content's digest or the link's target; `times` and `owners` add those.
 * Paths are bytes, shown as latin1.
 */
export function treeOf(root: string, options: { times?: boolean; owners?: boolean } = {}): string[] {
  const lines: string[] = [];
  const walk = (path: Buffer, shown: string) => {
    const found = lstatSync(path);
    const kind = found.isSymbolicLink() ? 'link' : found.mode.toString(8);
    const content = found.isSymbolicLink()
      ? readlinkSync(path, { encoding: 'buffer' }).toString('latin1')
      : found.isFile()
        ? createHash('sha256').update(readFileSync(path)).digest('hex')
        : found.rdev > 0
          ? `device ${found.rdev}`
          : '';
    const links = found.isFile() ? `x${found.nlink}` : '';
    const owner = options.owners === true ? `${found.uid}:${found.gid}` : '';
    const time = options.times === true ? String(Math.floor(found.mtimeMs / 1000)) : '';
    lines.push([shown, kind, links, owner, time, content].filter((part) => part !== '').join(' '));
    if (!found.isDirectory()) return;
    for (const name of readdirSync(path, { encoding: 'buffer' })) {
      walk(Buffer.concat([path, Buffer.from('/'), name]), `${shown}/${name.toString('latin1')}`);
    }
  };
  walk(Buffer.from(root), '.');
  return lines.toSorted();
}
