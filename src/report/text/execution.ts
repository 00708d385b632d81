import { type RunRecord, rowsOf } from '../../record/index.ts';
import { count, rate } from '../format.ts';
import type { Leader, Line, Section, TextContext } from './lines.ts';
import { counterLeader, faint, trendLeader, value } from './values.ts';

/** How the iterations went. */
export function execution({ record, stats }: TextContext): Section {
  const { rows, iterations } = record;
  const lines: Line[] = [
    trendLeader('iteration_duration', rowsOf(rows, 'iteration_duration'), stats),
    counterLeader('iterations', rowsOf(rows, 'iterations')),
    ...overTime(record),
    numberLeader('iterations_failed', iterations.failed, 'bad'),
    numberLeader('iterations_interrupted', iterations.interrupted, 'warn'),
    numberLeader('dropped_iterations', iterations.dropped, 'warn'),
    ...vusLeaders(record),
  ];
  return { title: 'EXECUTION', minor: true, lines };
}

/** A mean hides a load that stalls: how many iterations ended in the slowest, the usual and the fastest column. */
function overTime({ rows, columns }: RunRecord): Leader[] {
  const counters = rowsOf(rows, 'iterations').filter((row) => row.type === 'counter');
  const width = columns.widthUs / 1_000_000;
  const perSecond: number[] = [];
  for (let i = columns.rateFrom; i < columns.rateTo; i += 1) {
    perSecond.push(counters.reduce((sum, row) => sum + (row.columns?.count[i] ?? 0), 0) / width);
  }
  if (perSecond.length < 2) return [];
  const sorted = perSecond.toSorted((a, b) => a - b);
  const shown = { min: sorted.at(0), med: sorted.at(Math.floor((sorted.length - 1) / 2)), max: sorted.at(-1) };
  const parts = Object.entries(shown).map(([name, number]) => faint(`${name}=${rate(number ?? 0)}/s`));
  return [{ label: `  each ${width}s`, parts, padTo: 12 }];
}

function vusLeaders({ vus, columns }: RunRecord): Leader[] {
  const active = vus.active.slice(columns.rateFrom, columns.rateTo); // a second that is cut short ends with VUs that have left
  const parts =
    active.length === 0
      ? [value('-')]
      : [value(count(active.at(-1))), faint(`min=${count(Math.min(...active))}`), faint(`max=${count(Math.max(...active))}`)];
  return [
    { label: 'vus', parts, padTo: 9 },
    { label: 'vus_max', parts: [value(count(vus.made))] },
  ];
}

function numberLeader(label: string, number: number, when: 'bad' | 'warn'): Leader {
  return { label, parts: [{ text: count(number), as: number > 0 ? when : 'value' }] };
}
