import type { KindName } from './kinds.ts';

/** Headings of the help, in order. */
export const OPTION_GROUPS = ['Load', 'Registry', 'Images', 'Run', 'Report', 'Output'] as const;

/** One option: everything that the flags, the environment, files, validation and the help need to know of it. */
export interface OptionRow {
  readonly kind: KindName;
  readonly group: (typeof OPTION_GROUPS)[number];
  /** For the help, with the default. */
  readonly doc: string;
  /** Files that may hold it: a scenario's `options` and the config file, the config file only, or none. */
  readonly file?: 'scenario' | 'config';
  /** `-d, --duration TIME`: short name if any, name, and a placeholder for the value unless it is a switch. See {@link flagOf}. */
  readonly flag?: string;
  /** The flag may be given several times. */
  readonly repeat?: true;
  /** May be set in the environment, as {@link envName} says. */
  readonly env?: true;
  /** Never shown, not even when it is wrong. */
  readonly secret?: true;
}
