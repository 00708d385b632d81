export { findScenario, readyScenarios } from './find.ts';
export { displayPath, type FrameFinder } from './frames.ts';
export { type BaseUrl, type Connections, KINDS } from './kinds.ts';
export { type LoadedScenario, loadScenario } from './load.ts';
export { didYouMean, nearestName } from './nearest.ts';
export {
  envName,
  flagOf,
  OPTION_GROUPS,
  OPTION_ROWS,
  OPTIONS,
  type OptionName,
  type OptionRow,
  type OptionValues,
} from './option-table.ts';
export { type Consolidated, type ConsolidateInput, consolidate } from './options.ts';
export type * from './types.ts';
