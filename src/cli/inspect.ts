import type { ExitName } from '../base/index.ts';
import { createExecutor } from '../executor/index.ts';
import { parseArgs } from './flags.ts';
import { helpText } from './help-text.ts';
import { planRun, shownPlan } from './plan.ts';
import { INSPECT_SPEC } from './run-flags.ts';

/** `loadreg inspect`. */
export async function command(args: readonly string[]): Promise<ExitName> {
  const { positionals, flags, help } = await parseArgs(args, INSPECT_SPEC);
  if (help) {
    process.stdout.write(helpText(INSPECT_SPEC));
    return 'ok';
  }
  const { plan, notes } = await planRun(positionals[0] as string, flags, process.env);
  for (const note of notes) process.stderr.write(`note: ${note}\n`);
  const executors = plan.scenarios.map(({ name, executor }) => ({ name, ...pick(createExecutor(executor)) }));
  process.stdout.write(`${JSON.stringify({ ...shownPlan(plan), executors }, null, 2)}\n`);
  return 'ok';
}

function pick({ description, maxVus, maxDurationMs }: { description: string; maxVus: number; maxDurationMs: number }) {
  return { description, maxVus, maxDurationMs };
}
