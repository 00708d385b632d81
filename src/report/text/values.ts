import { type Distribution, mergeTrends, type Row, sumCounters, sumRates } from '../../record/index.ts';
import { count, NOTHING, rate, share, size, sizeRate, threeDigits, time } from '../format.ts';
import { statOf } from '../stats.ts';
import type { Leader, Part } from './lines.ts';

/** Leaders of the four kinds of metric. */

/** `12 345 41.1/s`, or sizes. */
export function counterLeader(label: string, rows: readonly Row[], contains = rows[0]?.contains ?? 'default'): Leader {
  const sum = sumCounters(rows);
  return contains === 'data'
    ? { label, parts: [value(size(sum.count)), faint(sizeRate(sum.rate))], padTo: 9 }
    : { label, parts: [value(plain(sum.count)), faint(`${rate(sum.rate)}/s`)], padTo: 9 };
}

/** `0.10%  12 out of 12 000`. */
export function rateLeader(label: string, { hits, total }: { hits: number; total: number }, bad = false): Leader {
  const text = total === 0 ? NOTHING : share(hits / total);
  return { label, parts: [{ text, as: bad ? 'bad' : 'value' }, faint(`${count(hits)} out of ${count(total)}`)], padTo: 9 };
}

/** `avg=1.20s min=210ms …` by the statistics asked for. */
export function trendLeader(label: string, rows: readonly Row[], stats: readonly string[]): Leader {
  const distribution = mergeTrends(rows);
  if (distribution.count === 0) return { label, parts: [value(NOTHING)] };
  const show = shower(rows[0]);
  return { label, parts: stats.map((stat) => statPart(distribution, stat, show)), padTo: 12 };
}

function statPart(distribution: Distribution, stat: string, show: (number: number) => string): Part {
  const number = statOf(distribution, stat);
  return value(`${stat}=${number === undefined ? NOTHING : stat === 'count' ? count(number) : show(number)}`);
}

/** How the values of a row are shown, by its unit. */
function shower(row: Row | undefined): (number: number) => string {
  switch (row?.unit) {
    case 'µs':
      return time;
    case 'B':
      return size;
    case 'KiB/s':
      return (number) => sizeRate(number * 1024);
    default:
      return threeDigits;
  }
}

/** Last value and extremes; where a metric has several tag sets there is no one last value, and only the extremes are shown. */
function gaugeLeader(label: string, rows: readonly Row[]): Leader {
  const gauges = rows.filter((row) => row.type === 'gauge');
  const show = shower(gauges[0]);
  const min = gauges.map((row) => row.values.min).filter((number) => number !== null);
  const max = gauges.map((row) => row.values.max).filter((number) => number !== null);
  const last = gauges.length === 1 ? gauges[0]?.values.value : undefined;
  if (min.length === 0 || max.length === 0) return { label, parts: [value(NOTHING)] };
  const parts = [faint(`min=${show(Math.min(...min))}`), faint(`max=${show(Math.max(...max))}`)];
  return { label, parts: last === undefined || last === null ? parts : [value(show(last)), ...parts], padTo: 9 };
}

/** A metric of whatever kind. */
export function metricLeader(label: string, rows: readonly Row[], stats: readonly string[]): Leader {
  switch (rows[0]?.type) {
    case 'trend':
      return trendLeader(label, rows, stats);
    case 'rate':
      return rateLeader(label, sumRates(rows));
    case 'gauge':
      return gaugeLeader(label, rows);
    default:
      return counterLeader(label, rows);
  }
}

function plain(number: number): string {
  return Number.isInteger(number) ? count(number) : threeDigits(number);
}

/** Paints a figure as one to be read. */
export function value(text: string): Part {
  return { text, as: 'value' };
}

/** Paints what is of second rank. */
export function faint(text: string): Part {
  return { text, as: 'faint' };
}
