export type * from './hooks.ts';
export { runLoad } from './run.ts';
