export * from './clock.ts';
export * from './error.ts';
export * from './exit-codes.ts';
export * from './log.ts';
export * from './printable.ts';
export * from './random.ts';
export * from './shown.ts';
export * from './units.ts';
