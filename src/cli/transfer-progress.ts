import { formatDuration, formatSize } from '../base/index.ts';
import type { ProgressColors } from './progress.ts';
import type { Screen } from './screen.ts';

/** Where a transfer stands. */
export interface TransferState {
  /** What is going on: `pulling`, `unpacking`. */
  readonly doing: string;
  readonly done: number;
  /** Undefined until it is known. */
  readonly total: number | undefined;
  /** Bytes a second over the last seconds. */
  readonly rate: number;
}

/** Shows a transfer while it lasts. */
export interface TransferProgress {
  /** Says what is going on from here on. */
  doing(what: string): void;
  /** So many bytes more are to come. */
  expect(bytes: number): void;
  /** So many bytes went by; negative when they have to go by again. */
  add(bytes: number): void;
  /** Takes the bar away. */
  stop(): void;
}

const DRAW_EVERY_MS = 100;
/** The rate is that of the last seconds, so that it follows the network. */
const WINDOW_MS = 3_000;
const LONGEST_BAR = 30;
const SMALLEST_BAR = 8;

/** A bar with bytes, rate and time left on a terminal; nothing elsewhere, and nothing when `quiet`. */
export function startTransferProgress(options: {
  readonly screen: Screen;
  readonly colors: ProgressColors;
  readonly doing: string;
  readonly quiet: boolean;
  readonly now: () => number;
}): TransferProgress {
  const { screen, colors, now } = options;
  let { doing } = options;
  let done = 0;
  let total: number | undefined;
  let samples: { at: number; done: number }[] = [{ at: now(), done: 0 }];
  const draw = () => {
    const at = now();
    samples = [...samples.filter((sample, index) => at - sample.at <= WINDOW_MS || index === samples.length - 1), { at, done }];
    const [oldest = { at, done }] = samples;
    const rate = at > oldest.at ? Math.max(0, (done - oldest.done) / ((at - oldest.at) / 1000)) : 0;
    screen.draw([renderTransfer({ doing, done, total, rate }, screen.columns - 1, colors)]);
  };
  const timer = options.quiet || !screen.isTerminal ? undefined : setInterval(draw, DRAW_EVERY_MS);
  timer?.unref();
  return {
    doing: (what) => void (doing = what),
    expect: (bytes) => void (total = (total ?? 0) + bytes),
    add: (bytes) => void (done += bytes),
    stop() {
      clearInterval(timer);
      screen.clear();
    },
  };
}

/** One line, no wider than `columns`: `pulling [====>-----] 12 MiB of 40 MiB  31 MiB/s  0.9s left`. */
export function renderTransfer(state: TransferState, columns: number, colors: ProgressColors): string {
  const { doing, done, total, rate } = state;
  const amount = total === undefined ? formatSize(done) : `${formatSize(done)} of ${formatSize(total)}`;
  const left = total === undefined || rate <= 0 || done >= total ? undefined : `${formatDuration(((total - done) / rate) * 1000)} left`;
  const over = total !== undefined && done >= total;
  const parts = [amount, ...(over ? [] : [`${formatSize(rate)}/s`]), ...(left === undefined ? [] : [left])];
  while (parts.length > 1 && doing.length + 1 + parts.join('  ').length > columns) parts.pop();
  const text = parts.join('  ');
  const room = Math.min(LONGEST_BAR, columns - doing.length - text.length - ' [] '.length);
  if (total === undefined || room < SMALLEST_BAR) return `${doing} ${text}`.slice(0, columns);
  return `${doing} [${colors.good(bar(total === 0 ? 1 : done / total, room))}] ${text}`;
}

function bar(share: number, width: number): string {
  const filled = Math.max(0, Math.min(width, Math.floor(share * width)));
  return filled === width
    ? '='.repeat(width)
    : `${'='.repeat(Math.max(0, filled - 1))}${filled > 0 ? '>' : ''}${'-'.repeat(width - filled)}`;
}
