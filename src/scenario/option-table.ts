import type { KindValues } from './kinds.ts';
import { IMAGES_OPTIONS } from './option-groups/images.ts';
import { LOAD_OPTIONS } from './option-groups/load.ts';
import { NETWORK_OPTIONS } from './option-groups/network.ts';
import { OUTPUT_OPTIONS } from './option-groups/output.ts';
import { REGISTRY_OPTIONS } from './option-groups/registry.ts';
import { REPORT_OPTIONS } from './option-groups/report.ts';
import { RUN_OPTIONS } from './option-groups/run.ts';
import type { OptionRow } from './option-row.ts';

export { OPTION_GROUPS, type OptionRow } from './option-row.ts';

/**
 * Every option of `loadreg run`, once: a row in one of the files of `option-groups/`. Names, flags and meanings are k6's where k6 has them.
 * Secrets are never flags: everyone on a machine can read its command lines.
 */
export const OPTIONS = {
  ...LOAD_OPTIONS,
  ...REGISTRY_OPTIONS,
  ...NETWORK_OPTIONS,
  ...IMAGES_OPTIONS,
  ...RUN_OPTIONS,
  ...REPORT_OPTIONS,
  ...OUTPUT_OPTIONS,
} as const satisfies Record<string, OptionRow>;

/** A flag taken apart. */
export interface Flag {
  readonly name: string;
  readonly short: string | undefined;
  /** Placeholder of its value; undefined for a switch. */
  readonly value: string | undefined;
}

/** The flag of an option, or undefined when it has none. */
export function flagOf(row: OptionRow | { readonly flag: string }): Flag | undefined {
  const match = row.flag === undefined ? null : /^(?:-(\w), )?--([\w-]+)(?: (.+))?$/.exec(row.flag);
  return match === null ? undefined : { name: match[2] as string, short: match[1], value: match[3] };
}

/** Environment variable of an option: `LOADREG_` and its name in upper snake case. */
export function envName(option: OptionName): string {
  const words = option.replaceAll(/([a-z])([A-Z])/g, '$1_$2').replaceAll(/([A-Z])([A-Z][a-z]{2,})/g, '$1_$2'); // TLS_Verify, VUs
  return `LOADREG_${words.toUpperCase()}`;
}

/** Name of an option: in files, and in messages. */
export type OptionName = keyof typeof OPTIONS;

/** Parsed values, by option. */
export type OptionValues = { readonly [N in OptionName]?: KindValues[(typeof OPTIONS)[N]['kind']] };

/** All rows with their names, in the order of the table. */
export const OPTION_ROWS = Object.entries(OPTIONS) as readonly (readonly [OptionName, OptionRow])[];
