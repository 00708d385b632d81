import { mergeTrends, type Row, rowsOf, sumCounters, sumRates, type Wanted } from '../../record/index.ts';
import { cut, rate, safe, shortCount, timeIn } from '../format.ts';
import { statHead, statOf } from '../stats.ts';
import type { Part, Section, TextContext } from './lines.ts';
import { type Column, renderTable, type TableRow, WIDEST_NAME } from './table.ts';
import { value } from './values.ts';

interface NamedTags {
  readonly name: string;
  readonly wanted: Wanted;
}

/** One row for each flow; with several scenarios, in full, what each of them did below it. */
export function flows(context: TextContext): Section {
  const { rows } = context.record;
  const names = tagValues(rowsOf(rows, 'flow_duration'), 'flow').flatMap((flow): NamedTags[] => [
    { name: flow, wanted: { flow } },
    ...byScenario(context, { flow }),
  ]);
  return section(context, 'FLOWS', 'flow_duration', 'flow_failed', names);
}

/** One row for each group of the scenario. */
export function groups(context: TextContext): Section {
  const names = tagValues(rowsOf(context.record.rows, 'group_duration'), 'group').map(
    (group): NamedTags => ({
      name: group.replace(/^::/, ''),
      wanted: { group },
    }),
  );
  return section(context, 'GROUPS', 'group_duration', undefined, names);
}

function section(
  context: TextContext,
  title: string,
  metric: string,
  failedMetric: string | undefined,
  names: readonly NamedTags[],
): Section {
  const { record, paint, stats } = context;
  const shown = names.map(({ name, wanted }) => ({
    name,
    all: sumCounters(rowsOf(record.rows, metric, wanted)),
    failed: failedMetric === undefined ? undefined : sumRates(rowsOf(record.rows, failedMetric, wanted)).hits,
    // Flows that went well: one that ended early would make the others look fast.
    duration: mergeTrends(rowsOf(record.rows, metric, { ...wanted, error_code: '' })),
  }));
  const unit = tableUnit(shown.map(({ duration }) => duration.max));
  const columns: Column[] = [
    { head: 'count' },
    { head: 'rate/s' },
    ...(failedMetric === undefined ? [] : [{ head: 'failed' }]),
    ...stats.map((stat) => ({ head: statHead(stat), group: `duration, ${unit}` })),
  ];
  const lines = shown.map(
    ({ name, all, failed, duration }): TableRow => ({
      name: cut(safe(name), WIDEST_NAME),
      cells: [
        value(shortCount(all.count)),
        value(rate(all.rate)),
        ...(failed === undefined ? [] : [failures(failed)]),
        ...stats.map((stat) => value(statText(stat, statOf(duration, stat), unit))),
      ],
    }),
  );
  return { title, minor: true, lines: renderTable(columns, lines, paint) };
}

function byScenario({ record, full }: TextContext, wanted: Wanted): NamedTags[] {
  const scenarios = tagValues(rowsOf(record.rows, 'flow_duration', wanted), 'scenario');
  if (!full || scenarios.length < 2) return [];
  return scenarios.map((scenario) => ({ name: `  ${scenario}`, wanted: { ...wanted, scenario } }));
}

/** Milliseconds, unless that would make figures of more than five digits. */
export function tableUnit(largest: readonly (number | undefined)[]): 'ms' | 's' {
  return largest.some((us) => us !== undefined && us >= 99_999_500) ? 's' : 'ms';
}

/** A number of failures, red when there are any. */
export function failures(count: number): Part {
  return count > 0 ? { text: shortCount(count), as: 'bad' } : { text: '0', as: 'faint' };
}

/** Values of a tag among rows, sorted; rows without it are left out. */
export function tagValues(rows: readonly Row[], tag: string): string[] {
  return [...new Set(rows.map((row) => row.tags[tag] ?? ''))].filter((text) => text !== '').toSorted();
}

function statText(stat: string, number: number | undefined, unit: 'ms' | 's'): string {
  return stat === 'count' && number !== undefined ? shortCount(number) : timeIn(unit, number);
}
