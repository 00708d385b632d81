import { EXIT_CODES, type ExitName, InvalidConfigError } from '../base/index.ts';
import { COMMANDS, type CommandEntry, type CommandName } from './commands.ts';
import { WIDTH, wrap } from './help-text.ts';
import { versionLine } from './version.ts';

/** `loadreg help [command | exit-codes]`. */
export async function command([topic]: readonly string[]): Promise<ExitName> {
  if (topic === undefined || topic === '--help' || topic === '-h' || topic === 'help') process.stdout.write(overview());
  else if (topic === 'exit-codes') process.stdout.write(exitCodes());
  else if (Object.hasOwn(COMMANDS, topic)) {
    const { command: ask } = await COMMANDS[topic as CommandName].load();
    return ask(['--help']);
  } else {
    const topics = [...Object.keys(COMMANDS), 'exit-codes'];
    const { didYouMean } = await import('../scenario/index.ts');
    throw new InvalidConfigError([
      { where: `loadreg help ${topic}`, what: 'no such topic', fix: didYouMean(topic, topics) ?? `topics: ${topics.join(', ')}` },
    ]);
  }
  return 'ok';
}

/** The commands, as `loadreg help` prints them. */
export function overview(): string {
  const rows = Object.values<CommandEntry>(COMMANDS);
  const width = Math.max(...rows.map((row) => row.usage.length));
  const list = rows.map((row) => `  ${row.usage.padEnd(width)}  ${row.summary}`).join('\n');
  return `${versionLine()}
Load testing for container registries.

Usage: loadreg <command> [flags]

${list}

Examples:
  loadreg run smoke                            the embedded registry, 15 seconds
  loadreg run pull-heavy --vus 200 --duration 5m --registry http://host:5000
  loadreg new pulls.ts --template pull         a scenario of your own
  loadreg help run                             every flag of run
`;
}

/** The one list of exit codes, as text. */
export function exitCodes(): string {
  const indent = ' '.repeat(7);
  const lines = Object.values(EXIT_CODES).map(
    ({ code, meaning }) => `  ${String(code).padStart(3)}  ${wrap(meaning, WIDTH - indent.length).join(`\n${indent}`)}`,
  );
  return `Exit codes of loadreg:\n\n${lines.join('\n')}\n`;
}
