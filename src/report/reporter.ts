import type { RunRecord } from '../record/index.ts';
import type { Paint } from './paint.ts';

/** How much a report for people shows: `compact` leaves out the phases and the results by scenario; `disabled` shows nothing. */
export type SummaryMode = 'compact' | 'full' | 'disabled';

/** What a reporter may be told. */
export interface ReportOptions {
  /** Colours of a report for people. Default: none. */
  readonly paint?: Paint;
  /** Statistics of trends (`avg`, `p(95)`, …). Default: what the run was asked for. */
  readonly trendStats?: readonly string[];
  /** Default `full`. */
  readonly mode?: SummaryMode;
}

/** A finished report. */
export interface Report {
  readonly body: string;
  readonly mediaType: string;
}

/**
 * Turns a run record into a report. Pure: it learns neither how the run was made nor where the report goes. Verdicts come from the
 * record, so that every format agrees.
 */
export type Reporter = (record: RunRecord, options: ReportOptions) => Report;
