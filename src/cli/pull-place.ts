import { rmSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';

import { codeOf, InvalidConfigError } from '../base/index.ts';

/** Where an image is put together before it gets its name. */
export interface PullPlace {
  /** A folder for what arrives. */
  readonly blobs: string;
  /** Path that the result is made at: a folder, which is there, or a file, which is not. */
  readonly result: string;
  /** Gives the result its name. */
  finish(): Promise<void>;
  /** Removes all that is temporary; after `finish`, what is left. */
  discard(): Promise<void>;
}

/**
 * Makes a temporary folder beside the target, on the same file system, so that the result gets its name in one step or not at all.
 * Throws InvalidConfigError when the target is there and not an empty folder (for a file: when it is there).
 */
export async function openPlace(target: string, kind: 'folder' | 'file'): Promise<PullPlace> {
  const final = path.resolve(target);
  await refuseTaken(final, target, kind);
  const made = await mkdir(path.dirname(final), { recursive: true });
  let finished = false;
  const temporary = await mkdtemp(path.join(path.dirname(final), `.${path.basename(final)}.loadreg-`));
  const onExit = () => rmSync(temporary, { recursive: true, force: true }); // a second Ctrl+C leaves at once
  process.once('exit', onExit);
  const blobs = path.join(temporary, 'blobs');
  const result = path.join(temporary, 'result');
  await mkdir(blobs);
  if (kind === 'folder') await mkdir(result, { mode: 0o755 });
  return {
    blobs,
    result,
    async finish() {
      await refuseTaken(final, target, kind); // someone may have been faster
      await rename(result, final);
      finished = true;
    },
    async discard() {
      process.off('exit', onExit);
      await rm(temporary, { recursive: true, force: true });
      if (!finished && made !== undefined) await removeEmpty(path.dirname(final), made);
    },
  };
}

async function refuseTaken(final: string, target: string, kind: 'folder' | 'file'): Promise<void> {
  const fix = kind === 'folder' ? 'name a new or empty folder with --dir' : 'name a new file with --dir';
  try {
    const found = await lstat(final);
    if (kind === 'folder' && found.isDirectory() && (await readdir(final)).length === 0) return;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  throw new InvalidConfigError([{ where: '--dir', what: `'${target}' is there already`, fix }]);
}

/** Removes folders that were made for the target, from the innermost up to `outermost`, as far as they are empty. */
async function removeEmpty(innermost: string, outermost: string): Promise<void> {
  for (let folder = innermost; folder.length >= outermost.length; folder = path.dirname(folder)) {
    try {
      await rmdir(folder);
    } catch {
      return; // someone else put something there
    }
  }
}
