import {
  constants,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import { codeOf } from '../base/index.ts';
import { LayerError, shownName } from './extract-error.ts';

/** Links that one path may lead through (Linux: 40). */
const MAX_LINKS = 40;

/**
 * A folder that layers are applied to. Every path is walked part by part from the root: the kernel never follows a link on our behalf. A
 * symbolic link on the way counts as it would inside the image, where `/` is the root and `..` leads no higher than that.
 * Paths are bytes, one a character, relative to the root and without `.` and `..`; '' is the root.
 *
 * Only for a folder that nobody else writes to meanwhile.
 */
export class RootfsTree {
  readonly #root: string;
  readonly #rootBytes: Buffer;
  /** Folders that are known to be none but folders, so that most paths need no look. */
  readonly #folders = new Set<string>(['']);
  /** Told when a folder is gone. */
  readonly #onRemoved: (path: string) => void;
  /** Told when a folder was made that no entry asked for. */
  readonly #onImplied: (path: string) => void;

  constructor(root: string, hooks: { onRemoved: (path: string) => void; onImplied: (path: string) => void }) {
    this.#root = root;
    this.#rootBytes = Buffer.from(root);
    this.#onRemoved = hooks.onRemoved;
    this.#onImplied = hooks.onImplied;
  }

  /** The path for the file system. */
  at(path: string): string | Buffer {
    if (path === '') return this.#root;
    // Most names are plain: those are spared the copy.
    return /^[ -~]*$/.test(path) ? `${this.#root}/${path}` : Buffer.concat([this.#rootBytes, Buffer.from(`/${path}`, 'latin1')]);
  }

  /**
   * Where the folder with these parts really is. With `create`, what is missing of it is made, also where a link leads to nothing yet (`bin` to
   * `usr/bin`, packed before it); without, undefined when any of it is missing.
   * Throws LayerError when the way leads through something that is no folder, or through too many links.
   */
  folder(parts: readonly string[], create: boolean): string | undefined {
    const plain = parts.join('/');
    if (this.#folders.has(plain)) return plain;
    const refuse = (why: string): never => {
      throw new LayerError('LAYER_UNSAFE', `the path "${shownName(plain)}" ${why}`);
    };
    const steps = [...parts];
    let here = '';
    for (let links = 0, part = steps.shift(); part !== undefined; part = steps.shift()) {
      if (part === '' || part === '.') continue;
      if (part === '..') {
        here = parentOf(here); // the root's is the root
        continue;
      }
      const next = here === '' ? part : `${here}/${part}`;
      if (!this.#folders.has(next)) {
        const found = this.look(next);
        if (found === undefined) {
          if (!create) return undefined;
          mkdirSync(this.at(next), 0o755);
          this.#onImplied(next);
        } else if (found.isSymbolicLink()) {
          links += 1;
          if (links > MAX_LINKS) return refuse('leads through too many links');
          const target = readlinkSync(this.at(next), { encoding: 'buffer' }).toString('latin1');
          if (target.startsWith('/')) here = '';
          steps.unshift(...target.split('/'));
          continue;
        } else if (!found.isDirectory()) {
          if (!create) return undefined;
          return refuse('leads through something that is no folder');
        }
        this.#folders.add(next);
      }
      here = next;
    }
    return here;
  }

  /** What is at a path, links not followed; undefined when there is nothing. */
  look(path: string): Stats | undefined {
    return lstatSync(this.at(path), { throwIfNoEntry: false });
  }

  /** Makes a folder, or leaves the one that is there; anything else at its place goes. */
  makeFolder(path: string): void {
    if (this.#folders.has(path)) return;
    this.#create(
      path,
      () => mkdirSync(this.at(path), 0o700),
      (found) => found.isDirectory(),
    );
    this.#folders.add(path);
  }

  /** Opens a new file for writing; whatever is at its place goes. */
  createFile(path: string): number {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    return this.#create(path, () => openSync(this.at(path), flags, 0o600)) as number;
  }

  /** Makes a symbolic link; whatever is at its place goes. */
  createLink(path: string, target: string): void {
    this.#create(path, () => symlinkSync(Buffer.from(target, 'latin1'), this.at(path)));
  }

  /** Makes `path` another name of the file at `target`. A symbolic link is copied: not every system can give it two names. */
  createHardLink(path: string, target: string): void {
    const found = this.look(target);
    if (found === undefined || found.isDirectory()) {
      const what = found === undefined ? 'is not in the image' : 'is a folder';
      throw new LayerError('LAYER_UNUSABLE', `the target "${shownName(target)}" of the hard link "${shownName(path)}" ${what}`);
    }
    if (path === target) return;
    if (found.isSymbolicLink()) {
      this.createLink(path, readlinkSync(this.at(target), { encoding: 'buffer' }).toString('latin1'));
      return;
    }
    const same = (there: Stats) => there.dev === found.dev && there.ino === found.ino;
    this.#create(path, () => linkSync(this.at(target), this.at(path)), same);
  }

  /** Names in a folder, those of folders apart. */
  entries(path: string): { readonly names: readonly string[]; readonly folders: readonly string[] } {
    const found = readdirSync(this.at(path), { encoding: 'buffer', withFileTypes: true });
    const names = found.map((entry) => entry.name.toString('latin1'));
    return { names, folders: names.filter((_, index) => found[index]?.isDirectory()) };
  }

  /** Names in a folder. */
  list(path: string): string[] {
    return readdirSync(this.at(path), { encoding: 'buffer' }).map((name) => name.toString('latin1'));
  }

  /** Removes what is at a path, with all below it, save what `keep` says. Returns whether it is gone. */
  remove(path: string, keep: (path: string) => boolean = () => false): boolean {
    const found = this.look(path);
    if (found === undefined) return true;
    const kept = keep(path);
    if (!found.isDirectory()) {
      if (!kept) unlinkSync(this.at(path));
      return !kept;
    }
    let empty = true;
    for (const name of this.list(path)) if (!this.remove(`${path}/${name}`, keep)) empty = false;
    if (kept || !empty) return false;
    rmdirSync(this.at(path));
    this.#folders.delete(path);
    this.#onRemoved(path);
    return true;
  }

  #create(path: string, make: () => number | void, mayStay: (found: Stats) => boolean = () => false): number | void {
    try {
      return make();
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      const found = this.look(path);
      if (found !== undefined && mayStay(found)) return undefined;
      this.remove(path);
      return make();
    }
  }
}

/** The folder that a path is in. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
