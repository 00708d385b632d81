export type { OutputThreshold } from './output.ts';
export { openOutputs, type Outputs } from './outputs.ts';
export { outputProblems } from './parse.ts';
