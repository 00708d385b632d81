import type { RunRecord } from '../record/index.ts';
import type { Reporter } from './reporter.ts';
import { summaryData } from './summary-data.ts';

/**
 * The record in the shape of k6's `--summary-export`, which other tools read (GitLab's load performance report): each metric with its
 * figures in one flat object. One thing is not k6's: a threshold is `{ "ok": true }` when it held, where k6 writes `true` when it failed.
 */
export const summaryExport: Reporter = (record) => {
  const { metrics } = summaryData(record, { isStdOutTTY: false, isStdErrTTY: false });
  const flat = Object.entries(metrics).map(([name, { type, values, thresholds }]) => {
    const { rate, ...counts } = values;
    const figures = type === 'rate' ? { value: rate, ...counts } : values;
    return [name, { ...figures, ...(thresholds === undefined ? {} : { thresholds }) }] as const;
  });
  const body = `${JSON.stringify({ root_group: rootGroup(record), metrics: Object.fromEntries(flat) }, null, 2)}\n`;
  return { body, mediaType: 'application/json' };
};

/** k6's tree of groups; all checks stand at its root. */
function rootGroup(record: RunRecord): Readonly<Record<string, unknown>> {
  const checks: Record<string, { name: string; path: string; passes: number; fails: number }> = {};
  for (const row of record.rows) {
    const name = row.tags['check'];
    if (row.metric !== 'checks' || row.type !== 'rate' || name === undefined) continue;
    const before = checks[name] ?? { name, path: `::${name}`, passes: 0, fails: 0 };
    const { hits, total } = row.values;
    checks[name] = { ...before, passes: before.passes + hits, fails: before.fails + total - hits };
  }
  return { name: '', path: '', groups: {}, checks };
}
