import { type RunRecord, rowsOf, sumCounters, sumRates } from '../../record/index.ts';
import { count, size, time } from '../format.ts';
import type { Section, TextContext } from './lines.ts';

/** Traffic before and after the load in one line each; it is in none of the figures above. */
export function stages({ record, paint }: TextContext): Section {
  return {
    title: 'SETUP AND TEARDOWN',
    lines: [...stageLine('setup', record.setup, paint), ...stageLine('teardown', record.teardown, paint)],
  };
}

function stageLine(name: string, stage: RunRecord['setup'], paint: TextContext['paint']): string[] {
  if (stage === null) return [];
  const requests = sumCounters(rowsOf(stage.rows, 'http_reqs')).count;
  const failed = sumRates(rowsOf(stage.rows, 'http_req_failed')).hits;
  const bytes = (metric: string) => size(sumCounters(rowsOf(stage.rows, metric)).count);
  const failures = `failed ${count(failed)}`;
  const traffic = `requests ${count(requests)}, ${failed > 0 ? paint.bad(failures) : failures}`;
  return [
    `${name.padEnd(8)} ${paint.value(time(stage.durationUs).padStart(6))}  ${traffic}, sent ${bytes('data_sent')}, received ${bytes('data_received')}`,
  ];
}
