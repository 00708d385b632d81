import type { Clock } from '../base/index.ts';

/** What the pause after an iteration depends on; times in ms of the clock. */
export interface PauseOptions {
  readonly clock: Clock;
  /** When the iteration started. */
  readonly startedAt: number;
  /** Least time from one start to the next. */
  readonly minIterationMs: number;
  /** When no more iterations start: nobody has to wait for what would not come. Infinity when that is not known. */
  readonly endsAt: number;
  /** Each of them ends the pause. */
  readonly signals: readonly AbortSignal[];
}

/** So long after the end a pause goes on, ms: who asked in the very moment of the end might still be given an iteration. */
const MARGIN_MS = 5;

/** How long a VU pauses before its next iteration, ms. */
export function pauseMs(now: number, { startedAt, minIterationMs, endsAt }: Omit<PauseOptions, 'clock' | 'signals'>): number {
  return Math.max(0, Math.min(startedAt + minIterationMs, endsAt + MARGIN_MS) - now);
}

/** k6's `minIterationDuration`: an iteration that was shorter is followed by a pause, which is no part of it. The VU stays at work meanwhile. */
export async function pauseAfterIteration(options: PauseOptions): Promise<void> {
  const { clock, signals } = options;
  const ms = pauseMs(clock.now(), options);
  if (ms === 0 || signals.some((signal) => signal.aborted)) return;
  const either = new AbortController();
  const end = () => either.abort();
  for (const signal of signals) signal.addEventListener('abort', end);
  await clock.sleep(ms, either.signal);
  for (const signal of signals) signal.removeEventListener('abort', end);
}
