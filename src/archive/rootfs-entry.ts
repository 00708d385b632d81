import type { LayerEntry } from './extract-entries.ts';
import { LayerError, shownName } from './extract-error.ts';

/** A path in parts, without its first slash. `..` is refused: no tool that makes layers writes it. */
export function partsOf(path: string, entryName: string): string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) {
    throw new LayerError('LAYER_UNSAFE', `the entry "${shownName(entryName)}" names "${shownName(path)}", which has ".." in it`);
  }
  return parts;
}

const LARGEST_ID = 0xff_ff_ff_fe;
const LATEST = 2 ** 40;

/** Refuses owners, times and device numbers that no file system takes. */
export function checkNumbers({ name, uid, gid, mtime, major, minor }: LayerEntry): void {
  const valid = (id: number) => id >= 0 && id <= LARGEST_ID;
  if (valid(uid) && valid(gid) && Math.abs(mtime) < LATEST && major >= 0 && minor >= 0) return;
  throw new LayerError('LAYER_UNUSABLE', `the entry "${shownName(name)}" has an owner, a time or a device number that is not valid`);
}
