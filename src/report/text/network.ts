import { mergeTrends, type Row, rowsOf, sumCounters } from '../../record/index.ts';
import { count, NOTHING, safe, time } from '../format.ts';
import { tagValues } from './flows.ts';
import type { Leader, Section, TextContext } from './lines.ts';
import { counterLeader, faint, trendLeader, value } from './values.ts';

/** Bytes, connections and repeats. */
export function network({ record: { rows } }: TextContext): Section {
  const mismatches = sumCounters(rowsOf(rows, 'digest_mismatches')).count;
  const throughput = rowsOf(rows, 'blob_throughput');
  return {
    title: 'NETWORK',
    minor: true,
    lines: [
      counterLeader('data_received', rowsOf(rows, 'data_received'), 'data'),
      counterLeader('data_sent', rowsOf(rows, 'data_sent'), 'data'),
      ...tagValues(throughput, 'operation').map((operation) =>
        trendLeader(`blob_throughput ${safe(operation)}`, rowsOf(throughput, 'blob_throughput', { operation }), ['med', 'min', 'max']),
      ),
      counterLeader('connections_opened', rowsOf(rows, 'connections_opened')),
      perConnection('  connecting', rowsOf(rows, 'http_req_connecting')),
      perConnection('  tls_handshaking', rowsOf(rows, 'http_req_tls_handshaking')),
      counterLeader('retries', rowsOf(rows, 'retries')),
      ...waits(rowsOf(rows, 'retry_wait')),
      { label: 'digest_mismatches', parts: [{ text: count(mismatches), as: mismatches > 0 ? 'bad' : 'value' }] },
    ],
  };
}

/** Waits before retries, where there were any: part of the flows, and of no request. */
function waits(rows: readonly Row[]): Leader[] {
  return rows.length === 0 ? [] : [trendLeader('  retry_wait', rows, ['avg', 'min', 'max'])];
}

/**
 * Time of a connection, not of a request: the phase is 0 for requests on a kept connection, and a mean over all of them would say how well
 * connections were kept and not how long they took.
 */
function perConnection(label: string, phase: readonly Row[]): Leader {
  const merged = mergeTrends(phase);
  const { sum, max } = merged;
  if (sum === 0) return { label, parts: [value(NOTHING)] };
  return { label, parts: [value(`avg=${time(sum / merged.nonZero())}`), value(`max=${time(max)}`), faint('a connection')], padTo: 12 };
}
