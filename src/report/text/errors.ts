import { count, cut, safe, share, shortCount, wrap } from '../format.ts';
import { groupBy } from '../group.ts';
import { PAGE_WIDTH, type Section, type TextContext } from './lines.ts';

const KINDS = { exchange: 'failed requests', flow: 'failed flows', iteration: 'exceptions in iterations' } as const;

/** Failures by stable code, most frequent first, each with its first example. Shares are of all failures of the same kind. */
export function errors({ record, paint }: TextContext): Section {
  const lines: string[] = [];
  for (const [kind, group] of groupBy(record.errors, ({ stage, source }) => `${KINDS[source]}${stage === 'run' ? '' : ` of ${stage}`}`)) {
    const total = group.reduce((sum, error) => sum + error.count, 0);
    if (lines.length > 0) lines.push('');
    lines.push(`${kind}: ${paint.bad(count(total))}`);
    for (const error of group.toSorted((a, b) => b.count - a.count)) {
      const figures = `${shortCount(error.count).padStart(7)} ${share(error.count / total).padStart(7)}`;
      lines.push(`${figures}  ${paint.bad(cut(safe(error.code), 30))} ${paint.faint(cut(safe(error.name), 24))}`);
      const example = wrap(cut(safe(error.example), 300), PAGE_WIDTH - 4 - 17);
      lines.push(...example.map((line) => `${' '.repeat(17)}${paint.faint(line)}`));
    }
  }
  return { title: 'ERRORS', lines };
}
