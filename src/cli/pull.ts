import type { ExitName } from '../base/index.ts';
import { parseArgs } from './flags.ts';
import { helpText } from './help-text.ts';
import { PULL_SPEC } from './pull-flags.ts';

export { PULL_SPEC as spec } from './pull-flags.ts';

/** `loadreg pull`. */
export async function command(args: readonly string[]): Promise<ExitName> {
  const { positionals, flags, help } = await parseArgs(args, PULL_SPEC);
  if (help) {
    process.stdout.write(helpText(PULL_SPEC));
    return 'ok';
  }
  const { runPull } = await import('./pull-run.ts');
  return runPull(positionals[0] as string, flags);
}
