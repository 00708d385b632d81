import type { z } from 'zod';
import { LoadregError, messageOf } from '../base/index.ts';
import { RECORD_FORMAT, RECORD_VERSION, type RunRecord, recordSchema } from './schema.ts';

/**
 * A record from the text of its file. Throws LoadregError (exit `invalidConfig`) with one line that names `where`, the field and what would
 * work. Text, not an object, because what stands in a file is what has to be judged.
 */
export function parseRecord(text: string, where: string): RunRecord {
  const value = parseJson(text, where);
  const head = typeof value === 'object' && value !== null ? (value as { format?: unknown; version?: unknown }) : {};
  if (head.format !== RECORD_FORMAT) {
    throw invalid(`${where} is not a run record of loadreg`, 'give a .json or .json.gz file that loadreg run has written');
  }
  if (typeof head.version === 'number' && head.version > RECORD_VERSION) {
    throw invalid(
      `${where} is a run record of version ${head.version}, and this loadreg reads up to version ${RECORD_VERSION}`,
      'use the loadreg that wrote it, or a newer one',
    );
  }
  const result = recordSchema.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  throw invalid(`${where} is damaged: ${describeIssue(issues[0])}${more}`, 'restore the file; loadreg schema prints what a record holds');
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // V8 quotes the text around the fault; a file of one line would be quoted with its line breaks.
    throw invalid(
      `${where} is not JSON: ${messageOf(error).replaceAll(/\s+/g, ' ')}`,
      'give a .json or .json.gz file that loadreg run has written',
      error,
    );
  }
}

function describeIssue(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return 'unknown fault';
  const path = issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return `${path === '' ? 'the record' : path.replace(/^\./, '')}: ${issue.message}`;
}

function invalid(message: string, hint: string, cause?: unknown): LoadregError {
  return new LoadregError(message, { exit: 'invalidConfig', hint, cause });
}
