import { join } from 'node:path';

import { LoadregError } from '../base/index.ts';
import { type RunRecord, storeFile } from '../record/index.ts';
import { reporterForFile, type ReporterName, reporters } from '../report/index.ts';

/** A file to write. */
interface ReportFile {
  readonly path: string;
  readonly reporter: ReporterName;
}

/** What became of the files. */
export interface WrittenReports {
  readonly written: readonly string[];
  /** Those that could not be written: why, and the text that was to stand in them. */
  readonly failed: readonly { readonly error: LoadregError; readonly body: string }[];
}

/** The files that a run leaves: those of `--report`, or `<name>-<time>.json` and `.txt` in `folder`. */
export function reportFiles(record: RunRecord, given: readonly string[] | undefined, folder: string): string[] {
  if (given !== undefined && given.length > 0) return [...given];
  const stem = reportStem(record, folder);
  return [`${stem}.json`, `${stem}.txt`];
}

/** What the files of a run have in common: `reports/pull-heavy-20261124T131500.123Z`. */
export function reportStem({ name, startedAt }: Pick<RunRecord, 'name' | 'startedAt'>, folder: string): string {
  return join(folder, `${fileName(name)}-${fileTime(startedAt)}`);
}

/**
 * Writes the record in the format of each file's extension, and `summaryExport` in k6's. One that cannot be written does not keep the others
 * from it.
 */
export async function writeReports(record: RunRecord, paths: readonly string[], summaryExport?: string): Promise<WrittenReports> {
  const written: string[] = [];
  const failed: { error: LoadregError; body: string }[] = [];
  const files = paths.map(withReporter);
  if (summaryExport !== undefined) files.push({ path: summaryExport, reporter: 'summary-export' });
  for (const { path, reporter } of files) {
    const { body } = reporters[reporter].report(record, { mode: 'full' });
    try {
      await storeFile(path, body);
      written.push(path);
    } catch (error) {
      if (!(error instanceof LoadregError)) throw error;
      failed.push({ error, body });
    }
  }
  return { written, failed };
}

function withReporter(path: string): ReportFile {
  const reporter = reporterForFile(path);
  if (reporter === undefined) throw new Error(`${path} was not validated`);
  return { path, reporter };
}

/** A run's name as the beginning of a file name. */
function fileName(name: string): string {
  return name.replaceAll(/[^\w.-]+/g, '-').replace(/^[.-]+/, '') || 'run';
}

/** `20261124T131500.123Z`: sorts by time, has no colon, which some file systems refuse, and tells two runs apart that start side by side. */
function fileTime(iso: string): string {
  return iso.replaceAll(/[-:]/g, '');
}
