import { type Distribution, mergeTrends, rowsOf, type Wanted } from '../../record/index.ts';
import { cut, safe, shortCount, timeIn } from '../format.ts';
import { tableUnit, tagValues } from './flows.ts';
import type { Part, Section, TextContext } from './lines.ts';
import { EXPECTED, operationRows } from './operations.ts';
import { type Column, renderTable, type TableRow, WIDEST_NAME } from './table.ts';
import { value } from './values.ts';

const HEADS = ['p50', 'p95', 'p99', 'max'];

/**
 * Flows and operations of the open scenarios from their real start and from the intended one, side by side: what a start was late by is in
 * no service time, and the people in front of the registry would have waited for it all the same.
 */
export function responseTimes({ record: { rows, arrivals }, paint }: TextContext): Section {
  const scenario = arrivals.map((open) => open.scenario);
  const flows = tagValues(rowsOf(rows, 'flow_response_time', { scenario }), 'flow').map((flow) => {
    const wanted: Wanted = { scenario, flow, error_code: '' };
    return { name: cut(safe(flow), WIDEST_NAME), ...both('flow_duration', 'flow_response_time', wanted) };
  });
  const open = rows.filter((row) => scenario.includes(row.tags['scenario'] ?? ''));
  const operations = operationRows(open, false).map(({ name, wanted }) => ({
    name,
    ...both('http_req_duration', 'http_req_response_time', { ...wanted, ...EXPECTED, scenario }),
  }));
  const shown = [...flows, ...operations].filter(({ response }) => response.count > 0);
  const unit = tableUnit(shown.map(({ response }) => response.max));
  const columns: Column[] = [
    { head: 'count' },
    ...HEADS.map((head) => ({ head, group: `service time, ${unit}` })),
    ...HEADS.map((head) => ({ head, group: `response time, ${unit}` })),
  ];
  const lines = shown.map(
    ({ name, service, response }): TableRow => ({
      name,
      cells: [value(shortCount(response.count)), ...statistics(service), ...statistics(response)],
    }),
  );
  return { title: 'SERVICE AND RESPONSE TIME', minor: true, lines: renderTable(columns, lines, paint) };

  function both(service: string, response: string, wanted: Wanted) {
    return { service: mergeTrends(rowsOf(rows, service, wanted)), response: mergeTrends(rowsOf(rows, response, wanted)) };
  }

  function statistics(trend: Distribution): Part[] {
    return [trend.percentile(50), trend.percentile(95), trend.percentile(99), trend.max].map((us) => value(timeIn(unit, us)));
  }
}
