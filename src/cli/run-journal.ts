import type { Logger } from '../base/index.ts';
import { JournalFile } from '../record/index.ts';
import { reportStem } from './reports.ts';

/** The journal of a run, beside its default reports. */
export function openRunJournal(folder: string, log: Logger): JournalFile {
  return new JournalFile({
    pathOf: (head) => `${reportStem(head, folder)}.journal`,
    onTrouble: (why) =>
      log.warn(`the journal cannot be written: ${why}; the run goes on, but what it measures from here on would be lost if it were killed`),
  });
}

/** What becomes of a journal whose run has left no report: how to make one of it. Empty when there is nothing to make one of. */
export function keptJournal(journal: JournalFile): string {
  if (journal.path === undefined || journal.intervals === 0) return '';
  const part = journal.broken ? `, though only of the first ${journal.intervals} intervals` : '';
  return `the journal is kept${part}: loadreg report --recover ${journal.path} makes a report of it\n`;
}
