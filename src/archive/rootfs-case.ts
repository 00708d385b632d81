import { isUtf8 } from 'node:buffer';
import type { RootfsTree } from './rootfs-tree.ts';

/** How many names of a tree differ from another one in the same folder in upper and lower case only. */
export function countCaseCollisions(tree: RootfsTree): number {
  let collisions = 0;
  const open = [''];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const { names, folders } = tree.entries(path);
    collisions += names.length - new Set(names.map(folded)).size;
    for (const name of folders) open.push(path === '' ? name : `${path}/${name}`);
  }
  return collisions;
}

/** Names are bytes, one a character. Those that are no UTF-8 have no case. */
function folded(name: string): string {
  const bytes = Buffer.from(name, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8').toLowerCase() : `\0${name}`;
}
