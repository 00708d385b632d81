import { EXIT_CODES } from '../base/index.ts';

/** Ctrl+C, SIGTERM and a closed terminal. The reason of both signals is the name of the one that was heard. */
export interface Interrupt {
  /** Aborts at the first signal. */
  readonly stopping: AbortSignal;
  /** Aborts when what is under way is to be cut off; never before `stopping` is about to. */
  readonly signal: AbortSignal;
  /** Calls this, which must not wait for anything, before the process is left at once. */
  beforeLeaving(callback: () => void): void;
  /** Gives the signals back to whoever had them before. */
  release(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Until a command catches the signals itself: nothing is under way yet, or no more. */
const leaveNow = () => {
  process.stderr.write('error: interrupted\n');
  process.exit(EXIT_CODES.interrupted.code);
};

/** Exits 105 at a signal from now on, until and after a command catches it itself. */
export function exitOnInterrupt(): void {
  for (const signal of SIGNALS) process.on(signal, leaveNow);
}

/** Leaves the signals to a command that ends by them in its own way; returns how to take them back. */
export function leaveInterrupts(): () => void {
  const caught = SIGNALS.filter((signal) => process.listeners(signal).includes(leaveNow));
  for (const signal of caught) process.off(signal, leaveNow);
  return () => {
    for (const signal of caught) process.on(signal, leaveNow);
  };
}

/** How {@link catchInterrupts} goes about it. */
export interface InterruptOptions {
  /** Whether the first Ctrl+C asks for an orderly end and the second one cuts off. Default: the first one cuts off. */
  readonly drains?: boolean;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  /** Ends the process. */
  readonly leave?: (code: number) => void;
}

/** The same signal again within this time, ms, is the same one: npm and service managers pass on to a child what it got itself. */
const ECHO_MS = 100;

/**
 * Three steps: stop, cut off, leave with exit code 105. Each Ctrl+C goes one further; SIGTERM and a closed terminal go at once to cutting off
 * (whoever sends them waits a little and then kills), and from there to leaving.
 */
export function catchInterrupts(options: InterruptOptions = {}): Interrupt {
  const { drains = false, now = () => performance.now(), leave = (code) => process.exit(code) } = options;
  const stopping = new AbortController();
  const cutting = new AbortController();
  let onLeave = () => {};
  let last: { name: string; at: number } | undefined;
  const onSignal = (name: NodeJS.Signals) => {
    const at = now();
    const isEcho = last?.name === name && at - last.at < ECHO_MS;
    last = { name, at };
    if (isEcho) return;
    if (cutting.signal.aborted) {
      onLeave();
      leave(EXIT_CODES.interrupted.code);
    } else if (!drains || name !== 'SIGINT' || stopping.signal.aborted) {
      cutting.abort(name); // first, so that whoever hears of stopping knows how much is meant
      stopping.abort(name);
    } else {
      stopping.abort(name);
    }
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  const takeBack = leaveInterrupts();
  return {
    stopping: stopping.signal,
    signal: cutting.signal,
    beforeLeaving: (callback) => (onLeave = callback),
    release() {
      takeBack();
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
