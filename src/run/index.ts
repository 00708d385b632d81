export { type Baseline, needsBaseline, resolveBaseline } from './baseline.ts';
export type * from './hooks.ts';
export { type Requirements, requirementsOf } from './requirements.ts';
export { type RecoveredRun, recoverRun } from './recover.ts';
export { runLoad } from './run.ts';
export { INTERVAL_MS } from './run-slice.ts';
export { testOptions } from './test-options.ts';
