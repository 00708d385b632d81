import { type Logger, messageOf } from '../base/index.ts';
import type { FrameFinder } from '../scenario/index.ts';

/** The same mistake is made by every iteration: each place is told once. */
const TOLD_AT_MOST = 20;

/** Failed requests and cut-off waits: when nobody awaited them, V8 leaves no frame of the scenario in their stack, but frames of ours. */
const SCENARIO_ERRORS: ReadonlySet<string> = new Set([
  'ExchangeError',
  'RegistryError',
  'ManifestError',
  'FlowError',
  'AbortError',
  'TestAborted',
]);

/** Where our own code lies. */
const OWN_CODE = new URL('../', import.meta.url).href;

/**
 * Errors that a scenario let slip: a promise that nobody awaited, a throw in a timer. They are logged, with the user's file and line
 * where they have one, and the run goes on. What comes from our own code alone is a defect: `onDefect` is to end the run, so that its
 * report is still written. Returns how to stop.
 */
export function catchStrayErrors(log: Logger, userFrame: FrameFinder, onDefect: (error: unknown) => void): () => void {
  const told = new Set<string>();
  const onError = (error: unknown, origin: string) => {
    const frame = userFrame(error);
    if (frame === undefined && isDefect(error)) {
      onDefect(error);
      return;
    }
    const place = frame ?? messageOf(error);
    if (told.has(place) || told.size >= TOLD_AT_MOST) return;
    told.add(place);
    const how =
      origin === 'unhandledRejection' ? 'a promise that nobody awaits was rejected' : 'an error was thrown outside of any iteration';
    log.error(`${how}${frame === undefined ? '' : ` at ${frame}`}: ${messageOf(error)} (told once)`);
  };
  const onRejection = (error: unknown) => onError(error, 'unhandledRejection');
  process.on('uncaughtException', onError).on('unhandledRejection', onRejection);
  return () => void process.off('uncaughtException', onError).off('unhandledRejection', onRejection);
}

/** Whether an error without a frame of the scenario is our own mistake. What has no frame of ours either (a forgotten fetch) is not. */
function isDefect(error: unknown): boolean {
  if (!(error instanceof Error) || SCENARIO_ERRORS.has(error.name)) return false;
  return typeof error.stack === 'string' && error.stack.includes(OWN_CODE);
}
