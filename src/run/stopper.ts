import type { AbortCause, FailureCause, RunEnd } from '../record/index.ts';

type Aborted = Extract<RunEnd, { state: 'aborted' }>;
type Failed = Extract<RunEnd, { state: 'failed' }>;

/** Why a run ends before its time, or counts as failed though it goes on; the first reason stands. */
export class Stopper {
  readonly #controller = new AbortController();
  readonly #stopping = new AbortController();
  #aborted: Aborted | undefined;
  #failed: Failed | undefined;

  /** Aborts when the load is to end at once. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Aborts when no more iterations are to start; at the latest when the load is to end at once. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Lets running iterations finish, and starts no more. */
  drain(cause: AbortCause, reason: string): void {
    this.#aborted ??= { state: 'aborted', cause, reason };
    this.#stopping.abort();
  }

  /** Ends the load. */
  abort(cause: AbortCause, reason: string): void {
    this.drain(cause, reason);
    this.#controller.abort();
  }

  /** Lets the load go on and marks the run as failed. */
  fail(cause: FailureCause, reason: string): void {
    this.#failed ??= { state: 'failed', cause, reason };
  }

  /** Ends the load and marks the run as failed. */
  breakOff(cause: FailureCause, reason: string): void {
    this.fail(cause, reason);
    this.#stopping.abort();
    this.#controller.abort();
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
