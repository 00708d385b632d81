import type { RecordedArrivals } from '../../record/index.ts';
import { count, NOTHING, rate, safe, share, time } from '../format.ts';
import type { Line, Part, Section, TextContext } from './lines.ts';
import { faint, value } from './values.ts';

/** What each open scenario was to do and what it did: a load that was not offered in full says little about the registry. */
export function arrivals({ record }: TextContext): Section {
  const open = record.arrivals;
  const lines = open.flatMap((one, i): Line[] => [
    ...(i > 0 ? [''] : []),
    ...(record.options.scenarios.length > 1 ? [safe(one.scenario)] : []),
    ...linesOf(one),
  ]);
  return { title: 'ARRIVALS', minor: true, lines };
}

function linesOf({ due, offeredRate, dropped, late, lateUs, completed, achievedRate, lag, vus, onNoVu }: RecordedArrivals): Line[] {
  const achieved = offeredRate === 0 ? [] : [faint(`${share(achievedRate / offeredRate)} of it`)];
  const ofDue = (number: number, more: string) => faint(`${share(due === 0 ? 0 : number / due)} ${more}`);
  return [
    { label: 'offered', parts: [value(count(due)), faint(`${rate(offeredRate)}/s`)], padTo: 9 },
    { label: 'achieved', parts: [value(count(completed)), faint(`${rate(achievedRate)}/s`), ...achieved], padTo: 9 },
    { label: 'dropped_iterations', parts: [warn(dropped), ofDue(dropped, 'of those due')], padTo: 9 },
    { label: 'late_starts', parts: [warn(late), ofDue(late, `by more than ${time(lateUs)}`)], padTo: 9 },
    { label: 'iteration_lag', parts: lag === null ? [value(NOTHING)] : statistics(lag), padTo: 12 },
    {
      label: 'vus_made',
      parts: [value(count(vus.made)), faint(`${count(vus.preAllocated)} preallocated, at most ${count(vus.max)}; then ${safe(onNoVu)}`)],
      padTo: 9,
    },
  ];
}

function statistics({ p50Us, p95Us, p99Us, maxUs }: NonNullable<RecordedArrivals['lag']>): Part[] {
  return [`med=${time(p50Us)}`, `p(95)=${time(p95Us)}`, `p(99)=${time(p99Us)}`, `max=${time(maxUs)}`].map(value);
}

function warn(number: number): Part {
  return { text: count(number), as: number > 0 ? 'warn' : 'value' };
}
