import { shown } from '../base/index.ts';
import { MissingContentError, type Refuse } from './read-error.ts';

/** What lies under a name of an archive, as far as links go. */
export interface Node {
  readonly kind: 'file' | 'folder' | 'symlink' | 'hard-link' | 'special';
  /** What a link points to. */
  readonly target: string;
}

/** Links that one name may lead through. */
const MOST_LINKS = 40;

/** A name of an archive without `.` and empty parts. Refuses absolute names and `..`. '' is the root. */
export function cleanName(name: string, refuse: Refuse): string {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (name.startsWith('/')) throw refuse(`holds the absolute name "${shown(name)}"`);
  if (parts.includes('..')) throw refuse(`holds the name "${shown(name)}", which leads out of it`);
  return parts.join('/');
}

/**
 * Follows links from a name to what is no link, within the archive: symbolic links from the folder they lie in, hard links from the root. Refuses
 * absolute targets, those that lead out of the archive, and circles. Undefined when there is nothing under the name; a link to nothing
 * is refused.
 */
export async function resolveName<T extends Node>(
  name: string,
  lookUp: (name: string) => Promise<T | undefined> | T | undefined,
  refuse: Refuse,
): Promise<{ readonly name: string; readonly node: T } | undefined> {
  let at: string[] = [];
  let ahead = cleanName(name, refuse).split('/');
  let links = 0;
  while (ahead.length > 0) {
    const [part = '', ...rest] = ahead;
    ahead = rest;
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (at.length === 0) throw refuse(`"${shown(name)}" is a link that leads out of it`);
      at = at.slice(0, -1);
      continue;
    }
    const path = [...at, part].join('/');
    const node = await lookUp(path);
    if (node?.kind !== 'symlink' && node?.kind !== 'hard-link') {
      at = [...at, part];
      continue;
    }
    links += 1;
    if (links > MOST_LINKS) throw refuse(`"${shown(name)}" is a link that leads round in a circle`);
    if (node.target.startsWith('/')) throw refuse(`"${shown(path)}" is a link to the absolute name "${shown(node.target)}"`);
    if (node.kind === 'hard-link') at = [];
    ahead = [...node.target.split('/'), ...rest];
  }
  const found = at.join('/');
  const node = await lookUp(found);
  if (node !== undefined) return { name: found, node };
  if (links === 0) return undefined;
  throw new MissingContentError(refuse(`"${shown(name)}" is a link to "${shown(found)}", which is missing`).message);
}
