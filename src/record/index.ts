export { buildRecord, rateWindow, type LoadTimes, type RecordInput, type RunEnd, type ThresholdResult } from './build.ts';
export { environmentId, readEnvironment } from './environment.ts';
export { exitOf } from './exit.ts';
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
export type { Row, TrendRow } from './schema-rows.ts';
export type { Environment, RecordedOptions, Target } from './schema-setting.ts';
export { type Distribution, mergeTrends, rowsOf, sumCounters, sumRates, unpackTrend, type Wanted } from './select.ts';
export { readRecord, recordText, storeFile, storeRecord } from './store.ts';
export { workloadHash } from './workload-hash.ts';
