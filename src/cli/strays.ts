import { type Logger, messageOf } from '../base/index.ts';
import type { FrameFinder } from '../scenario/index.ts';
import { reportError } from './errors.ts';

/** The same mistake is made by every iteration: each place is told once. */
const TOLD_AT_MOST = 20;

/**
 * Errors that a scenario let slip: a promise that nobody awaited, a throw in a timer. They are logged with the user's file and
 * line, and the run goes on; what comes from nowhere in the scenario is a defect and ends the process. Returns how to stop.
 */
export function catchStrayErrors(log: Logger, userFrame: FrameFinder): () => void {
  const told = new Set<string>();
  const onError = (error: unknown, origin: string) => {
    const place = userFrame(error);
    if (place === undefined) process.exit(reportError(error));
    if (told.has(place) || told.size >= TOLD_AT_MOST) return;
    told.add(place);
    const how =
      origin === 'unhandledRejection' ? 'a promise that nobody awaits was rejected' : 'an error was thrown outside of any iteration';
    log.error(`${how} at ${place}: ${messageOf(error)} (told once)`);
  };
  const onRejection = (error: unknown) => onError(error, 'unhandledRejection');
  process.on('uncaughtException', onError).on('unhandledRejection', onRejection);
  return () => void process.off('uncaughtException', onError).off('unhandledRejection', onRejection);
}
