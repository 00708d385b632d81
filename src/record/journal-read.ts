import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { codeOf, LoadregError } from '../base/index.ts';
import { explainFileError } from './file-errors.ts';
import { EntryUnpacker, JOURNAL_MAGIC, JOURNAL_VERSION, type JournalEntry } from './journal.ts';
import { recordHeadSchema } from './schema-head.ts';

/** How much of a journal could be read. */
export interface JournalRead {
  /** Number of the first line that is damaged and not the last one, and how many follow it; undefined when all is well. */
  readonly damaged: { readonly line: number; readonly after: number } | undefined;
}

/**
 * Gives out the entries of a journal one by one, the head first, as far as they are whole: a last line that was cut short is what a killed
 * run leaves. Throws LoadregError (exit `invalidConfig`) when the file cannot be read or is no journal of this version.
 */
export async function readJournal(path: string, onEntry: (entry: JournalEntry) => void): Promise<JournalRead> {
  await checkMagic(path);
  const unpacker = new EntryUnpacker();
  let line = 0;
  let damagedAt: number | undefined;
  for await (const text of linesOf(path)) {
    line += 1;
    if (line === 1 || damagedAt !== undefined) continue;
    const entry = unpack(unpacker, text);
    if (entry === undefined || (line === 2 && !isHead(entry))) damagedAt = line;
    else onEntry(entry);
  }
  if (line === 1) throw invalid(`${path} holds nothing: the run ended before anything was measured`);
  if (damagedAt === 2) throw invalid(`${path} is damaged: its head cannot be read`, 'without its head nothing can be made of it');
  return { damaged: damagedAt === undefined || damagedAt === line ? undefined : { line: damagedAt, after: line - damagedAt } };
}

async function checkMagic(path: string): Promise<void> {
  const start = await readStart(path);
  if (start === '') throw invalid(`${path} is empty: the run ended before anything was measured`);
  const [first = ''] = start.split('\n');
  const match = new RegExp(`^${JOURNAL_MAGIC} (\\d+)$`).exec(first);
  if (match === null) {
    const isRecord = start.startsWith('{') || start.startsWith('\u001f');
    throw invalid(
      `${path} is no journal of loadreg`,
      isRecord ? 'loadreg report without --recover takes a run record' : 'give a .journal file that loadreg run has left',
    );
  }
  if (Number(match[1]) !== JOURNAL_VERSION) {
    throw invalid(
      `${path} is a journal of version ${match[1]}, and this loadreg reads version ${JOURNAL_VERSION}`,
      'use the loadreg that wrote it',
    );
  }
}

async function readStart(path: string): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
      return buffer.toString('latin1', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    const hint = codeOf(error) === 'ENOENT' ? 'a run that wrote its report has removed its journal' : undefined;
    throw invalid(`${path} could not be read: ${explainFileError(error)}`, hint, error);
  }
}

/** Lines, and what stands after the last line break. Split at line feeds only: texts within may hold the other separators of Unicode. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let rest: Buffer[] = [];
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      yield Buffer.concat([...rest, chunk.subarray(from, end)]).toString('utf8');
      rest = [];
      from = end + 1;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
  if (rest.length > 0) yield Buffer.concat(rest).toString('utf8');
}

function unpack(unpacker: EntryUnpacker, line: string): JournalEntry | undefined {
  try {
    return unpacker.unpack(line);
  } catch {
    return undefined; // a checksum can be right by chance, or by intent
  }
}

function isHead(entry: JournalEntry): boolean {
  return entry.kind === 'head' && recordHeadSchema.safeParse(entry.head).success;
}

function invalid(message: string, hint?: string, cause?: unknown): LoadregError {
  return new LoadregError(message, { exit: 'invalidConfig', cause, ...(hint === undefined ? {} : { hint }) });
}
