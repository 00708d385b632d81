import { METRICS } from '../../measure/index.ts';
import { type RecordedCheck, rowsOf, sumRates } from '../../record/index.ts';
import { count, cut, safe, share } from '../format.ts';
import { groupBy } from '../group.ts';
import type { Line, Section, TextContext } from './lines.ts';
import { counterLeader, faint, metricLeader, rateLeader, trendLeader, value } from './values.ts';

/** Checks, metrics of the scenario's own, and k6's HTTP lines over all requests. */
export function totals(context: TextContext): Section[] {
  const checks = checkLines(context);
  const custom = customLines(context);
  const parts: Section[] = [
    { title: 'CUSTOM', minor: true, lines: custom },
    { title: 'HTTP', minor: true, lines: httpLines(context) },
  ];
  // The heading must stand even when a run has no checks, and a section without lines is left out.
  return [{ title: 'TOTAL RESULTS', lines: checks.length > 0 ? checks : [context.paint.faint('no checks')] }, ...parts];
}

function checkLines({ record, paint }: TextContext): Line[] {
  const { checks } = record;
  if (checks.length === 0) return [];
  const passes = checks.reduce((sum, check) => sum + check.passes, 0);
  const total = passes + checks.reduce((sum, check) => sum + check.fails, 0);
  return [
    { label: 'checks_total', parts: [value(count(total))] },
    rateLeader('checks_succeeded', { hits: passes, total }),
    rateLeader('checks_failed', { hits: total - passes, total }, passes < total),
    '',
    ...checks.flatMap((check) => checkLine(check, paint)),
  ];
}

function checkLine({ name, group, passes, fails }: RecordedCheck, paint: TextContext['paint']): string[] {
  const title = cut(safe(group === '' ? name : `${group.replace(/^::/, '')}::${name}`), 72);
  if (fails === 0) return [`${paint.good('✓')} ${title}`];
  return [`${paint.bad('✗')} ${title}`, paint.faint(`  ↳ ${share(passes / (passes + fails))} — ✓ ${count(passes)} / ✗ ${count(fails)}`)];
}

function customLines({ record, stats }: TextContext): Line[] {
  const own = record.rows.filter((row) => !Object.hasOwn(METRICS, row.metric));
  return [...groupBy(own, (row) => row.metric)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([metric, rows]) => metricLeader(safe(metric), rows, stats));
}

function httpLines({ record: { rows }, stats }: TextContext): Line[] {
  const failed = sumRates(rowsOf(rows, 'http_req_failed'));
  const durations = rowsOf(rows, 'http_req_duration');
  const expected = rowsOf(rows, 'http_req_duration', { expected_response: ['true', ''] });
  return [
    trendLeader('http_req_duration', durations, stats),
    ...(failed.hits > 0 ? [trendLeader('  { expected_response:true }', expected, stats)] : []),
    rateLeader('http_req_failed', failed, failed.hits > 0),
    counterLeader('http_reqs', rowsOf(rows, 'http_reqs')),
  ].map((leader) => (leader.parts.length > 0 ? leader : { ...leader, parts: [faint('-')] }));
}
