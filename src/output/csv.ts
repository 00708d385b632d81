import { STAGE_TAG } from './output.ts';
import { type LineFormat, pointFile } from './point-file.ts';

/**
 * Tags with a column of their own: those of k6's csv that mean something here, and loadreg's. k6's `error`, `name`, `proto`, `service`,
 * `subproto`, `tls_version`, `url` and `metadata` are left out, for no series of loadreg has them.
 */
const TAG_COLUMNS = [
  'check',
  'error_code',
  'expected_response',
  'flow',
  'group',
  'host_role',
  'method',
  'operation',
  STAGE_TAG,
  'scenario',
  'size_class',
  'status',
] as const;

const HEAD = ['metric_name', 'timestamp', 'metric_value', ...TAG_COLUMNS, 'extra_tags'];

/** k6's csv: a row for each sample. */
export const csv = pointFile('csv', csvLines);

/**
 * The rows of k6's `--out csv`, with the columns of {@link TAG_COLUMNS}. `timestamp` is in seconds, with the milliseconds that k6 cuts off;
 * `extra_tags` holds the user's own tags like a query string.
 */
async function csvLines(): Promise<LineFormat> {
  const { stringify } = await import('csv-stringify/sync');
  const row = (cells: readonly string[]) => stringify([cells]);
  return {
    head: row(HEAD),
    series({ metric, tags }) {
      const known = TAG_COLUMNS.map((name) => tags[name] ?? '');
      const extra = Object.entries(tags).filter(([name]) => !TAG_COLUMNS.some((column) => column === name));
      // Numbers need no quotes, so that a row is the text of its tags, made once, after its numbers.
      const after = `,${row([...known, new URLSearchParams(extra).toString()])}`;
      return { intro: '', line: (at, value) => `${metric},${at / 1000},${value}${after}` };
    },
  };
}
