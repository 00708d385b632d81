import { closeSync, existsSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Change } from './contents.ts';

/** Where changes are written down. */
export interface Journal {
  append(change: Change): void;
  close(): void;
}

/** For a folder that is removed at the end: nothing to remember. */
export const noJournal: Journal = { append() {}, close() {} };

/**
 * The changes that `dir` remembers, oldest first. A last line that was cut off by a crash is left out: its request was never answered.
 */
export function readJournal(dir: string): Change[] {
  const path = journalPath(dir);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  lines.pop();
  return lines.map((line) => JSON.parse(line) as Change);
}

/**
 * Starts the journal of `dir` afresh from the changes given, and goes on from there. The old one stays until the new one is complete.
 * A change is one write of one line: small enough that waiting for the page cache costs less than a queue would.
 */
export function startJournal(dir: string, changes: Iterable<Change>): Journal {
  const path = journalPath(dir);
  const fresh = `${path}.new`;
  const file = openSync(fresh, 'w', 0o600);
  const append = (change: Change) => void writeSync(file, `${JSON.stringify(change)}\n`);
  for (const change of changes) append(change);
  renameSync(fresh, path);
  return { append, close: () => closeSync(file) };
}

function journalPath(dir: string): string {
  return join(dir, 'contents.jsonl');
}
