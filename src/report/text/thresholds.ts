import type { RecordedThreshold } from '../../record/index.ts';
import { cut, NOTHING, safe, share, size, sizeRate, threeDigits, time, wrap } from '../format.ts';
import { groupBy } from '../group.ts';
import { type Line, PAGE_WIDTH, type Section, type TextContext } from './lines.ts';

/** First of all, as in k6: each metric, then its expressions with the measured value beside them. */
export function thresholds({ record, paint }: TextContext): Section {
  const byMetric = groupBy(record.thresholds, (threshold) => threshold.metric);
  const lines: Line[] = [];
  for (const [metric, group] of byMetric) {
    if (lines.length > 0) lines.push('');
    lines.push(...wrap(safe(metric), PAGE_WIDTH - 4));
    for (const threshold of group) {
      const mark = threshold.ok ? paint.good('✓') : paint.bad('✗');
      const why = threshold.measured === null && !threshold.ok ? paint.faint(' (no sample)') : '';
      lines.push(
        `${mark} '${cut(safe(threshold.expression), 36)}' ${paint.value(`${safe(threshold.aggregation)}=${measuredText(threshold)}`)}${why}`,
      );
    }
  }
  return { title: 'THRESHOLDS', lines };
}

function measuredText({ measured, unit, aggregation }: RecordedThreshold): string {
  if (measured === null) return NOTHING;
  if (unit === 'ms') return time(measured * 1000);
  if (unit === 'B') return size(measured);
  if (unit === 'B/s') return sizeRate(measured);
  if (unit === 'KiB/s') return sizeRate(measured * 1024);
  if (aggregation === 'rate' && measured <= 1) return share(measured);
  return Number.isInteger(measured) ? String(measured) : threeDigits(measured);
}
