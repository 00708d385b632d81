import type { RunRecord } from '../../record/index.ts';
import { cut, widthOf } from '../format.ts';
import type { Paint } from '../paint.ts';

/** What every section of the text report is given. */
export interface TextContext {
  readonly record: RunRecord;
  readonly paint: Paint;
  /** Statistics of trends to show: `avg`, `min`, `med`, `max`, `count`, `p(N)`. */
  readonly stats: readonly string[];
  /** Whether phases and results by scenario are wanted. */
  readonly full: boolean;
}

/** Columns that the report keeps to. */
export const PAGE_WIDTH = 80;

/** A piece of text with the colour it is for, so that widths are counted without colours. */
export interface Part {
  readonly text: string;
  readonly as?: keyof Paint;
}

/** `label....: value value`; the leaders of all sections end in one column, as k6's do. */
export interface Leader {
  readonly label: string;
  readonly parts: readonly Part[];
  /** Values stand in columns of this width, so that trends below one another line up. */
  readonly padTo?: number;
}

/** A line of the report, or a leader that gets its width when all of them are known. */
export type Line = string | Leader;

/** Part of the report: a title and its lines. One without lines is left out. */
export interface Section {
  /** With the block, `█ TITLE`, and apart from what is above it; without, a part of the section above. */
  readonly title: string;
  readonly minor?: boolean;
  readonly lines: readonly Line[];
}

const INDENT = '    ';
const WIDEST_LABEL = 28;

/** The sections as text, every line ended. */
export function renderSections(sections: readonly Section[], paint: Paint): string {
  const shown = sections.filter((section) => section.lines.length > 0);
  const labels = shown.flatMap((section) => section.lines).flatMap((line) => (typeof line === 'string' ? [] : [widthOf(line.label)]));
  const width = Math.min(WIDEST_LABEL, Math.max(0, ...labels));
  const out: string[] = [];
  for (const { title, minor, lines } of shown) {
    if (minor === true) out.push('', `${INDENT}${paint.strong(title)}`);
    else out.push('', '', `  █ ${paint.strong(title)}`, '');
    for (const line of lines)
      out.push(...(typeof line === 'string' ? [line === '' ? '' : INDENT + line] : renderLeader(line, width, paint)));
  }
  return out.map((line) => `${line.trimEnd()}\n`).join('');
}

function renderLeader({ label, parts, padTo }: Leader, width: number, paint: Paint): string[] {
  const name = cut(label, width);
  const dots = '.'.repeat(width - widthOf(name) + 2);
  const room = PAGE_WIDTH - INDENT.length - width - 4;
  const rows = fill(parts, room, padTo ?? 0).map((row) =>
    row.map((part, i) => pad(part, i < row.length - 1 ? (padTo ?? 0) : 0, paint)).join(' '),
  );
  const [first = '', ...rest] = rows;
  const under = ' '.repeat(INDENT.length + width + 4);
  return [`${INDENT}${name}${paint.faint(`${dots}:`)} ${first}`, ...rest.map((row) => under + row)];
}

/** Parts in as many rows as they need. */
function fill(parts: readonly Part[], room: number, padTo: number): Part[][] {
  const rows: Part[][] = [];
  let row: Part[] = [];
  let used = 0;
  for (const part of parts) {
    const need = widthOf(part.text) + (used === 0 ? 0 : 1);
    if (used > 0 && used + need > room) {
      rows.push(row);
      row = [];
      used = 0;
    }
    row.push(part);
    used += Math.max(need, padTo + 1);
  }
  return [...rows, row];
}

function pad({ text, as }: Part, width: number, paint: Paint): string {
  return (as === undefined ? text : paint[as](text)) + ' '.repeat(Math.max(0, width - widthOf(text)));
}
