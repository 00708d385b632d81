import pLimit from 'p-limit';
import type { Phases } from '../measure/index.ts';
import type { VU } from './vu.ts';

/** Bytes: from this size on, a transfer's rate says something about the network and the storage, and not about round trips. */
export const THROUGHPUT_FROM = 1024 * 1024;

/**
 * Runs `work` on every item, at most `limit` at once. When one fails, none is started any more, and the first error is thrown once those at
 * work have ended: nothing goes on after the flow.
 */
export async function eachAtMost<T>(limit: number, items: readonly T[], work: (item: T, index: number) => Promise<void>): Promise<void> {
  let failed = false;
  let firstError: unknown;
  const run = pLimit(limit);
  await run.map(items, async (item, index) => {
    if (failed) return;
    try {
      await work(item, index);
    } catch (error) {
      if (!failed) firstError = error;
      failed = true;
    }
  });
  if (failed) throw firstError;
}

/** Waits for all of them, also after one has failed; then throws the first error. */
export async function allToTheirEnd(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** Records the transfer rate of a blob of 1 MiB or more: the transfer itself and the waiting for the other side. */
export function observeThroughput(vu: VU, operation: string, bytes: number, phases: Phases): void {
  if (bytes < THROUGHPUT_FROM) return;
  const us = phases.waiting + (operation === 'blob_get' ? phases.receiving : phases.sending);
  if (us > 0) vu.internals.observer.blobThroughput(vu.internals.scope, operation, bytes / 1024 / (us / 1e6));
}
