export { isOpenModel } from './arrivals.ts';
export { recordHead } from './build-head.ts';
export { buildRecord, completeRecord, rateWindow, type LoadTimes, type RecordInput, type RunEnd, type ThresholdResult } from './build.ts';
export { environmentId, readEnvironment } from './environment.ts';
export { exitOf } from './exit.ts';
export { type JournalEntry } from './journal.ts';
export { readJournal } from './journal-read.ts';
export { JournalFile } from './journal-write.ts';
export { jsonSchema } from './json-schema.ts';
export { parseRecord } from './parse.ts';
export {
  type AbortCause,
  type FailureCause,
  type Outcome,
  type RecordedAgent,
  type RecordedCheck,
  type RecordedError,
  type RecordedSlice,
  type RecordedThreshold,
  type RecordedWindow,
  type RunRecord,
} from './schema.ts';
export type { RecordedArrivals } from './schema-arrivals.ts';
export type { RecordHead } from './schema-head.ts';
export type { Row, TrendRow } from './schema-rows.ts';
export type { Environment, RecordedOptions, Target } from './schema-setting.ts';
export { type Distribution, mergeTrends, rowsOf, sumCounters, sumRates, unpackTrend, type Wanted } from './select.ts';
export { statisticOf } from './statistic.ts';
export { readRecord, recordText, storeFile, storeRecord } from './store.ts';
export { workloadHash } from './workload-hash.ts';
