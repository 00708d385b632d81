import { type Distribution, mergeTrends, type Row, rowsOf, sumCounters, sumRates, type Wanted } from '../../record/index.ts';
import { cut, rate, safe, shortCount, timeIn } from '../format.ts';
import { failures, tableUnit, tagValues } from './flows.ts';
import type { Part, Section, TextContext } from './lines.ts';
import { type Column, renderTable, type TableRow, WIDEST_NAME } from './table.ts';
import { faint, value } from './values.ts';

/** In the order of the protocol, so that two reports can be laid side by side; what is not here follows by name. */
const ORDER = (
  'ping token_get token_post manifest_head manifest_get blob_head blob_get ' +
  'upload_mount upload_start upload_put upload_patch upload_chunk upload_finish upload_post upload_status upload_cancel ' +
  'manifest_put tags_list catalog_list referrers_list manifest_delete blob_delete'
).split(' ');
const ROLES = ['registry', 'token', 'storage'];
const SIZES = ['<64KiB', '<1MiB', '<16MiB', '<128MiB', '≥128MiB'];

/** Answers that an operation does not expect are counted as failed and kept out of its latencies: a quick 503 must not make it look fast. */
export const EXPECTED = { expected_response: ['true', ''] };

/** A row of a table of operations. */
export interface OperationRow {
  readonly name: string;
  readonly wanted: Wanted;
}

/** One row for each operation and host role, and below it one for each size class of its blobs. */
export function operations({ record: { rows }, paint }: TextContext): Section {
  const shown = operationRows(rows, true).map(({ name, wanted }) => ({
    name,
    requests: sumCounters(rowsOf(rows, 'http_reqs', wanted)),
    failed: sumRates(rowsOf(rows, 'http_req_failed', wanted)).hits,
    waiting: mergeTrends(rowsOf(rows, 'http_req_waiting', { ...wanted, ...EXPECTED })),
    duration: mergeTrends(rowsOf(rows, 'http_req_duration', { ...wanted, ...EXPECTED })),
  }));
  const unit = tableUnit(shown.map(({ duration }) => duration.max));
  const percentiles = (trend: Distribution): Part[] => [50, 95, 99].map((percent) => value(timeIn(unit, trend.percentile(percent))));
  const columns: Column[] = [
    { head: 'count' },
    { head: 'rate/s' },
    { head: 'fail' },
    ...grouped(`waiting, ${unit}`, ['p50', 'p95', 'p99']),
    ...grouped(`duration, ${unit}`, ['p50', 'p95', 'p99', 'max']),
  ];
  const lines = shown.map(
    ({ name, requests, failed, waiting, duration }): TableRow => ({
      name,
      cells: [
        value(shortCount(requests.count)),
        value(rate(requests.rate)),
        failures(failed),
        ...percentiles(waiting),
        ...percentiles(duration),
        value(timeIn(unit, duration.max)),
      ],
    }),
  );
  return { title: 'OPERATIONS', minor: true, lines: renderTable(columns, lines, paint) };
}

const PHASES = ['blocked', 'connecting', 'tls', 'sending', 'waiting', 'receiving'] as const;

/** Where the time of each operation went: for every phase its mean and 95th percentile, one below the other. */
export function phases({ record: { rows }, paint, full }: TextContext): Section {
  const shown = (full ? operationRows(rows, false) : [])
    .map(({ name, wanted }) => ({
      name,
      trends: PHASES.map((phase) => mergeTrends(rowsOf(rows, metricOf(phase), { ...wanted, ...EXPECTED }))),
    }))
    .filter(({ trends }) => trends.some((trend) => trend.count > 0));
  const unit = tableUnit(shown.flatMap(({ trends }) => trends.map((trend) => trend.max)));
  const lines = shown.flatMap(({ name, trends }): TableRow[] => [
    { name, cells: [faint('avg'), ...trends.map((trend) => value(timeIn(unit, trend.avg)))] },
    { name: '', cells: [faint('p95'), ...trends.map((trend) => faint(timeIn(unit, trend.percentile(95))))] },
  ]);
  return { title: 'PHASES', minor: true, lines: renderTable([{ head: unit }, ...PHASES.map((head) => ({ head }))], lines, paint) };
}

function metricOf(phase: (typeof PHASES)[number]): string {
  return phase === 'tls' ? 'http_req_tls_handshaking' : `http_req_${phase}`;
}

/** Operations and the host roles they went to, in the order of the protocol. */
export function operationRows(rows: readonly Row[], withSizes: boolean): OperationRow[] {
  const requests = rowsOf(rows, 'http_reqs');
  return inOrder(tagValues(requests, 'operation'), ORDER).flatMap((operation) =>
    inOrder(tagValues(rowsOf(requests, 'http_reqs', { operation }), 'host_role'), ROLES).flatMap((role) => {
      const wanted = { operation, host_role: role };
      const usual = role === (operation.startsWith('token_') ? 'token' : 'registry');
      const row = { name: cut(safe(usual ? operation : `${operation} @${role}`), WIDEST_NAME), wanted };
      const sizes = withSizes ? inOrder(tagValues(rowsOf(requests, 'http_reqs', wanted), 'size_class'), SIZES) : [];
      return [row, ...sizes.map((size_class) => ({ name: `  ${safe(size_class)}`, wanted: { ...wanted, size_class } }))];
    }),
  );
}

function grouped(group: string, heads: readonly string[]): Column[] {
  return heads.map((head) => ({ head, group }));
}

function inOrder(names: readonly string[], order: readonly string[]): string[] {
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return names.toSorted((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
}
