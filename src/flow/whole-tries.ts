import { retryAfterOf, statusOf } from './failure.ts';
import { type FailedTry, isNetworkFailure, nextDelay, type RetryRule } from './profiles/index.ts';
import { countRetry, waitToRetry } from './retries.ts';
import type { VU } from './vu.ts';

/**
 * Repeats a piece of work as the rule says; each repetition counts as a retry. Without a rule the first failure is final. `progressed` is asked
 * after each failure whether all tries are given back.
 */
export async function inTries<T>(
  vu: VU,
  rule: RetryRule | undefined,
  work: () => Promise<T>,
  progressed: () => boolean = () => false,
): Promise<T> {
  let before: FailedTry | undefined;
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      vu.signal.throwIfAborted();
      if (progressed()) tries = 1;
      const last = rule === undefined ? undefined : failedTry(error);
      const wait = rule === undefined || last === undefined ? undefined : nextDelay(rule, tries, last, before, Date.now());
      if (wait === undefined) throw error;
      before = last;
      await waitToRetry(vu, wait);
      countRetry(vu);
    }
  }
}

/** How a try ended, for the rule; undefined when its error is none that another try could mend. */
export function failedTry(error: unknown): FailedTry | undefined {
  if (isNetworkFailure(error) || error instanceof ResumeFailed) return { status: undefined, retryAfter: undefined };
  const status = statusOf(error);
  return status === undefined ? undefined : { status, retryAfter: retryAfterOf(error) };
}

/** A download that went on where it was cut off came to something else; only from its beginning may it be tried again. */
export class ResumeFailed extends Error {
  override readonly name = 'FlowError';
  readonly code: string;

  constructor({ code, detail }: { readonly code: string; readonly detail: string }) {
    super(detail);
    this.code = code;
  }
}
