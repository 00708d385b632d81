import { formatSize, shown } from '../base/index.ts';
import { redactUrl } from '../registry/index.ts';
import type { SentExchange } from './session-send.ts';

/** Columns of a table for people. */
const WIDTH = 80;

const HEAD = ['operation', 'what', 'status', 'size', 'blocked', 'sending', 'waiting', 'receiving'] as const;
/** The columns of numbers. */
const FIRST_NUMBER = 2;
const OPERATION = 0;
const WHAT = 1;
/** The longest names of the API have as many; a client's own may have more. */
const LONGEST_OPERATION = 15;

/**
 * The exchanges of a transfer as a table of at most 80 columns: what was asked, the status (0: no answer), the size of the body, and the phases;
 * below an exchange that failed, why. `blocked` holds connecting and the TLS handshake too.
 */
export function renderExchanges(exchanges: readonly SentExchange[]): string {
  const rows = exchanges.map((exchange) => [
    exchange.operation,
    whatOf(exchange),
    String(exchange.status),
    exchange.bodyBytes === 0 ? '-' : formatSize(exchange.bodyBytes),
    ...[exchange.blocked, exchange.sending, exchange.waiting, exchange.receiving].map(shortTime),
  ]);
  const widths = HEAD.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)));
  widths[OPERATION] = Math.min(widths[OPERATION] ?? 0, LONGEST_OPERATION);
  const rest = widths.reduce((sum, width, column) => (column === WHAT ? sum : sum + width), widths.length - 1);
  widths[WHAT] = Math.max(8, Math.min(widths[WHAT] ?? 0, WIDTH - rest));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => fit(cell, column, widths))
      .join(' ')
      .trimEnd();
  const lines = [line(HEAD)];
  rows.forEach((row, index) => {
    lines.push(line(row));
    const { errorCode, errorDetail } = exchanges[index] as SentExchange;
    // What we ended ourselves has no code that means anything to the reader.
    if (errorCode === 'ABORTED') lines.push(cut(`  ${shown(errorDetail)}`, WIDTH));
    else if (errorCode !== '') lines.push(cut(`  ${errorCode}${errorDetail === '' ? '' : `: ${shown(errorDetail)}`}`, WIDTH));
  });
  return `${lines.join('\n')}\n`;
}

/** The exchanges for programs. Times are microseconds, sizes bytes. */
export function exchangesAsJson(exchanges: readonly SentExchange[]): unknown[] {
  return exchanges.map(({ path, ...exchange }) => ({ ...exchange, path: redactUrl(path) }));
}

/** What a path asks for: a tag, the beginning of a digest, `upload`, or the end of the path. */
function whatOf({ path }: SentExchange): string {
  const [head = ''] = path.split('?');
  const parts = head.split('/').filter((part) => part !== '');
  if (parts.at(-1) === 'uploads' || parts.at(-2) === 'uploads') return 'upload';
  return (parts.at(-1) ?? '/').replace(/^sha(?:256|512):([0-9a-f]{12})[0-9a-f]+$/, '$1');
}

function fit(cell: string, column: number, widths: readonly number[]): string {
  const width = widths[column] ?? 0;
  return column < FIRST_NUMBER ? cut(cell, width).padEnd(width) : cell.padStart(width);
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** Microseconds in at most six characters: `850µs`, `1.23ms`, `123ms`, `12.3s`. */
function shortTime(us: number): string {
  if (us === 0) return '-';
  if (us < 1_000) return `${us}µs`;
  const [value, unit] = us < 1_000_000 ? [us / 1_000, 'ms'] : [us / 1_000_000, 's'];
  return `${value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : Math.round(value)}${unit}`;
}
