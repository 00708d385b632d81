import { EXIT_CODES, InvalidConfigError } from '../base/index.ts';
import { COMMANDS, type CommandName } from './commands.ts';
import { reportError } from './errors.ts';

/** Commands whose `--json` is an object on stdout, however they end. */
const TELLS_AS_JSON: ReadonlySet<string> = new Set(['pull', 'push'] satisfies CommandName[]);

/** Runs the command that the arguments name and returns what the process exits with. Never throws. */
export async function dispatch(args: readonly string[]): Promise<number> {
  const [name, ...rest] = withoutAliases(args);
  try {
    if (!Object.hasOwn(COMMANDS, name)) throw await unknownCommand(name);
    const { command } = await COMMANDS[name as CommandName].load();
    const exit = await command(rest);
    return EXIT_CODES[exit].code;
  } catch (error) {
    if (TELLS_AS_JSON.has(name) && rest.some((argument) => /^--json(?:=true)?$/.test(argument))) {
      const { failAsJson } = await import('./transfer-result.ts');
      failAsJson(name, error);
    }
    return reportError(error);
  }
}

/** `loadreg`, `loadreg --help` and `loadreg --version`, as people try them. */
function withoutAliases([first = 'help', ...rest]: readonly string[]): [string, ...string[]] {
  if (first === '--help' || first === '-h') return ['help', ...rest];
  if (first === '--version' || first === '-V') return ['version', ...rest];
  return [first, ...rest];
}

async function unknownCommand(name: string): Promise<InvalidConfigError> {
  const { didYouMean, K6_COMMANDS } = await import('../scenario/index.ts');
  const reason = Object.hasOwn(K6_COMMANDS, name) ? K6_COMMANDS[name] : undefined;
  if (reason !== undefined) return new InvalidConfigError([{ where: `loadreg ${name}`, what: 'no such command', fix: reason }]);
  const names = Object.keys(COMMANDS);
  if (name.startsWith('-'))
    return new InvalidConfigError([
      { where: name, what: 'comes before any command', fix: 'write loadreg run <scenario> and the flags after it' },
    ]);
  const fix = didYouMean(name, names) ?? `commands: ${names.join(', ')}`;
  return new InvalidConfigError([{ where: `loadreg ${name}`, what: 'no such command', fix }]);
}
