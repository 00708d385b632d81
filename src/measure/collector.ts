import { availableParallelism } from 'node:os';
import { ErrorTally } from './errors.ts';
import { HealthSeries } from './health-totals.ts';
import { merge } from './merge.ts';
import { summarizeInterval } from './progress.ts';
import { Rows } from './rows.ts';
import { seriesKey } from './series.ts';
import type { IntervalSnapshot, SeriesData, SeriesSnapshot, Tags } from './snapshot.ts';
import type { MergedInterval, RunTotals } from './totals.ts';

/** Settings of a {@link Collector}. */
export interface CollectorOptions {
  /** Slices that deliver each interval. */
  readonly slices: number;
  /** Intervals at the start that count in no total. */
  readonly warmupIntervals: number;
  /** Most columns; when a run has more intervals, columns double their width. Default 600. */
  readonly maxColumns?: number;
  /** Default 1000. */
  readonly intervalMs?: number;
  /** Cores of the generator, for its verdict. Default: those of this machine. */
  readonly cores?: number;
}

/** Is told each interval: in short, for people, and all of it, for whoever stores or streams it. */
export type IntervalListener = (summary: MergedInterval, snapshot: IntervalSnapshot) => void;

/** An interval is taken as it is, without the slices that have not delivered it, when a slice is so many intervals ahead. */
const MAX_WAIT = 10;

/**
 * Joins what the slices observed, interval by interval, and keeps the totals of the run. Its memory depends on the number of series and
 * not on the length of the run.
 */
export class Collector {
  readonly #slices: number;
  readonly #warmup: number;
  readonly #maxColumns: number;
  readonly #intervalMs: number;
  readonly #listeners: IntervalListener[] = [];
  /** Last interval of each slice; Infinity when it will deliver no more. */
  readonly #last = new Map<number, number>();
  readonly #pending = new Map<number, { merged: IntervalSnapshot; slices: number }>();
  readonly #run = new Rows();
  readonly #setup = new Rows();
  readonly #teardown = new Rows();
  readonly #errors = new ErrorTally();
  readonly #warmupErrors = new ErrorTally();
  readonly #health: HealthSeries;
  #vus: number[] = [];
  #vusMax = 0;
  #columns = 0;
  /** Intervals in a column: a power of two. */
  #width = 1;
  #measured = 0;

  constructor(options: CollectorOptions) {
    this.#slices = options.slices;
    this.#warmup = options.warmupIntervals;
    this.#maxColumns = options.maxColumns ?? 600;
    this.#intervalMs = options.intervalMs ?? 1000;
    this.#health = new HealthSeries(options.cores ?? availableParallelism());
  }

  /** Takes a snapshot. Those of one slice come in order of their index (the network may repeat one: it is ignored), slices in any order. */
  add(snapshot: IntervalSnapshot): void {
    if (snapshot.index < 0) {
      this.#addStages(snapshot);
      return;
    }
    const { slice, index } = snapshot;
    if (index <= (this.#last.get(slice) ?? -1)) return;
    this.#last.set(slice, index);
    const pending = this.#pending.get(index);
    if (pending === undefined) {
      this.#pending.set(index, { merged: snapshot, slices: 1 });
    } else {
      pending.merged = merge(pending.merged, snapshot);
      pending.slices += 1;
    }
    this.#flush(index - MAX_WAIT);
  }

  /** Says that a slice will deliver no more: it has ended, or was lost. */
  sliceEnded(slice: number): void {
    this.#last.set(slice, Number.POSITIVE_INFINITY);
    this.#flush(-1);
  }

  /** Called with each interval once all slices have delivered it, in order: in short, and with all that was observed. */
  onInterval(listener: IntervalListener): void {
    this.#listeners.push(listener);
  }

  /** Merged over all series of stage `run` that have these tags, after the warm-up and so far; undefined when nothing was measured. */
  select(metric: string, tags: Tags): SeriesData | undefined {
    return this.#run.select(metric, tags);
  }

  /** How much time after the warm-up the selections cover so far, ms. */
  get measuredMs(): number {
    return this.#measured * this.#intervalMs;
  }

  /** The totals, of all that was delivered. */
  finish(): RunTotals {
    this.#flush(Number.POSITIVE_INFINITY);
    const warmupColumns = Math.min(this.#columns, Math.ceil(this.#warmup / this.#width));
    return {
      columnWidthMs: this.#width * this.#intervalMs,
      columns: this.#columns,
      warmupColumns,
      rows: this.#run.totals(this.#columns),
      setup: this.#setup.totals(0),
      teardown: this.#teardown.totals(0),
      errors: this.#errors.groups().sort((a, b) => b.count - a.count),
      warmupErrors: this.#warmupErrors.groups().sort((a, b) => b.count - a.count),
      health: this.#health.totals(this.#columns),
      vus: Array.from({ length: this.#columns }, (_, i) => this.#vus[i] ?? 0),
      vusMax: this.#vusMax,
    };
  }

  #addStages(snapshot: IntervalSnapshot): void {
    for (const series of snapshot.series) (series.stage === 'setup' ? this.#setup : this.#teardown).add(series, undefined, false);
    for (const error of snapshot.errors) this.#errors.add(error);
  }

  /** Takes in the intervals that are complete, and those up to `forced` as they are. */
  #flush(forced: number): void {
    const delivered = [...this.#last.values()];
    const complete = delivered.length < this.#slices ? -1 : Math.min(...delivered);
    const limit = Math.max(complete, forced);
    const due = [...this.#pending.keys()].filter((index) => index <= limit).sort((a, b) => a - b);
    for (const index of due) {
      const { merged, slices } = this.#pending.get(index) as { merged: IntervalSnapshot; slices: number };
      this.#pending.delete(index);
      this.#take(merged, slices);
    }
  }

  #take(interval: IntervalSnapshot, slices: number): void {
    const warmup = interval.index < this.#warmup;
    const column = this.#columnOf(interval.index);
    if (!warmup) this.#measured += 1;
    for (const series of interval.series) this.#run.add(series, column, warmup);
    this.#run.add(gauge('vus', interval.vus), column, warmup);
    this.#run.add(gauge('vus_max', interval.vusMax), column, warmup);
    for (const error of interval.errors) (warmup ? this.#warmupErrors : this.#errors).add(error);
    if (interval.health !== undefined) this.#health.add(column, interval.health, warmup);
    this.#vus[column] = Math.max(this.#vus[column] ?? 0, interval.vus);
    this.#vusMax = Math.max(this.#vusMax, interval.vusMax);
    const summary = summarizeInterval(interval, slices, warmup);
    for (const listener of this.#listeners) listener(summary, interval);
  }

  #columnOf(index: number): number {
    while (Math.floor(index / this.#width) >= this.#maxColumns) {
      this.#width *= 2;
      this.#run.halveColumns();
      this.#health.halveColumns();
      this.#vus = Array.from({ length: Math.ceil(this.#vus.length / 2) }, (_, i) =>
        Math.max(this.#vus[2 * i] ?? 0, this.#vus[2 * i + 1] ?? 0),
      );
      this.#columns = Math.ceil(this.#columns / 2);
    }
    const column = Math.floor(index / this.#width);
    this.#columns = Math.max(this.#columns, column + 1);
    return column;
  }
}

function gauge(metric: string, value: number): SeriesSnapshot {
  const data: SeriesData = { type: 'gauge', value, min: value, max: value };
  return { key: seriesKey('run', metric, {}), stage: 'run', metric, contains: 'default', tags: {}, data };
}
