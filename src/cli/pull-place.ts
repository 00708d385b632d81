import { chmodSync, readdirSync, rmSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';

import { codeOf, InvalidConfigError, messageOf } from '../base/index.ts';

/** Where an image is put together before it gets its name. */
export interface PullPlace {
  /** A folder for what arrives. */
  readonly blobs: string;
  /** Path that the result is made at: a folder, which is there, or a file, which is not. */
  readonly result: string;
  /** Gives the result its name. `settle` is called with a folder that is new, once it has its name. */
  finish(settle?: (folder: string) => void): Promise<void>;
  /** Removes all that is temporary; after `finish`, what is left. Never throws: says in a sentence what could not be removed. */
  discard(): Promise<string | undefined>;
}

/**
 * Makes a temporary folder on the same file system, so that the result gets its name in one step or not at all: beside a target that is new. An
 * empty folder that is there may be a mount point or the folder one is in: it stays the one it is, and what belongs in it is put together inside
 * of it. Throws InvalidConfigError when the target is there and not an empty folder (for a file: when it is there), or cannot be.
 */
export async function openPlace(target: string, kind: 'folder' | 'file'): Promise<PullPlace> {
  const final = path.resolve(target);
  return await explained(target, async () => {
    const there = await refuseTaken(final, target, kind);
    const parent = there ? final : path.dirname(final);
    const made = await mkdir(parent, { recursive: true });
    let temporary = '';
    try {
      // Whether a name is too long, the system says only where the folder above it is there.
      if (!there) await refuseThere(final, target, kind);
      temporary = await mkdtemp(path.join(parent, '.loadreg-'));
      await mkdir(path.join(temporary, 'blobs'));
      if (kind === 'folder') await mkdir(path.join(temporary, 'result'), { mode: 0o755 });
    } catch (error) {
      if (temporary !== '') await rm(temporary, { recursive: true, force: true });
      await removeEmpty(parent, made);
      throw error;
    }
    const result = path.join(temporary, 'result');
    const onExit = () => removeTree(temporary); // a second Ctrl+C leaves at once
    process.once('exit', onExit);
    let finished = false;
    return {
      blobs: path.join(temporary, 'blobs'),
      result,
      async finish(settle) {
        if (there) {
          await refuseTaken(final, target, kind, path.basename(temporary)); // someone may have been faster
          await moveInto(result, final);
        } else {
          await refuseThere(final, target, kind);
          await rename(result, final);
          settle?.(final);
        }
        finished = true;
      },
      async discard() {
        process.off('exit', onExit);
        try {
          await rm(temporary, { recursive: true, force: true }).catch(() => removeTree(temporary));
          if (!finished) await removeEmpty(parent, made);
          return undefined;
        } catch (error) {
          return `the temporary folder ${temporary} could not be removed: ${messageOf(error)}`;
        }
      },
    };
  });
}

/** What the system has against a target, as a problem of the flag. */
const BAD_TARGET: Readonly<Record<string, string>> = {
  ENOTDIR: 'lies below something that is no folder',
  EEXIST: 'lies below something that is no folder',
  ENAMETOOLONG: 'is too long a name',
  ELOOP: 'lies behind links that lead round in a circle',
  EACCES: 'may not be written',
  EPERM: 'may not be written',
  EROFS: 'is on a file system that is read-only',
};

async function explained<T>(target: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    const what = BAD_TARGET[codeOf(error) ?? ''];
    if (what === undefined) throw error;
    throw new InvalidConfigError([{ where: '--dir', what: `'${target}' ${what}`, fix: 'name another place with --dir' }]);
  }
}

/** Whether the target is there, and empty but for `own`. Refuses one that is anything else. */
async function refuseTaken(final: string, target: string, kind: 'folder' | 'file', own?: string): Promise<boolean> {
  try {
    const found = await lstat(final);
    if (kind === 'folder' && found.isDirectory() && (await readdir(final)).every((name) => name === own)) return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
  throw taken(target, kind);
}

/** Refuses a target that was not there, and is now. */
async function refuseThere(final: string, target: string, kind: 'folder' | 'file'): Promise<void> {
  const found = await lstat(final).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
  if (found !== undefined) throw taken(target, kind);
}

function taken(target: string, kind: 'folder' | 'file'): InvalidConfigError {
  const fix = kind === 'folder' ? 'name a new or empty folder with --dir' : 'name a new file with --dir';
  return new InvalidConfigError([{ where: '--dir', what: `'${target}' is there already`, fix }]);
}

/** Moves all that is in a folder into another one: all of it, or nothing. */
async function moveInto(from: string, to: string): Promise<void> {
  const names = await readdir(from, { encoding: 'buffer' });
  const moved: Buffer[] = [];
  try {
    for (const name of names) {
      await move(within(from, name), within(to, name));
      moved.push(name);
    }
  } catch (error) {
    for (const name of moved) await move(within(to, name), within(from, name));
    throw error;
  }
}

/** A folder that is moved has another one above it afterwards: whoever is not root has to be allowed to write to it for that. */
async function move(from: Buffer, to: Buffer): Promise<void> {
  const found = await lstat(from);
  const mode = found.mode & 0o7777;
  const closed = found.isDirectory() && (mode & 0o700) !== 0o700;
  if (closed) chmodSync(from, mode | 0o700);
  try {
    await rename(from, to);
  } catch (error) {
    if (closed) chmodSync(from, mode);
    throw error;
  }
  if (closed) chmodSync(to, mode);
}

function within(folder: string | Buffer, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(folder), Buffer.from(path.sep), name]);
}

/** Removes a folder that is ours, read-only folders in it too. No link is followed. */
function removeTree(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    openFolders(Buffer.from(folder));
    rmSync(folder, { recursive: true, force: true });
  }
}

function openFolders(folder: Buffer): void {
  chmodSync(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true, encoding: 'buffer' })) {
    if (entry.isDirectory()) openFolders(within(folder, entry.name));
  }
}

/** Removes folders that were made for the target, from the innermost up to `outermost`, as far as they are empty. */
async function removeEmpty(innermost: string, outermost: string | undefined): Promise<void> {
  if (outermost === undefined) return;
  for (let folder = innermost; folder.length >= outermost.length; folder = path.dirname(folder)) {
    try {
      await rmdir(folder);
    } catch {
      return; // someone else put something there
    }
  }
}
