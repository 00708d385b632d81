import { LoadregError } from '../base/index.ts';
import { Dispatchers, HttpClient } from '../http/index.ts';
import { RegistryClient } from '../registry/index.ts';
import { connectionLimits, limitWarnings } from './limits.ts';
import { preflight, type PreflightResult } from './preflight.ts';
import { requirementsOf } from './requirements.ts';
import type { RunParts } from './run-parts.ts';

/**
 * The stage before setup: looks at the registry, counts connections against the system's limits, and tells what the run will be.
 * @throws LoadregError when the run cannot start, or was interrupted before it did.
 */
export async function lookFirst({ plan, hooks, embedded, context, stopper, warnings }: RunParts): Promise<PreflightResult> {
  hooks.onStage('preflight');
  const { scenarios, maxVus, vusMade, maxDurationMs } = requirementsOf(plan);
  const limits = connectionLimits(plan, vusMade);
  const dispatchers = new Dispatchers({ ...context.dispatcherOptions, onConnected: () => {} });
  const http = new HttpClient({ dispatchers, timeouts: plan.timeouts });
  const onStop = () => http.abort('ABORTED', 'interrupted');
  stopper.stopping.addEventListener('abort', onStop, { once: true });
  try {
    const send = http.sender(() => {});
    const auth = context.authorizer();
    const result = await preflight({
      send,
      registry: (watched) => new RegistryClient({ ...context.registry, auth, send: watched }),
      embedded: embedded !== undefined,
      repository: plan.noTrialPush ? undefined : [plan.repoPrefix, 'loadreg-preflight'].filter((part) => part !== '').join('/'),
      tls: hooks.tls,
      limits,
      now: () => context.clock.wallTime(),
    });
    if (stopper.stopping.aborted) throw interrupted();
    warnings.push(...limitWarnings(limits));
    hooks.onPreflight([...result.lines, ...warnings.map((warning) => `warning      ${warning}`)]);
    hooks.onStart({
      target: result.target.baseUrl,
      embedded: result.target.embedded,
      scenarios: scenarios.map(({ scenario, executor, startTimeMs }) => ({ name: scenario.name, executor, startTimeMs })),
      maxVus,
      maxDurationMs,
    });
    return result;
  } catch (error) {
    if (stopper.stopping.aborted) throw interrupted(error);
    throw error;
  } finally {
    stopper.stopping.removeEventListener('abort', onStop);
    await dispatchers.destroy();
  }
}

function interrupted(cause?: unknown): LoadregError {
  return new LoadregError('interrupted before the start', { exit: 'interrupted', cause });
}
