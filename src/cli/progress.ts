import { formatCount, formatMicros, formatRate, formatSize } from '../base/index.ts';
import type { MergedInterval } from '../measure/index.ts';
import type { RunStage } from '../run/index.ts';

/** Colours of the live view; each function returns text of the same width on the screen. */
export interface ProgressColors {
  good(text: string): string;
  bad(text: string): string;
  faint(text: string): string;
  value(text: string): string;
}

/** Where a scenario stands. */
export type ScenarioStatus = 'waiting' | 'running' | 'stopping' | 'done' | 'interrupted';

/** Whether a run is being ended before its time: it starts no more iterations, or running ones are cut off. */
export type Ending = 'none' | 'stopping' | 'aborting';

/** One bar. */
export interface ScenarioProgress {
  readonly name: string;
  readonly status: ScenarioStatus;
  /** 0 to 1. */
  readonly share: number;
  /** From the executor: `200 VUs  0m12s/5m00s`. */
  readonly text: string;
  /** Iterations per second over the last interval. */
  readonly rate: number;
}

/** Everything that the live view shows. */
export interface ProgressState {
  readonly stage: RunStage;
  readonly ending: Ending;
  /** Since the start of the stage, ms. */
  readonly elapsedMs: number;
  readonly vus: number;
  readonly maxVus: number;
  readonly complete: number;
  readonly interrupted: number;
  readonly dropped: number;
  /** Failures since the start of the load, warm-up included. */
  readonly errors: number;
  readonly scenarios: readonly ScenarioProgress[];
  /** The last complete interval and its length in ms. */
  readonly last: { readonly interval: MergedInterval; readonly ms: number } | undefined;
}

/**
 * The live view as lines, none wider than `columns`: how far the run is, what the last interval was like, and a bar for each
 * scenario. What does not fit is left out, the least important first.
 */
export function renderProgress(state: ProgressState, columns: number, colors: ProgressColors): string[] {
  const lines = [fit(headParts(state), ', ', columns, colors)];
  if (state.stage !== 'run') return lines;
  const figures = figureParts(state);
  if (figures.length > 0) lines.push(fit(figures, '  ', columns, colors));
  return [...lines, ...renderBars(state.scenarios, columns, colors)];
}

/** The same as one line without bars and colours, for logs. */
export function renderProgressLine(state: ProgressState): string {
  return [...headParts(state), ...(state.stage === 'run' ? figureParts(state) : [])].map((part) => part.text).join(', ');
}

/** `0m12.3s`, `1h02m03.4s`, as in k6's first line. */
export function clock(ms: number): string {
  const tenths = Math.max(0, Math.floor(ms / 100));
  const seconds = `${String(Math.floor(tenths / 10) % 60).padStart(2, '0')}.${tenths % 10}s`;
  const minutes = Math.floor(tenths / 600);
  return minutes < 60 ? `${minutes}m${seconds}` : `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, '0')}m${seconds}`;
}

/** A piece of a line; of those that do not fit, the one with the highest `rank` goes first, and rank 0 never. */
interface Part {
  readonly text: string;
  readonly rank: number;
  readonly color?: keyof ProgressColors;
}

const STAGE_WORDS: Record<RunStage, string> = {
  preflight: 'looking at the registry',
  setup: 'setup',
  run: 'running',
  teardown: 'teardown',
  cleanup: 'cleaning up',
};

function headParts(state: ProgressState): Part[] {
  const word = state.stage === 'run' && state.ending !== 'none' ? state.ending : STAGE_WORDS[state.stage];
  const head: Part = { text: `${word} (${clock(state.elapsedMs)})`, rank: 0 };
  if (state.stage !== 'run') return [head];
  const warmup: Part[] = state.last?.interval.warmup ? [{ text: 'warm-up', rank: 2 }] : [];
  const iterations = `${state.complete} complete and ${state.interrupted} interrupted iterations`;
  const dropped: Part[] = state.dropped > 0 ? [{ text: `${state.dropped} dropped`, rank: 3, color: 'bad' }] : [];
  // Not known before the first interval has ended.
  const vus: Part[] = state.last === undefined ? [] : [{ text: `${state.vus}/${state.maxVus} VUs`, rank: 1 }];
  return [head, ...warmup, ...vus, { text: iterations, rank: 4 }, ...dropped];
}

function figureParts({ last, errors }: ProgressState): Part[] {
  if (last === undefined) return [];
  const { interval, ms } = last;
  const perSecond = (count: number) => (ms > 0 ? count / (ms / 1000) : 0);
  const throughput = (bytes: number) => `${formatSize(perSecond(bytes))}/s`;
  const latency = (us: number | undefined) => (us === undefined ? '-' : formatMicros(us));
  return [
    { text: `${formatRate(perSecond(interval.flows))} flows/s`, rank: 1, color: 'value' },
    { text: `${formatRate(perSecond(interval.requests))} req/s`, rank: 2, color: 'value' },
    { text: `down ${throughput(interval.bytesReceived)}`, rank: 4 },
    { text: `up ${throughput(interval.bytesSent)}`, rank: 6 },
    { text: `p50 ${latency(interval.p50)}`, rank: 5 },
    { text: `p99 ${latency(interval.p99)}`, rank: 3 },
    { text: `${formatCount(errors)} ${errors === 1 ? 'error' : 'errors'}`, rank: 0, color: errors > 0 ? 'bad' : 'faint' },
  ];
}

/** Joins the parts that fit, leaves out the others, cuts what is too long even then, and colours last, so that widths are right. */
function fit(parts: readonly Part[], separator: string, columns: number, colors: ProgressColors): string {
  let kept = [...parts];
  const width = () => kept.reduce((sum, part) => sum + part.text.length, separator.length * (kept.length - 1));
  while (width() > columns && kept.length > 1) {
    const last = kept.reduce((worst, part) => (part.rank > worst.rank ? part : worst));
    if (last.rank === 0) break;
    kept = kept.filter((part) => part !== last);
  }
  if (width() > columns)
    return kept
      .map((part) => part.text)
      .join(separator)
      .slice(0, columns);
  return kept.map((part) => (part.color === undefined ? part.text : colors[part.color](part.text))).join(separator);
}

const GLYPHS: Record<ScenarioStatus, { glyph: string; color?: keyof ProgressColors }> = {
  waiting: { glyph: '•', color: 'faint' },
  running: { glyph: ' ' },
  stopping: { glyph: '↓' },
  done: { glyph: '✓', color: 'good' },
  interrupted: { glyph: '✗', color: 'bad' },
};

/** k6's: the bar is 40 wide, shrinks, and is a percentage below 8; names are cut at 30. */
const BAR = 40;
const SMALLEST_BAR = 8;
const LONGEST_NAME = 30;

function renderBars(scenarios: readonly ScenarioProgress[], columns: number, colors: ProgressColors): string[] {
  const longest = Math.max(0, ...scenarios.map((scenario) => scenario.name.length));
  const nameWidth = Math.min(longest, LONGEST_NAME, Math.max(4, Math.floor(columns / 3)));
  const rows = scenarios.map((scenario) => ({
    scenario,
    name: cut(scenario.name, nameWidth).padEnd(nameWidth),
    text: scenario.text,
    rate: `${scenario.rate.toFixed(2)} iters/s`,
  }));
  const textWidth = Math.max(0, ...rows.map((row) => row.text.length));
  // One width for all bars, so that they stand in a column. The rate goes first when there is no room for both.
  const rateWidth = Math.max(0, ...rows.map((row) => row.rate.length));
  const fixed = nameWidth + ' x '.length + 1 + textWidth;
  const withRate = columns - fixed - 2 - rateWidth - '[]'.length >= SMALLEST_BAR;
  const room = columns - fixed - (withRate ? 2 + rateWidth : 0) - '[]'.length;
  return rows.map(({ scenario, name, text, rate }) => {
    const bar =
      room >= SMALLEST_BAR ? `[${fill(scenario.share, Math.min(BAR, room))}]` : `${Math.floor(scenario.share * 100)}%`.padStart(4);
    const { glyph, color } = GLYPHS[scenario.status];
    const tail = `${bar} ${text}${withRate ? `  ${rate.padStart(rateWidth + textWidth - text.length)}` : ''}`;
    const head = `${name} ${color === undefined ? glyph : colors[color](glyph)} `;
    const line = head + tail.slice(0, Math.max(0, columns - nameWidth - ' x '.length));
    return scenario.status === 'waiting' ? colors.faint(line) : line;
  });
}

function fill(share: number, width: number): string {
  const done = Math.max(0, Math.min(width, Math.floor(share * width)));
  return done === width ? '='.repeat(width) : `${'='.repeat(Math.max(0, done - 1))}${done > 0 ? '>' : ''}${'-'.repeat(width - done)}`;
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
