import type { ExitName } from '../base/index.ts';
import { type CommandSpec, parseArgs } from './flags.ts';
import { helpText } from './help-text.ts';

/** `loadreg schema`. */
export const spec: CommandSpec = {
  usage: 'loadreg schema',
  summary: 'Prints the JSON Schema (draft 2020-12) of run records.',
  positionals: [],
  flags: [],
};

/** `loadreg schema`. */
export async function command(args: readonly string[]): Promise<ExitName> {
  const { help } = await parseArgs(args, spec);
  if (help) {
    process.stdout.write(helpText(spec));
    return 'ok';
  }
  const { jsonSchema } = await import('../record/index.ts');
  process.stdout.write(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
  return 'ok';
}
