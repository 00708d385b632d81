import type { ExitName } from '../base/index.ts';
import { parseArgs } from './flags.ts';
import { helpText } from './help-text.ts';
import { PUSH_SPEC } from './push-flags.ts';

export { PUSH_SPEC as spec } from './push-flags.ts';

/** `loadreg push`. */
export async function command(args: readonly string[]): Promise<ExitName> {
  const { positionals, flags, help } = await parseArgs(args, PUSH_SPEC);
  if (help) {
    process.stdout.write(helpText(PUSH_SPEC));
    return 'ok';
  }
  const { runPush } = await import('./push-run.ts');
  return runPush(positionals[0] as string, positionals[1] as string, flags);
}
