import yargs, { type Argv, type Options } from 'yargs';

import { InvalidConfigError, type Problem } from '../base/index.ts';

/** A flag as the help shows it. */
export interface FlagSpec {
  readonly name: string;
  readonly short?: string | undefined;
  /** Placeholder of its value, in brackets when it may be left out; undefined for a switch. */
  readonly value?: string | undefined;
  readonly doc: string;
  /** Heading in the help. */
  readonly group?: string;
  readonly repeat?: boolean;
  /** Values that shells offer. */
  readonly choices?: readonly string[];
  /** Not in the help. */
  readonly hidden?: boolean;
}

/** What a command takes. */
export interface CommandSpec {
  /** `loadreg run <scenario>`. */
  readonly usage: string;
  readonly summary: string;
  /** Names of its positional arguments, all of them required. */
  readonly positionals: readonly string[];
  readonly flags: readonly FlagSpec[];
  /** Flags that people bring along from k6 and that are not taken; the doc says why. */
  readonly refused?: readonly FlagSpec[];
  /** After the flags. */
  readonly epilogue?: string;
}

/** Arguments, taken apart and not looked at yet. */
export interface ParsedArgs {
  readonly positionals: readonly string[];
  /** By name without dashes: text, true or false, or texts where the flag may be repeated. The last one of several counts. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** `--help` was given: show it and do nothing. */
  readonly help: boolean;
}

/** Takes arguments apart. Throws InvalidConfigError that lists every unknown flag, with the nearest name, and wrong positionals. */
export async function parseArgs(args: readonly string[], spec: CommandSpec): Promise<ParsedArgs> {
  const given = args.map((arg) => withoutValue(spec, arg));
  const { _: rest, $0: _name, ...flags } = (await parserFor(spec, given).parse()) as { _: (string | number)[]; [flag: string]: unknown };
  if (flags['help'] === true) return { positionals: [], flags: {}, help: true };
  const problems: Problem[] = [];
  const known = spec.flags.filter((flag) => flag.hidden !== true).map((flag) => flag.name);
  for (const name of Object.keys(flags)) {
    if (name === 'help' || spec.flags.some((flag) => flag.name === name)) continue;
    const refused = spec.refused?.find((flag) => flag.name === name);
    if (refused !== undefined) {
      problems.push({ where: `--${name}`, what: 'not taken here', fix: refused.doc });
      continue;
    }
    const { didYouMean } = await import('../scenario/index.ts'); // not needed when all is well
    const near = name.length > 1 ? didYouMean(name, known) : undefined;
    const fix = near?.replace("'", "'--") ?? `${spec.usage.split(' <')[0]} --help lists the flags`;
    problems.push({ where: `${name.length > 1 ? '--' : '-'}${name}`, what: 'unknown flag', fix });
  }
  const positionals = rest.map(String);
  if (positionals.length < spec.positionals.length) {
    const missing = spec.positionals.slice(positionals.length).map((name) => `<${name}>`);
    problems.push({ where: spec.usage, what: `${missing.join(' and ')} missing` });
  }
  for (const extra of positionals.slice(spec.positionals.length)) {
    problems.push({ where: extra, what: 'one argument too many', fix: spec.usage });
  }
  if (problems.length > 0) throw new InvalidConfigError(problems);
  return {
    positionals,
    flags: Object.fromEntries(Object.entries(flags).map(([name, value]) => [name, lastOf(spec, name, value)])),
    help: false,
  };
}

function parserFor(spec: CommandSpec, args: readonly string[]): Argv {
  const parser = yargs([...args])
    .parserConfiguration({
      'boolean-negation': false, // --no-setup is a flag of its own
      'camel-case-expansion': false,
      'dot-notation': false,
      'greedy-arrays': false, // -e A=1 scenario.ts
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'strip-aliased': true,
    })
    .version(false)
    .help(false)
    .exitProcess(false)
    .option('help', { alias: 'h', type: 'boolean' });
  // Those that are refused too, so that their values are not taken for arguments.
  for (const flag of [...spec.flags, ...(spec.refused ?? [])]) parser.option(flag.name, optionFor(flag));
  return parser;
}

/** A flag whose value may be left out does not take the next argument for it: its value comes with `=`, as in k6. */
function withoutValue({ flags }: CommandSpec, arg: string): string {
  const alone = flags.some((flag) => flag.value?.startsWith('[') === true && arg === `--${flag.name}`);
  return alone ? `${arg}=` : arg;
}

function optionFor(flag: FlagSpec): Options {
  const alias = flag.short === undefined ? {} : { alias: flag.short };
  if (flag.value === undefined) return { ...alias, type: 'boolean' };
  // Values stay texts: they are parsed, and complained about, in one place for flags, environment and files.
  return flag.repeat === true ? { ...alias, array: true, string: true } : { ...alias, type: 'string' };
}

function lastOf(spec: CommandSpec, name: string, value: unknown): unknown {
  const repeat = spec.flags.find((flag) => flag.name === name)?.repeat === true;
  return Array.isArray(value) && !repeat ? value.at(-1) : value;
}
