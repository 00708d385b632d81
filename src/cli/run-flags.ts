import { flagOf, OPTION_GROUPS, OPTION_ROWS, type OptionRow } from '../scenario/index.ts';
import type { CommandSpec, FlagSpec } from './flags.ts';

/** The flags that the option table gives `run` and `inspect`, in the order of the help. */
const RUN_FLAGS: readonly FlagSpec[] = OPTION_GROUPS.flatMap((group) =>
  OPTION_ROWS.filter(([, row]) => row.group === group).flatMap(([, row]) => specOf(row)),
);

function specOf(row: OptionRow): FlagSpec[] {
  const flag = flagOf(row);
  return flag === undefined ? [] : [{ ...flag, doc: row.doc, group: row.group, repeat: row.repeat ?? false }];
}

/** `loadreg run`. */
export const RUN_SPEC: CommandSpec = {
  usage: 'loadreg run <scenario>',
  summary: 'Runs a scenario: the path of a file, or the name of a ready one (loadreg run smoke).',
  positionals: ['scenario'],
  flags: RUN_FLAGS,
  epilogue:
    'Every flag but --env and --password-stdin has an environment variable: LOADREG_VUS, LOADREG_REPO_PREFIX. Order: default, config file, ' +
    'scenario, environment, flag; the last one given counts. Exit codes: loadreg help exit-codes.',
};

/** `loadreg inspect`. */
export const INSPECT_SPEC: CommandSpec = {
  usage: 'loadreg inspect <scenario>',
  summary: 'Prints the consolidated options of a scenario as JSON, or every problem at once. Runs nothing.',
  positionals: ['scenario'],
  flags: RUN_FLAGS,
};
