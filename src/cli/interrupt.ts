import { EXIT_CODES } from '../base/index.ts';

/** Ctrl+C, SIGTERM and a closed terminal. */
export interface Interrupt {
  /** Aborts at the first signal. */
  readonly signal: AbortSignal;
  /** Gives the signals back to whoever had them before. */
  release(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Until a command catches the signals itself: nothing is under way yet, or no more. */
const leave = () => {
  process.stderr.write('error: interrupted\n');
  process.exit(EXIT_CODES.interrupted.code);
};

/** Exits 105 at a signal from now on, until and after a command catches it itself. */
export function exitOnInterrupt(): void {
  for (const signal of SIGNALS) process.on(signal, leave);
}

/** Leaves the signals to a command that ends by them in its own way; returns how to take them back. */
export function leaveInterrupts(): () => void {
  const caught = SIGNALS.filter((signal) => process.listeners(signal).includes(leave));
  for (const signal of caught) process.off(signal, leave);
  return () => {
    for (const signal of caught) process.on(signal, leave);
  };
}

/** The first signal aborts the run, which still runs teardown and writes its report; a second one leaves at once. Both exit 105. */
export function catchInterrupts(): Interrupt {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(EXIT_CODES.interrupted.code);
    controller.abort();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  const takeBack = leaveInterrupts();
  return {
    signal: controller.signal,
    release() {
      takeBack();
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
