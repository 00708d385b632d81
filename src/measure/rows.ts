import { Accumulator } from './accumulator.ts';
import { ColumnSeries } from './columns.ts';
import { mergeData } from './merge.ts';
import type { MetricContains, MetricType } from './observation.ts';
import { hasTags } from './series.ts';
import type { SeriesData, SeriesSnapshot, Tags } from './snapshot.ts';
import type { TotalRow } from './totals.ts';

interface Row {
  readonly metric: string;
  readonly type: MetricType;
  readonly contains: MetricContains;
  readonly tags: Tags;
  readonly total: Accumulator;
  readonly columns: ColumnSeries;
  /** Whether anything was added to the total: a series of the warm-up alone was not. */
  counted: boolean;
}

/** The rows of one stage, by series. */
export class Rows {
  readonly #rows = new Map<string, Row>();

  /** Adds a series of one interval to a column (undefined: to none) and, unless it is warm-up, to the total. */
  add(series: SeriesSnapshot, column: number | undefined, warmup: boolean): void {
    let row = this.#rows.get(series.key);
    if (row === undefined) {
      const { metric, contains, tags } = series;
      const { type } = series.data;
      row = { metric, type, contains, tags, total: new Accumulator(type), columns: new ColumnSeries(metric, type), counted: false };
      this.#rows.set(series.key, row);
    }
    if (column !== undefined) row.columns.add(column, series.data);
    if (warmup) return;
    row.total.add(series.data);
    row.counted = true;
  }

  halveColumns(): void {
    for (const row of this.#rows.values()) row.columns.halve();
  }

  /** Merged over all rows of a metric that have these tags and were measured after the warm-up. */
  select(metric: string, tags: Tags): SeriesData | undefined {
    const rows = [...this.#rows.values()].filter((row) => row.counted && row.metric === metric && hasTags(row.tags, tags));
    return mergeAll(rows.map((row) => row.total.data()));
  }

  /** All rows, by metric and then by tags. */
  totals(columns: number): TotalRow[] {
    const sorted = [...this.#rows].sort(([a], [b]) => (a < b ? -1 : 1));
    return sorted.map(([, { metric, type, contains, tags, total, columns: series }]) => ({
      metric,
      type,
      contains,
      tags,
      data: total.data(),
      columns: series.columns(columns),
    }));
  }
}

/** Merged over all rows of a metric that have these tags; undefined when there is none. As `Collector.select`, for the rows of `RunTotals`. */
export function selectRows(rows: readonly TotalRow[], metric: string, tags: Tags = {}): SeriesData | undefined {
  return mergeAll(rows.filter((row) => row.metric === metric && hasTags(row.tags, tags)).map((row) => row.data));
}

function mergeAll(data: readonly SeriesData[]): SeriesData | undefined {
  return data.length === 0 ? undefined : data.reduce(mergeData);
}
