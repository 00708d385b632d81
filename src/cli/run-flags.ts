import { CHOICES, flagOf, K6_REFUSED, OPTION_GROUPS, OPTION_ROWS, type OptionName, type OptionRow } from '../scenario/index.ts';
import type { CommandSpec, FlagSpec } from './flags.ts';

/** How the values of --out begin. */
const OUTPUT_FORMS = ['json=', 'csv=', 'prometheus'];

/** The flags that the option table gives `run` and `inspect`, in the order of the help. */
const RUN_FLAGS: readonly FlagSpec[] = OPTION_GROUPS.flatMap((group) =>
  OPTION_ROWS.filter(([, row]) => row.group === group).flatMap(([name, row]) => specOf(name, row)),
);

function specOf(name: OptionName, row: OptionRow): FlagSpec[] {
  const flag = flagOf(row);
  const choices = name === 'out' ? OUTPUT_FORMS : CHOICES[row.kind];
  return flag === undefined
    ? []
    : [{ ...flag, doc: row.doc, group: row.group, repeat: row.repeat ?? false, ...(choices === undefined ? {} : { choices }) }];
}

const K6_FLAGS: readonly FlagSpec[] = K6_REFUSED.flatMap(({ flag, reason }) => {
  const taken = flag === undefined ? undefined : flagOf({ flag });
  return taken === undefined ? [] : [{ ...taken, doc: reason }];
});

/** `loadreg run`. */
export const RUN_SPEC: CommandSpec = {
  usage: 'loadreg run <scenario>',
  summary: 'Runs a scenario: the path of a file, or the name of a ready one (loadreg run smoke).',
  positionals: ['scenario'],
  flags: RUN_FLAGS,
  refused: K6_FLAGS,
  epilogue:
    'Every flag has an environment variable: LOADREG_VUS, LOADREG_REPO_PREFIX; where a flag may be repeated, its values stand in a line ' +
    'each. Order: default, config file, scenario, environment, flag; the last one given counts. Exit codes: loadreg help exit-codes.',
};

/** `loadreg inspect`. */
export const INSPECT_SPEC: CommandSpec = {
  usage: 'loadreg inspect <scenario>',
  summary: 'Prints the consolidated options of a scenario as JSON, or every problem at once. Runs nothing.',
  positionals: ['scenario'],
  flags: RUN_FLAGS,
  refused: K6_FLAGS,
};
