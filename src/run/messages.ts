import type { RecordedThreshold, RunRecord } from '../record/index.ts';

/** What a person is told beside the report. */
export function messagesOf(record: RunRecord): string[] {
  const messages: string[] = [];
  if (record.outcome.state !== 'finished') messages.push(record.outcome.reason);
  messages.push(...record.warnings);
  const { complete, failed: lost } = record.iterations;
  if (lost > 0 && record.outcome.state === 'finished') messages.push(`${lost} of ${complete} iterations failed: see ERRORS in the report`);
  const failed = record.thresholds.filter((threshold) => !threshold.ok);
  if (failed.length > 0) messages.push(`thresholds failed: ${failed.map(thresholdText).join(', ')}`);
  if (record.generator.verdict === 'suspect') {
    const { length } = record.generator.reasons;
    messages.push(`the load generator is suspect, for ${length === 1 ? 'a reason' : `${length} reasons`}: see GENERATOR in the report`);
  }
  return messages;
}

function thresholdText({ metric, expression, reason }: RecordedThreshold): string {
  return `${metric} ${expression}${reason === null ? '' : ` (${reason})`}`;
}
