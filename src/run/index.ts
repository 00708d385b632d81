export type * from './hooks.ts';
export type * from './plan.ts';
export { runLoad } from './run.ts';
