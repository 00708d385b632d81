import { systemClock } from '../base/index.ts';
import type { VU } from './vu.ts';

/** Counts an exchange that repeats an earlier one. */
export function countRetry(vu: VU): void {
  vu.internals.observer.count(vu.internals.scope, 'retries', 1);
}

/** Waits before another try. The time is recorded by itself (`retry_wait`): it is no latency. Throws the signal's reason when it is cut short. */
export async function waitToRetry(vu: VU, ms: number): Promise<void> {
  if (ms <= 0) return;
  const startedAt = performance.now();
  await systemClock.sleep(ms, vu.signal);
  vu.signal.throwIfAborted();
  vu.internals.observer.retryWait(vu.internals.scope, Math.round((performance.now() - startedAt) * 1000));
}
