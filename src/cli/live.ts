import type { Logger } from '../base/index.ts';
import { INTERVAL_MS, type RunHooks } from '../run/index.ts';
import { type ProgressColors, type ProgressState, renderProgress, renderProgressLine } from './progress.ts';
import { ProgressTracker } from './progress-state.ts';
import type { Screen } from './screen.ts';

/** How often the live view is drawn on a terminal, and how often a line is written without one; ms. */
const DRAW_EVERY_MS = 200;
const LINE_EVERY_MS = 5_000;
/** What the live view needs to know. */
export interface LiveOptions {
  readonly screen: Screen;
  readonly colors: ProgressColors;
  readonly quiet: boolean;
  /** With a JSON log, progress is a log record too, so that stderr stays readable by machines. */
  readonly jsonLog: Logger | undefined;
  /** Abort when no more iterations are to start, and when running ones are cut off. */
  readonly stopping: AbortSignal;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/** The callbacks of a run that move the live view, and its end. */
export interface Live extends Pick<RunHooks, 'onStart' | 'onStage' | 'onInterval'> {
  stop(): void;
}

/** Shows a run while it lasts: bars on a terminal, a line every 5 s elsewhere, nothing when quiet. */
export function startLive(options: LiveOptions): Live {
  const { screen, colors, now } = options;
  const tracker = new ProgressTracker(now());
  const ending = () => (options.signal.aborted ? 'aborting' : options.stopping.aborted ? 'stopping' : 'none');
  const state = () => tracker.state(now(), INTERVAL_MS, ending());
  const show = () => {
    if (screen.isTerminal) screen.draw(renderProgress(state(), screen.columns - 1, colors));
    else writeLine(state(), screen, options.jsonLog);
  };
  const timer = options.quiet ? undefined : setInterval(show, screen.isTerminal ? DRAW_EVERY_MS : LINE_EVERY_MS);
  timer?.unref();
  return {
    onStart: (start) => tracker.started(start),
    onStage: (stage) => tracker.stage(stage, now()),
    onInterval: (interval, iterations) => tracker.interval(interval, iterations),
    stop() {
      clearInterval(timer);
      screen.clear();
    },
  };
}

function writeLine(state: ProgressState, screen: Screen, jsonLog: Logger | undefined): void {
  if (jsonLog === undefined) screen.print(`${renderProgressLine(state)}\n`);
  else jsonLog.info('progress', fieldsOf(state));
}

/** Plain numbers for whoever reads the log by machine; times in µs, the figures of the last interval. */
function fieldsOf({
  stage,
  ending,
  elapsedMs,
  vus,
  maxVus,
  complete,
  interrupted,
  dropped,
  errors,
  last,
}: ProgressState): Record<string, unknown> {
  const figures = last === undefined ? {} : { interval: last.interval };
  return { stage, ending, elapsedMs: Math.round(elapsedMs), vus, maxVus, complete, interrupted, dropped, errors, ...figures };
}
