import { json } from './json.ts';
import type { Reporter } from './reporter.ts';
import { summaryExport } from './summary-export.ts';
import { text } from './text.ts';

export { type Paint } from './paint.ts';
export type { Report, Reporter, ReportOptions, SummaryMode } from './reporter.ts';
export { type SummaryState, summaryData } from './summary-data.ts';

/** Names of the reporters. */
export const REPORTER_NAMES = ['json', 'text', 'summary-export'] as const;
/** Name of a reporter. */
export type ReporterName = (typeof REPORTER_NAMES)[number];

/** The one list of reporters: a name without one does not compile. */
export const reporters: Record<ReporterName, { readonly extensions: readonly string[]; readonly report: Reporter }> = {
  json: { extensions: ['.json', '.json.gz'], report: json },
  text: { extensions: ['.txt', '.txt.gz'], report: text },
  // Asked for by name: its files end as those of records do.
  'summary-export': { extensions: [], report: summaryExport },
};

/** Every extension that `--report FILE` takes. */
export const reportExtensions: readonly string[] = REPORTER_NAMES.flatMap((name) => reporters[name].extensions);

/** The reporter that writes files of this name, by its extension; undefined when there is none. */
export function reporterForFile(path: string): ReporterName | undefined {
  const lower = path.toLowerCase();
  return REPORTER_NAMES.find((name) => reporters[name].extensions.some((extension) => lower.endsWith(extension)));
}
