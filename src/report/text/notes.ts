import { formatDuration } from '../../base/index.ts';
import { isOpenModel, mergeTrends, type RunRecord, rowsOf } from '../../record/index.ts';
import { count, safe, wrap } from '../format.ts';
import { PAGE_WIDTH, type Section, type TextContext } from './lines.ts';

/** What a reader must know to take the figures for what they are. */
export function notes({ record, paint }: TextContext): Section {
  const warnings = [...record.warnings, ...lostParts(record)].map((text) => ({ mark: paint.warn('!'), text }));
  const remarks = [
    ...record.notes,
    ...closedModel(record),
    ...openModel(record),
    ...windows(record),
    ...iterations(record),
    ...values(record),
  ].map((text) => ({
    mark: paint.faint('·'),
    text,
  }));
  return {
    title: 'NOTES',
    lines: [...warnings, ...remarks].flatMap(({ mark, text }) =>
      wrap(safe(text), PAGE_WIDTH - 6).map((line, i) => `${i === 0 ? mark : ' '} ${line}`),
    ),
  };
}

function closedModel({ options, rows }: RunRecord): string[] {
  const closed = options.scenarios.filter(({ executor }) => !isOpenModel(executor.executor));
  if (closed.length === 0) return [];
  const scenario = closed.map(({ name }) => name);
  const busy = mergeTrends(rowsOf(rows, 'flow_duration', { scenario })).sum;
  const total = mergeTrends(rowsOf(rows, 'iteration_duration', { scenario })).sum;
  // Less than nine tenths of the iterations' time spent in flows can only be think time, or work of the scenario's own.
  const thinks = busy > 0 && busy < total * 0.9;
  const which = closed.length === options.scenarios.length ? 'Closed model' : `Closed model (${scenario.join(', ')})`;
  return [
    thinks
      ? `${which}: a VU starts its next iteration when the last one has ended, so latency + think time = VUs ÷ throughput. A slower registry gets less load; compare throughput along with latency.`
      : `${which} without think time: latency here is VUs ÷ throughput, and more VUs make it longer. Judge throughput (rate/s), not latency.`,
  ];
}

function openModel({ options, arrivals }: RunRecord): string[] {
  if (arrivals.length === 0) return [];
  const names = arrivals.map(({ scenario }) => scenario).join(', ');
  const which = arrivals.length === options.scenarios.length ? 'Open model' : `Open model (${names})`;
  return [
    `${which}: iterations are due at their times, however slow the registry is. Response time counts from when an iteration was due, service time from when it really started. Judge response time, and the achieved rate beside the offered one.`,
  ];
}

function windows({ windows: { warmup, measured }, columns, rows, warmupErrors }: RunRecord): string[] {
  const texts: string[] = [];
  if (warmup !== null) {
    const requests = rowsOf(rows, 'http_reqs').reduce(
      (sum, row) => sum + (row.type === 'counter' ? warmupSum(row.columns?.count, columns.warmupCount) : 0),
      0,
    );
    const failed = warmupErrors.filter((error) => error.source === 'exchange').reduce((sum, error) => sum + error.count, 0);
    texts.push(
      `The warm-up of ${formatDuration((warmup.endUs - warmup.startUs) / 1000)} (${count(requests)} requests, ${count(failed)} failed) is in no total.`,
    );
  }
  const whole = columns.rateTo - columns.rateFrom;
  texts.push(
    whole > 0
      ? `Rates are over ${formatDuration((whole * columns.widthUs) / 1000)} of the ${formatDuration((measured.endUs - measured.startUs) / 1000)} measured: whole columns of ${columns.widthUs / 1_000_000}s, ramp-down left out.`
      : 'The measured window was too short for rates over whole seconds; they are totals over its length.',
  );
  return texts;
}

function warmupSum(columns: readonly number[] | undefined, end: number): number {
  return (columns ?? []).slice(0, end).reduce((sum, value) => sum + value, 0);
}

function iterations({ iterations: { interrupted, dropped } }: RunRecord): string[] {
  return [
    ...(interrupted > 0
      ? [`Iterations cut off by the end of the run: ${count(interrupted)}. Their finished requests are counted, their durations are not.`]
      : []),
    ...(dropped > 0 ? [`Iterations that the plan asked for and that were never started: ${count(dropped)}.`] : []),
  ];
}

function values({ rows, options }: RunRecord): string[] {
  const clamped = rows.reduce((sum, row) => sum + (row.type === 'trend' ? row.histogram.clamped : 0), 0);
  const failed = rowsOf(rows, 'http_req_failed').some((row) => row.type === 'rate' && row.values.hits > 0);
  return [
    ...(failed ? ['FLOWS, OPERATIONS and PHASES show the latencies of what went well; what failed is only counted there.'] : []),
    ...(clamped > 0 ? [`Values outside the range of the histograms, counted at its edge: ${count(clamped)}.`] : []),
    ...(options.verify === 'full'
      ? []
      : [`Verify policy ${options.verify}: not every byte that was pulled was checked against its digest.`]),
  ];
}

function lostParts({ slices, agents }: RunRecord): string[] {
  const lost = [
    ...slices.filter((slice) => slice.state === 'lost').map((slice) => `Slice ${slice.index}`),
    ...agents.filter((agent) => agent.state === 'lost').map((agent) => `Agent ${agent.name}`),
  ];
  return lost.map((name) => `${name} was lost during the run: what it did after that is missing from every figure.`);
}
