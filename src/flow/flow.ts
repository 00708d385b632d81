import { failureOf, type Failure } from './failure.ts';
import type { Iteration, VU } from './vu.ts';

/** How a flow ended. A flow that failed is data: look at `ok`, or let `flow_failed` and the thresholds tell. */
export interface FlowOutcome {
  readonly ok: boolean;
  /** Stable code of the failure (`MANIFEST_UNKNOWN`, `DIGEST_MISMATCH`, `ECONNRESET`, …); '' when all went well. */
  readonly code: string;
  /** One sentence about the failure; '' when all went well. */
  readonly message: string;
  readonly durationMs: number;
}

/** What {@link flow} resolves with: the value of the function, or the failure that ended it. */
export type FlowResult<T> = FlowOutcome & ({ readonly ok: true; readonly value: T } | { readonly ok: false; readonly value: undefined });

/**
 * Measures several requests as one: `flow_duration{flow:<name>}` and `flow_failed{flow:<name>}`. Requests made through the VU that the
 * function gets are counted under the flow's name.
 *
 * Errors of the registry and of the network end the flow and are returned. To fail a flow by a finding of your own, throw a
 * {@link FlowError}. Anything else that is thrown (a TypeError, say) counts as a failed flow and is thrown on. When the iteration is
 * cut off the reason of `vu.signal` is thrown and nothing is recorded.
 *
 * @example
 * const rolled = await flow(vu, 'rollout', async (vu) => {
 *   await vu.registry.manifests.head('team/app', 'next');
 *   await vu.registry.blobs.get('team/app', digest);
 * });
 */
export async function flow<T>(vu: VU, name: string, fn: (vu: VU) => T | Promise<T>): Promise<FlowResult<T>> {
  vu.signal.throwIfAborted();
  const { iteration } = vu.internals;
  iteration.flowsUnderWay += 1;
  try {
    return await measured(vu, iteration, name, fn);
  } finally {
    iteration.flowsUnderWay -= 1;
  }
}

async function measured<T>(vu: VU, { lagUs }: Iteration, name: string, fn: (vu: VU) => T | Promise<T>): Promise<FlowResult<T>> {
  const inner = vu.internals.inFlow(name);
  const { observer } = inner.internals;
  const start = performance.now();
  const failed = (durationMs: number, { code, message }: Failure) => {
    observer.flow(inner.internals.scope, Math.round(durationMs * 1000), code, message, lagUs);
    vu.internals.flowFailed();
  };
  let outcome: { ok: true; value: T } | { ok: false; failure: Failure };
  try {
    outcome = { ok: true, value: await fn(inner) };
  } catch (error) {
    // A request that our own abort cut off says nothing about the registry.
    vu.signal.throwIfAborted();
    const failure = failureOf(error);
    if (failure === undefined) {
      failed(performance.now() - start, { code: 'EXCEPTION', message: error instanceof Error ? error.message : String(error) });
      throw error;
    }
    outcome = { ok: false, failure };
  }
  const durationMs = performance.now() - start;
  if (outcome.ok) {
    observer.flow(inner.internals.scope, Math.round(durationMs * 1000), '', '', lagUs);
    return { ok: true, code: '', message: '', durationMs, value: outcome.value };
  }
  failed(durationMs, outcome.failure);
  return { ok: false, ...outcome.failure, durationMs, value: undefined };
}
