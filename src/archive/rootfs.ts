import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  futimesSync,
  lchownSync,
  lutimesSync,
  openSync,
  writeSync,
} from 'node:fs';
import { codeOf, shown } from '../base/index.ts';
import { decompress, type DecompressLimits } from './decompress.ts';
import { type EntrySink, EntryReader, type LayerEntry } from './extract-entries.ts';
import { explainLayer, LayerError, shownName } from './extract-error.ts';
import { countCaseCollisions } from './rootfs-case.ts';
import { checkNumbers, partsOf } from './rootfs-entry.ts';
import { makeNode } from './rootfs-node.ts';
import type { RootfsReport } from './rootfs-report.ts';
import { parentOf, RootfsTree } from './rootfs-tree.ts';
import { whiteoutOf } from './whiteout.ts';

/** How layers are unpacked. */
export interface RootfsOptions {
  /** Make devices and pipes, and keep setuid and setgid; default: both are left out and counted. */
  readonly keepSpecial?: boolean;
  /** Leave the permissions, owner and time of the root itself to {@link Rootfs.settleRoot}; default: they are set with the others. */
  readonly rootLater?: boolean;
  /** Give files to the users of the image; default: when we are root. */
  readonly keepOwners?: boolean;
  readonly limits?: DecompressLimits;
  /** Stops when it aborts. */
  readonly signal?: AbortSignal;
}

/** A layer to unpack. */
export interface RootfsLayer {
  /** For messages: its digest. */
  readonly name: string;
  /** `rootfs.diff_ids` of the config: what it has to unpack to. Not checked when it is missing. */
  readonly diffId?: string;
  /** A pass over its bytes, compressed or not. */
  open(): AsyncIterable<Uint8Array>;
}

type Meta = Pick<LayerEntry, 'mode' | 'uid' | 'gid' | 'mtime'>;

/** What came of unpacking. */
export interface Rootfs {
  readonly report: RootfsReport;
  /**
   * Sets what the image says of its root, wherever the folder is by now: without the permission to write to it, nobody but root may move a folder.
   */
  readonly settleRoot: (folder: string) => void;
}

/** Unpacks layers, base first, into an empty folder that nobody else writes to. Nothing outside of it is ever touched. */
export async function extractRootfs(
  layers: Iterable<RootfsLayer> | AsyncIterable<RootfsLayer>,
  root: string,
  options: RootfsOptions = {},
): Promise<Rootfs> {
  const writer = new RootfsWriter(root, options);
  for await (const layer of layers) await writer.layer(layer);
  const report = writer.finish();
  if (options.rootLater !== true) writer.settleRoot(root);
  return { report, settleRoot: (folder) => writer.settleRoot(folder) };
}

/** Applies layers to a folder, one after the other. */
class RootfsWriter {
  readonly #tree: RootfsTree;
  readonly #options: RootfsOptions;
  readonly #keepOwners: boolean;
  /** Set at the end: what is put into a folder changes its time, and its permissions may forbid that. */
  readonly #folders = new Map<string, Meta>();
  /** What the current layer has put there, with the folders above: whiteouts of the same layer do not touch it. */
  #own = new Set<string>();
  /** The file that is being written. */
  #openFile: number | undefined;
  readonly #report = { entries: 0, whiteouts: 0, specials: 0, setIds: 0, xattrs: 0, owners: 0, caseCollisions: 0 };

  /** `root` is an empty folder. */
  constructor(root: string, options: RootfsOptions = {}) {
    this.#options = options;
    this.#keepOwners = options.keepOwners ?? process.getuid?.() === 0;
    this.#tree = new RootfsTree(root, {
      onRemoved: (path) => void this.#folders.delete(path),
      onImplied: (path) => this.#markOwn(path),
    });
  }

  /** Applies one layer. Throws LayerError, DecompressError, or what the layer's own source throws; the folder is then of no use. */
  async layer(layer: RootfsLayer): Promise<void> {
    const { signal, limits } = this.#options;
    this.#own = new Set();
    const hash = layer.diffId === undefined ? undefined : createHash(layer.diffId.startsWith('sha512:') ? 'sha512' : 'sha256');
    const reader = new EntryReader((entry) => this.#entry(entry));
    try {
      for await (const chunk of decompress(layer.open(), { ...limits, signal })) {
        hash?.update(chunk);
        reader.write(chunk);
      }
      reader.end();
      const found = `${layer.diffId?.split(':')[0]}:${hash?.digest('hex')}`;
      if (hash !== undefined && found !== layer.diffId) {
        throw new LayerError('DIFF_ID_MISMATCH', `it unpacks to ${found}, and the config says ${shown(layer.diffId ?? '')}`);
      }
    } catch (error) {
      if (this.#openFile !== undefined) closeSync(this.#openFile);
      this.#openFile = undefined;
      throw explainLayer(error, layer.name);
    }
  }

  /** Sets what can be set only at the end, and tells what was done. */
  finish(): RootfsReport {
    this.#report.caseCollisions = countCaseCollisions(this.#tree);
    // A folder after what is in it: a path is longer than those of the folders above it.
    const paths = [...this.#folders.keys()].filter((path) => path !== '').toSorted((a, b) => b.length - a.length);
    for (const path of paths) this.#settleFolder(this.#tree.at(path), this.#folders.get(path) as Meta);
    return this.#report;
  }

  /** Sets what the image says of its root; 0755 when it says nothing. */
  settleRoot(folder: string): void {
    const meta = this.#folders.get('');
    if (meta === undefined) chmodSync(folder, 0o755);
    else this.#settleFolder(folder, meta);
  }

  #entry(entry: LayerEntry): EntrySink | undefined {
    const parts = partsOf(entry.name, entry.name);
    const whiteout = whiteoutOf(parts);
    if (whiteout !== undefined) {
      this.#report.whiteouts += 1;
      if (whiteout.kind === 'remove') this.#hide(whiteout.parts);
      else if (whiteout.kind === 'opaque') this.#hideAll(whiteout.parts);
      return undefined;
    }
    checkNumbers(entry);
    this.#report.entries += 1;
    if (entry.xattrs) this.#report.xattrs += 1;
    if (parts.length === 0) {
      if (entry.type !== 'directory') throw new LayerError('LAYER_UNUSABLE', `the entry "${shownName(entry.name)}" has no name`);
      this.#folders.set('', this.#metaOf(entry));
      return undefined;
    }
    const folder = this.#tree.folder(parts.slice(0, -1), true) as string;
    const path = folder === '' ? (parts.at(-1) as string) : `${folder}/${parts.at(-1)}`;
    this.#markOwn(path);
    return this.#make(path, entry);
  }

  #make(path: string, entry: LayerEntry): EntrySink | undefined {
    switch (entry.type) {
      case 'directory':
        this.#tree.makeFolder(path);
        this.#folders.set(path, this.#metaOf(entry));
        return undefined;
      case 'file':
        return this.#fileSink(path, entry);
      case 'symlink':
        if (entry.target === '') throw new LayerError('LAYER_UNUSABLE', `the link "${shownName(path)}" leads nowhere`);
        this.#tree.createLink(path, entry.target);
        this.#chownLink(path, entry);
        lutimesSync(this.#tree.at(path), timeOf(entry.mtime), timeOf(entry.mtime));
        return undefined;
      case 'hardlink':
        this.#hardLink(path, entry);
        return undefined;
      default:
        this.#special(path, entry);
        return undefined;
    }
  }

  #fileSink(path: string, entry: LayerEntry): EntrySink {
    const { mode } = this.#metaOf(entry);
    const file = this.#tree.createFile(path);
    this.#openFile = file;
    return {
      write(piece) {
        for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at);
      },
      end: () => {
        if (this.#keepOwners) this.#giveTo(() => fchownSync(file, entry.uid, entry.gid));
        fchmodSync(file, mode); // after chown, which takes setuid away
        futimesSync(file, timeOf(entry.mtime), timeOf(entry.mtime));
        this.#openFile = undefined;
        closeSync(file);
      },
    };
  }

  #hardLink(path: string, { name, target }: LayerEntry): void {
    const parts = partsOf(target, name);
    const folder = this.#tree.folder(parts.slice(0, -1), false);
    if (folder === undefined || parts.length === 0) {
      throw new LayerError('LAYER_UNUSABLE', `the target "${shownName(target)}" of the hard link "${shownName(name)}" is not in the image`);
    }
    this.#tree.createHardLink(path, folder === '' ? (parts.at(-1) as string) : `${folder}/${parts.at(-1)}`);
  }

  #special(path: string, entry: LayerEntry): void {
    this.#tree.remove(path);
    if (this.#options.keepSpecial !== true) {
      this.#report.specials += 1;
      return;
    }
    const at = this.#tree.at(path);
    if (typeof at !== 'string') throw new LayerError('LAYER_UNUSABLE', `the name of the device "${shownName(path)}" is not plain text`);
    const { mode } = this.#metaOf(entry);
    const kind = entry.type === 'fifo' ? ['p'] : [entry.type === 'block' ? 'b' : 'c', String(entry.major), String(entry.minor)];
    makeNode(at, kind, shownName(path));
    this.#chownLink(path, entry);
    chmodSync(at, mode);
    lutimesSync(at, timeOf(entry.mtime), timeOf(entry.mtime));
  }

  /** A whiteout: what lower layers have there is gone. */
  #hide(parts: readonly string[]): void {
    const folder = this.#tree.folder(parts.slice(0, -1), false);
    if (folder === undefined) return;
    this.#tree.remove(folder === '' ? (parts.at(-1) as string) : `${folder}/${parts.at(-1)}`, (path) => this.#own.has(path));
  }

  /** An opaque whiteout, wherever in the layer it stands. */
  #hideAll(parts: readonly string[]): void {
    const folder = this.#tree.folder(parts, false);
    if (folder === undefined) return;
    for (const name of this.#tree.list(folder)) {
      this.#tree.remove(folder === '' ? name : `${folder}/${name}`, (path) => this.#own.has(path));
    }
  }

  #markOwn(path: string): void {
    for (let at = path; at !== '' && !this.#own.has(at); at = parentOf(at)) this.#own.add(at);
  }

  #metaOf({ type, mode, uid, gid, mtime }: LayerEntry): Meta {
    if (type !== 'symlink' && (mode & 0o6000) !== 0 && this.#options.keepSpecial !== true) {
      this.#report.setIds += 1;
      return { mode: mode & 0o1777, uid, gid, mtime };
    }
    return { mode, uid, gid, mtime };
  }

  #settleFolder(at: string | Buffer, { mode, uid, gid, mtime }: Meta): void {
    const folder = openSync(at, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      if (this.#keepOwners) this.#giveTo(() => fchownSync(folder, uid, gid));
      fchmodSync(folder, mode);
      futimesSync(folder, timeOf(mtime), timeOf(mtime));
    } finally {
      closeSync(folder);
    }
  }

  #chownLink(path: string, { uid, gid }: LayerEntry): void {
    if (this.#keepOwners) this.#giveTo(() => lchownSync(this.#tree.at(path), uid, gid));
  }

  /** Root of a container may not be allowed to give files to everybody. */
  #giveTo(chown: () => void): void {
    try {
      chown();
    } catch (error) {
      if (codeOf(error) !== 'EPERM' && codeOf(error) !== 'EINVAL') throw error;
      this.#report.owners += 1;
    }
  }
}

/** Node.js takes negative numbers for now; dates it takes as they are. Those have milliseconds only, which numbers exceed. */
function timeOf(seconds: number): number | Date {
  return seconds < 0 ? new Date(seconds * 1000) : seconds;
}
