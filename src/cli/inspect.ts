import type { ExitName } from '../base/index.ts';
import { parseArgs } from './flags.ts';
import { helpText } from './help-text.ts';
import { INSPECT_SPEC } from './run-flags.ts';

export { INSPECT_SPEC as spec } from './run-flags.ts';

/** `loadreg inspect`. */
export async function command(args: readonly string[]): Promise<ExitName> {
  const { positionals, flags, help } = await parseArgs(args, INSPECT_SPEC);
  if (help) {
    process.stdout.write(helpText(INSPECT_SPEC));
    return 'ok';
  }
  const { planRun } = await import('./plan.ts');
  const { inspectView } = await import('./inspect-view.ts');
  const planned = await planRun(positionals[0] as string, flags, process.env);
  for (const note of planned.notes) process.stderr.write(`note: ${note}\n`);
  process.stdout.write(`${JSON.stringify(inspectView(planned), null, 2)}\n`);
  return 'ok';
}
