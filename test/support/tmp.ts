import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { atEnd } from './at-end.ts';

/** Files to write: path inside the folder to content. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** A new temporary folder with the files given; it removes itself when the test file is done. */
export function tmpFolder(files: Files = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'loadreg-test-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  writeFiles(folder, files);
  return folder;
}

/** Writes files into a folder, with the folders they need. */
function writeFiles(folder: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}
