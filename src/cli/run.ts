import type { ExitName } from '../base/index.ts';
import { parseArgs } from './flags.ts';
import { helpText } from './help-text.ts';
import { RUN_SPEC } from './run-flags.ts';

export { RUN_SPEC as spec } from './run-flags.ts';

/** `loadreg run`. */
export async function command(args: readonly string[]): Promise<ExitName> {
  const { positionals, flags, help } = await parseArgs(args, RUN_SPEC);
  if (help) {
    process.stdout.write(helpText(RUN_SPEC));
    return 'ok';
  }
  const { runScenario } = await import('./run-scenario.ts'); // everything that makes load, not needed to find a wrong flag
  return runScenario(positionals[0] as string, flags);
}
