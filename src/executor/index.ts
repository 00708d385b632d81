export { GRACE_IS_OVER } from './closed-loop.ts';
export { goDuration } from './describe.ts';
export * from './executor.ts';
export * from './options.ts';
export * from './parse.ts';
export * from './slice.ts';
export * from './table.ts';
