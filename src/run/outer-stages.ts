import type { VU } from '../flow/index.ts';
import { removePushed } from './cleanup.ts';
import { jsonData } from './json-data.ts';
import type { PushedManifests } from './pushed-manifests.ts';
import type { RunParts } from './run-parts.ts';
import { runStage, type StageResult } from './stage.ts';

/** The scenario's `setup`; undefined when there is none to run. A signal ends it at once: there is nothing to drain. */
export async function runSetup({ plan, loaded, hooks, context, stopper }: RunParts): Promise<StageResult | undefined> {
  const { setup } = loaded.module;
  if (setup === undefined || plan.noSetup || stopper.stopping.aborted) return undefined;
  hooks.onStage('setup');
  const result = await runStage({
    name: 'setup',
    context,
    env: plan.env,
    timeoutMs: plan.setupTimeoutMs,
    signal: stopper.stopping,
    frame: loaded.userFrame,
    fn: async (vu) => jsonData(await setup(vu)),
  });
  if (result.state === 'failed') stopper.fail(result.cause, result.reason);
  return result;
}

/**
 * `teardown`, and cleanup after it. Runs whatever became of setup and load: what they left is to be removed. Ctrl+C lets it finish unless the
 * load was cut off by it already or it is pressed again: then it cuts off teardown, and the report is written all the same.
 */
export async function runTeardown(
  { plan, loaded, hooks, context, stopper, warnings }: RunParts,
  setup: StageResult | undefined,
  pushed: PushedManifests,
): Promise<StageResult | undefined> {
  const { module } = loaded;
  const data = setup?.state === 'done' ? setup.value : undefined;
  const teardown = plan.noTeardown ? undefined : (module.teardown as ((vu: VU, data?: unknown) => unknown) | undefined);
  const cleanup = plan.cleanup && pushed.size > 0;
  if (teardown === undefined && !cleanup) return undefined;
  hooks.onStage(teardown === undefined ? 'cleanup' : 'teardown');
  const result = await runStage({
    name: 'teardown',
    context,
    env: plan.env,
    timeoutMs: plan.teardownTimeoutMs,
    signal: hooks.signal.aborted ? new AbortController().signal : hooks.signal, // one that cut off the load is used up
    frame: loaded.userFrame,
    fn: async (vu) => {
      await teardown?.(vu, data);
      if (!cleanup) return;
      if (teardown !== undefined) hooks.onStage('cleanup');
      await removePushed(vu.registry, pushed, vu.signal, hooks.log);
    },
  });
  if (result.state === 'failed') stopper.fail(result.cause, result.reason);
  if (result.state === 'aborted') warnings.push('teardown was cut off: what it was to remove may be left in the registry');
  return result;
}
