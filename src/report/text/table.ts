import { cut, widthOf } from '../format.ts';
import type { Paint } from '../paint.ts';
import { PAGE_WIDTH, type Part } from './lines.ts';

/** A column of figures; the first column of a table is its row's name and has none of these. */
export interface Column {
  readonly head: string;
  /** Columns of one group stand below one common heading. */
  readonly group?: string;
}

/** The name of a row, then one cell for each column. */
export interface TableRow {
  readonly name: string;
  readonly cells: readonly Part[];
}

/** Widest name; longer ones are for the reader of the JSON record. */
export const WIDEST_NAME = 18;
const SHORTEST_NAME = 12;

/** A column with its cells, measured. */
interface Measured extends Column {
  readonly cells: readonly Part[];
  readonly width: number;
  /** Whether a group begins here. */
  readonly starts: boolean;
  readonly gap: number;
}

/**
 * A table with names on the left and figures set right, without its outer indent. Each column is as wide as it has to be; where that is
 * more than the page, first the gaps between groups go and then the ends of long names.
 */
export function renderTable(columns: readonly Column[], rows: readonly TableRow[], paint: Paint): string[] {
  if (rows.length === 0) return [];
  const sized = measure(columns, rows);
  const room = PAGE_WIDTH - 4 - sized.reduce((sum, column) => sum + column.gap + column.width, 0);
  const nameWidth = Math.min(Math.max(...rows.map((row) => widthOf(row.name))), Math.max(SHORTEST_NAME, room));
  const measured = spread(sized, room - nameWidth);
  const line = (fullName: string, cellOf: (column: Measured) => Part) => {
    const name = cut(fullName, nameWidth);
    const cells = measured.map((column) => right(cellOf(column), column.gap + column.width, paint));
    return name + ' '.repeat(nameWidth - widthOf(name)) + cells.join('');
  };
  const groups = measured.some((column) => column.group !== undefined) ? [' '.repeat(nameWidth) + paint.faint(groupHeads(measured))] : [];
  return [
    ...groups,
    line('', (column) => ({ text: column.head, as: 'faint' })),
    ...rows.map((row, i) => line(row.name, (column) => column.cells[i] ?? { text: '' })),
  ];
}

function measure(columns: readonly Column[], rows: readonly TableRow[]): Measured[] {
  return columns.map((column, i) => {
    const cells = rows.map((row) => row.cells[i] ?? { text: '' });
    const width = Math.max(widthOf(column.head), ...cells.map((cell) => widthOf(cell.text)));
    return { ...column, cells, width, starts: column.group !== undefined && column.group !== columns[i - 1]?.group, gap: 1 };
  });
}

/** Gives groups as much air as there are `free` columns for. */
function spread(columns: readonly Measured[], free: number): Measured[] {
  const groups = columns.filter((column) => column.starts).length;
  const air = free >= groups * 2 ? 2 : free >= groups ? 1 : 0;
  return columns.map((column) => (column.starts ? { ...column, gap: column.gap + air } : column));
}

/** `── waiting ──` over the columns of each group. */
function groupHeads(columns: readonly Measured[]): string {
  const parts: { title: string | undefined; gap: number; width: number }[] = [];
  for (const { group, starts, gap, width } of columns) {
    const open = parts.at(-1);
    if (open === undefined || starts || open.title !== group) parts.push({ title: group, gap, width });
    else open.width += gap + width;
  }
  return parts.map(({ title, gap, width }) => ' '.repeat(gap) + (title === undefined ? ' '.repeat(width) : centre(title, width))).join('');
}

function centre(title: string, width: number): string {
  const free = width - title.length - 2;
  if (free < 2) return title.padStart(width).slice(0, width);
  const left = Math.floor(free / 2);
  return `${'─'.repeat(left)} ${title} ${'─'.repeat(free - left)}`;
}

function right({ text, as }: Part, width: number, paint: Paint): string {
  return ' '.repeat(width - widthOf(text)) + (as === undefined ? text : paint[as](text));
}
