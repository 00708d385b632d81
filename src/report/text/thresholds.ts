import type { RecordedThreshold } from '../../record/index.ts';
import { cut, NOTHING, rate, safe, share, size, sizeRate, threeDigits, time, wrap } from '../format.ts';
import { groupBy } from '../group.ts';
import { type Line, PAGE_WIDTH, type Section, type TextContext } from './lines.ts';

/** First of all, as in k6: each metric, then its expressions with the measured value beside them, and below what explains it. */
export function thresholds({ record, paint }: TextContext): Section {
  const byMetric = groupBy(record.thresholds, (threshold) => threshold.metric);
  const lines: Line[] = [];
  for (const [metric, group] of byMetric) {
    if (lines.length > 0) lines.push('');
    lines.push(...wrap(safe(metric), PAGE_WIDTH - 4));
    for (const threshold of group) {
      const mark = threshold.ok ? paint.good('✓') : paint.bad('✗');
      const value = paint.value(`${safe(threshold.aggregation)}=${measuredText(threshold)}`);
      lines.push(`${mark} '${cut(safe(threshold.expression), 36)}' ${value}`);
      for (const remark of remarksOf(threshold)) {
        const wrapped = wrap(safe(remark), PAGE_WIDTH - 8);
        lines.push(...wrapped.map((line, i) => paint.faint(`  ${i === 0 ? '↳' : ' '} ${line}`)));
      }
    }
  }
  return { title: 'THRESHOLDS', lines };
}

function measuredText({ measured, ...threshold }: RecordedThreshold): string {
  return measured === null ? NOTHING : valueText(measured, threshold);
}

/** The baseline that the limit was made of, the windows, and why it came out so. */
function remarksOf(threshold: RecordedThreshold): string[] {
  const { baseline, window, reason } = threshold;
  const remarks: string[] = [];
  if (baseline !== null) {
    const value = valueText(baseline.value, threshold);
    remarks.push(`limit ${valueText(threshold.limit, threshold)}: the baseline is ${value} (${baseline.file}, run ${baseline.runId})`);
  }
  if (window !== null && window.worstStartUs !== null) {
    const empty = window.empty === 0 ? '' : `; ${window.empty} more had no sample`;
    const [start, end] = [window.worstStartUs, window.worstStartUs + window.lengthUs].map((us) => `${us / 1_000_000}s`);
    remarks.push(`the worst of ${window.judged} windows of ${window.lengthUs / 1_000_000}s: ${start} to ${end}${empty}`);
  }
  if (reason !== null) remarks.push(reason);
  return remarks;
}

function valueText(value: number, { unit, aggregation }: Pick<RecordedThreshold, 'unit' | 'aggregation'>): string {
  if (unit === 'ms') return time(value * 1000);
  if (unit === 'B') return size(value);
  if (unit === 'B/s') return sizeRate(value);
  if (unit === 'KiB/s') return sizeRate(value * 1024);
  if (unit === '1/s') return `${rate(value)}/s`;
  if (aggregation === 'rate') return share(value);
  return Number.isInteger(value) ? String(value) : threeDigits(value);
}
