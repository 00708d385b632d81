import type { Phases } from '../measure/index.ts';
import type { VU } from './vu.ts';

/** Bytes: from this size on, a transfer's rate says something about the network and the storage, and not about round trips. */
export const THROUGHPUT_FROM = 1024 * 1024;

/**
 * Runs `work` on every item, at most `limit` at once. When one fails, none is started any more, and the first error is thrown once those at
 * work have ended: nothing goes on after the flow. Not by p-limit, whose closures and promises for each item took a tenth of a small pull.
 */
export async function eachAtMost<T>(limit: number, items: readonly T[], work: (item: T, index: number) => Promise<void>): Promise<void> {
  let next = 0;
  let failed = false;
  let firstError: unknown;
  const lane = async () => {
    while (next < items.length && !failed) {
      const index = next;
      next += 1;
      try {
        await work(items[index] as T, index);
      } catch (error) {
        if (!failed) firstError = error;
        failed = true;
      }
    }
  };
  const lanes: Promise<void>[] = [];
  while (lanes.length < Math.min(limit, items.length)) lanes.push(lane());
  await Promise.all(lanes);
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
