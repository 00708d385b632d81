import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { codeOf, LoadregError } from '../base/index.ts';
import { explainFileError } from './file-errors.ts';
import { parseRecord } from './parse.ts';
import type { RunRecord } from './schema.ts';

// With the journal the only files of `record` and `report` that touch the disk.

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** A record as the text of its file. */
export function recordText(record: RunRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/** Writes a record; a name that ends in `.gz` is compressed. Folders are made. Errors as in {@link storeFile}. */
export async function storeRecord(path: string, record: RunRecord): Promise<void> {
  await storeFile(path, recordText(record));
}

/**
 * Writes a file whole or not at all: readers see the old content or the new one. A name that ends in `.gz` is compressed. Folders are made.
 * Throws LoadregError (exit `reportNotWritten`) when the disk is full, the folder is not ours to write, and the like.
 */
export async function storeFile(path: string, body: string | Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await replaceFile(path, path.endsWith('.gz') ? await compress(body) : body);
  } catch (error) {
    throw new LoadregError(`${path} could not be written: ${explainFileError(error)}`, {
      exit: 'reportNotWritten',
      hint: 'make room, or give another file with --report',
      cause: error,
    });
  }
}

/** Reads a record, `.json` or `.json.gz`. Throws LoadregError (exit `invalidConfig`) when it is missing, damaged or too new. */
export async function readRecord(path: string): Promise<RunRecord> {
  let text: string;
  try {
    const bytes = await readFile(path);
    // By its content, not its name: files are renamed, and servers unpack what they hand out.
    const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
    text = (packed ? await decompress(bytes) : bytes).toString('utf8');
  } catch (error) {
    const hint = codeOf(error) === 'ENOENT' ? 'look at the name; loadreg run writes to reports/ by default' : undefined;
    throw new LoadregError(`${path} could not be read: ${explainFileError(error)}`, {
      exit: 'invalidConfig',
      cause: error,
      ...(hint === undefined ? {} : { hint }),
    });
  }
  return parseRecord(text, path);
}

async function replaceFile(name: string, body: string | Uint8Array): Promise<void> {
  const path = await realpath(name).catch(() => name); // a link stays a link
  const old = await stat(path).catch(() => undefined);
  if (old !== undefined && !old.isFile() && !old.isDirectory()) return writeFile(path, body); // a device or pipe must not be replaced by a file
  // In the same folder, because a rename is atomic only within one file system.
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(body);
      await file.sync(); // or a power cut after the rename could leave an empty file under the final name
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {}); // the first error is the one to tell
    throw error;
  }
}
