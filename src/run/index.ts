export type * from './hooks.ts';
export { runLoad } from './run.ts';
export { INTERVAL_MS } from './run-slice.ts';
