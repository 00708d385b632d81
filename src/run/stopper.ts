import type { AbortCause, RunEnd } from '../record/index.ts';

/** Why a run ends before its time, or counts as failed though it goes on; the first reason stands. */
export class Stopper {
  readonly #controller = new AbortController();
  #aborted: Extract<RunEnd, { state: 'aborted' }> | undefined;
  #failed: Extract<RunEnd, { state: 'failed' }> | undefined;

  /** Aborts when the load is to end at once. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends the load. */
  abort(cause: AbortCause, reason: string): void {
    this.#aborted ??= { state: 'aborted', cause, reason };
    this.#controller.abort();
  }

  /** Lets the load go on and marks the run as failed. */
  fail(cause: Extract<RunEnd, { state: 'failed' }>['cause'], reason: string): void {
    this.#failed ??= { state: 'failed', cause, reason };
  }

  /** How the run ended. What cut it short goes before what broke it: its numbers cover a part only, and that is to be known first. */
  get end(): RunEnd {
    return this.#aborted ?? this.#failed ?? { state: 'finished' };
  }

  /** What broke a run that was cut short as well: a teardown that failed after Ctrl+C. */
  get besides(): string | undefined {
    return this.#aborted === undefined ? undefined : this.#failed?.reason;
  }
}
