export { CHOICES } from './choices.ts';
export type { Config } from './config.ts';
export { type ConfigFile, loadConfigFile } from './config-file.ts';
export { findScenario, readyScenarios } from './find.ts';
export { displayPath, type FrameFinder, type StackFinder } from './frames.ts';
export { K6_COMMANDS, K6_REFUSED, type Refusal } from './k6-refused.ts';
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
export { checkTags } from './scenario-plan.ts';
export type * from './types.ts';
