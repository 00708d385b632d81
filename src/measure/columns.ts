import { addCoarse, type CoarseCounts, coarsePercentile } from './coarse.ts';
import { coarsen, percentiles } from './packed.ts';
import { HEAT_MAP_COLUMNS, PERCENTILE_COLUMNS } from './metrics.ts';
import type { MetricType } from './observation.ts';
import type { SeriesData } from './snapshot.ts';
import { mean as meanOf } from './summary.ts';
import type { RowColumns } from './totals.ts';

/**
 * One row over time. A run has at most so many columns: when it grows longer, two neighbours become one, and the memory of a row stays
 * the same however long the run is.
 *
 * Counts, sums and extremes of two columns join exactly. Percentiles do not, and keeping every column's histogram would cost some 40 kB for
 * each column of each row. What is kept is coarse buckets: a joined percentile is read from their sum, and then held between the
 * percentiles of the two columns, where that of their union always lies. Columns are exact, to HDR's three digits, in runs short enough
 * for one interval a column, and within a bucket's eighth, mostly far closer, in longer ones. Totals are always exact.
 */
export class ColumnSeries {
  readonly #type: MetricType;
  readonly #metric: string;
  #cells: (Cell | undefined)[] = [];

  constructor(metric: string, type: MetricType) {
    this.#metric = metric;
    this.#type = type;
  }

  /** Adds the data of one more interval to a column. */
  add(column: number, data: SeriesData): void {
    const cell = cellOf(data, PERCENTILE_COLUMNS.has(this.#metric));
    const other = this.#cells[column];
    this.#cells[column] = other === undefined ? cell : join(other, cell);
  }

  /** Makes one column of each two. */
  halve(): void {
    const halved: (Cell | undefined)[] = [];
    for (let i = 0; i < this.#cells.length; i += 2) {
      const [a, b] = [this.#cells[i], this.#cells[i + 1]];
      halved[i / 2] = a === undefined || b === undefined ? (a ?? b) : join(a, b);
    }
    this.#cells = halved;
  }

  /** The row's columns, `length` of them. */
  columns(length: number): RowColumns {
    const cells = Array.from({ length }, (_, i) => this.#cells[i]);
    const of = <T>(pick: (cell: Cell) => T) => cells.map((cell) => (cell === undefined ? null : pick(cell)));
    const counts = (pick: (cell: Cell) => number) => cells.map((cell) => (cell === undefined ? 0 : pick(cell)));
    switch (this.#type) {
      case 'counter':
        return { type: 'counter', value: counts((cell) => cell.sum) };
      case 'gauge':
        return { type: 'gauge', value: of((cell) => cell.sum) };
      case 'rate':
        return { type: 'rate', hits: counts((cell) => cell.sum), total: counts((cell) => cell.count) };
      case 'trend':
        return {
          type: 'trend',
          count: counts((cell) => cell.count),
          mean: of((cell) => cell.sum / cell.count),
          percentiles: PERCENTILE_COLUMNS.has(this.#metric)
            ? {
                p50: of((cell) => cell.spread?.p50 ?? 0),
                p95: of((cell) => cell.spread?.p95 ?? 0),
                p99: of((cell) => cell.spread?.p99 ?? 0),
                max: of((cell) => cell.spread?.max ?? 0),
              }
            : undefined,
          coarse: HEAT_MAP_COLUMNS.has(this.#metric) ? of((cell) => cell.spread?.coarse ?? { lo: 0, counts: [] }) : undefined,
        };
    }
  }
}

/** One column of one row: `sum` is a counter's amount, a rate's hits, a gauge's last value or a trend's sum; `count` how many there were. */
interface Cell {
  readonly type: MetricType;
  readonly count: number;
  readonly sum: number;
  readonly spread: Spread | undefined;
}

interface Spread {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  readonly coarse: CoarseCounts;
}

function cellOf(data: SeriesData, withSpread: boolean): Cell {
  switch (data.type) {
    case 'counter':
    case 'gauge':
      return { type: data.type, count: 1, sum: data.value, spread: undefined };
    case 'rate':
      return { type: 'rate', count: data.total, sum: data.hits, spread: undefined };
    case 'trend': {
      const { histogram } = data;
      const { count, max } = histogram;
      let spread: Spread | undefined;
      if (withSpread) {
        const [p50, p95, p99] = percentiles(histogram, [50, 95, 99]) as [number, number, number];
        spread = { p50, p95, p99, max, coarse: coarsen(histogram) };
      }
      return { type: 'trend', count, sum: meanOf(histogram) * count, spread };
    }
  }
}

/** Two neighbours in time, the earlier one first. */
function join(a: Cell, b: Cell): Cell {
  if (a.type === 'gauge') return b;
  const spread = a.spread === undefined || b.spread === undefined ? undefined : joinSpread(a.spread, b.spread);
  return { type: a.type, count: a.count + b.count, sum: a.sum + b.sum, spread };
}

function joinSpread(a: Spread, b: Spread): Spread {
  const coarse: CoarseCounts = { lo: a.coarse.lo, counts: [...a.coarse.counts] };
  addCoarse(coarse, b.coarse);
  const between = (percent: number, x: number, y: number) =>
    Math.min(Math.max(coarsePercentile(coarse, percent) ?? 0, Math.min(x, y)), Math.max(x, y));
  return {
    p50: between(50, a.p50, b.p50),
    p95: between(95, a.p95, b.p95),
    p99: between(99, a.p99, b.p99),
    max: Math.max(a.max, b.max),
    coarse,
  };
}
