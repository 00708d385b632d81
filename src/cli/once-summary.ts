import { formatCount, formatMicros } from '../base/index.ts';
import type { RunRecord } from '../record/index.ts';

/** What became of the iteration of `--once`, in a few lines: percentiles of one sample say nothing. */
export function onceSummary(record: RunRecord): string {
  const { iterations, checks, errors, rows } = record;
  const outcome =
    iterations.complete === 0 ? (iterations.interrupted > 0 ? 'cut off' : 'not run') : iterations.failed > 0 ? 'failed' : 'complete';
  const durations = rows.filter((row) => row.metric === 'iteration_duration' && row.type === 'trend');
  const longest = Math.max(...durations.map((row) => (row.type === 'trend' ? (row.values.max ?? 0) : 0)));
  const requests = rows.reduce((sum, row) => sum + (row.metric === 'http_reqs' && row.type === 'counter' ? row.values.count : 0), 0);
  const held = checks.filter(({ fails }) => fails === 0).length;
  const lines = [
    `iteration  ${outcome}${durations.length === 0 ? '' : ` in ${formatMicros(longest)}`}, ${formatCount(requests)} ${requests === 1 ? 'request' : 'requests'}`,
    ...(checks.length === 0 ? [] : [`checks     ${held} of ${checks.length} held`]),
    ...checks.filter(({ fails }) => fails > 0).map(({ name }) => `         ✗ ${name}`),
    ...errors.map(({ code, name, count, stage, example }) => {
      const where = stage === 'run' ? name : `${stage} ${name}`;
      return `error      ${where} ${code}${count > 1 ? ` (${formatCount(count)} times)` : ''}${example === '' ? '' : `: ${example}`}`;
    }),
  ];
  return `${lines.map((line) => line.replaceAll(/\p{Cc}/gu, '·')).join('\n')}\n`; // what would move a terminal's cursor
}
