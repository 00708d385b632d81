import { type FileHandle, mkdir, open, rm, rmdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { explainFileError } from './file-errors.ts';
import { EntryPacker, JOURNAL_MAGIC, JOURNAL_VERSION, type JournalEntry, lineOf, type PackedEntry } from './journal.ts';
import type { RecordHead } from './schema-head.ts';

/** Entries that may wait for the disk: a minute's. A disk that is further behind does not catch up, and memory is not to grow. */
const MOST_WAITING = 60;

/** What a journal needs to know. */
export interface JournalOptions {
  /** Where the journal of a run goes. */
  readonly pathOf: (head: RecordHead) => string;
  /** Called once, when there can be no journal, or no more of one: why. The run goes on. */
  readonly onTrouble: (why: string) => void;
}

/**
 * The journal of one run, as a file. Nothing is written before the first entry, a head. An entry is on the disk, safe from a power cut, a
 * moment after it was given: the next ones wait for it, and are then written together.
 */
export class JournalFile {
  readonly #options: JournalOptions;
  readonly #packer = new EntryPacker();
  #waiting: PackedEntry[] = [];
  #writing: Promise<void> | undefined;
  #file: FileHandle | undefined;
  #path: string | undefined;
  /** The first folder that was made for it. */
  #madeFolder: string | undefined;
  #intervals = 0;
  #begun = false;
  #over = false;
  #broken = false;

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  /** The file; undefined when none was made. */
  get path(): string | undefined {
    return this.#path;
  }

  /** Intervals in the file. */
  get intervals(): number {
    return this.#intervals;
  }

  /** Whether it had to be given up: it holds only the beginning of the run. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Takes an entry. Never throws; does nothing before the head, and after a trouble. */
  append(entry: JournalEntry): void {
    this.#begun ||= entry.kind === 'head';
    if (!this.#begun || this.#over) return;
    if (this.#waiting.length >= MOST_WAITING) {
      this.#giveUp('the disk does not keep up');
      return;
    }
    this.#waiting.push(this.#packer.pack(entry));
    this.#writing ??= this.#write();
  }

  /** Waits until all is written, and closes the file. */
  async close(): Promise<void> {
    await this.#writing;
    this.#over = true;
    await this.#file?.close().catch(() => {}); // what was written is synced
    this.#file = undefined;
  }

  /** Closes the file and removes it, and the folders that were made for it unless they hold something else. */
  async remove(): Promise<void> {
    await this.close();
    if (this.#path === undefined) return;
    const path = this.#path;
    this.#path = undefined;
    await rm(path, { force: true }).catch(() => {}); // a journal too many does no harm
    if (this.#madeFolder === undefined) return;
    const top = resolve(this.#madeFolder);
    for (let folder = dirname(resolve(path)); folder.startsWith(top); folder = dirname(folder)) {
      const gone = await rmdir(folder).then(
        () => true,
        () => false, // something else is in it by now
      );
      if (!gone) return;
    }
  }

  async #write(): Promise<void> {
    try {
      while (this.#waiting.length > 0 && !this.#over) {
        const entries = this.#waiting;
        this.#waiting = [];
        this.#file ??= await this.#open(entries[0]);
        let text = '';
        for (const entry of entries) text += await lineOf(entry); // one after the other: the load needs the thread pool, too
        await this.#file.writeFile(text);
        await this.#file.datasync();
        this.#intervals += entries.filter((entry) => entry.kind === 'interval').length;
      }
    } catch (error) {
      this.#giveUp(explainFileError(error));
    }
    this.#writing = undefined; // in the same turn as the last look at what waits, or an entry in between would stay behind
  }

  async #open(first: PackedEntry | undefined): Promise<FileHandle> {
    if (first?.kind !== 'head') throw new Error('a journal begins with its head');
    const path = this.#options.pathOf(first.head);
    const folder = dirname(path);
    this.#madeFolder = await mkdir(folder, { recursive: true });
    const file = await open(path, 'wx');
    this.#path = path;
    await file.writeFile(`${JOURNAL_MAGIC} ${JOURNAL_VERSION}\n`);
    // Or the file's name would not outlast a power cut. Not every system opens folders.
    const entry = await open(folder, 'r').catch(() => undefined);
    await entry?.sync().catch(() => {});
    await entry?.close();
    return file;
  }

  #giveUp(why: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#broken = true;
    this.#waiting = [];
    this.#options.onTrouble(why);
  }
}
