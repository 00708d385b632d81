import { z } from 'zod';
import { RECORD_VERSION, recordSchema } from './schema.ts';

/** The record's JSON Schema (draft 2020-12), as `loadreg schema` prints it. */
export function jsonSchema(): Record<string, unknown> {
  return {
    title: `loadreg run record, version ${RECORD_VERSION}`,
    description: 'What a run of loadreg leaves. Durations are microseconds, times ISO 8601, sizes bytes, unless a field says otherwise.',
    ...z.toJSONSchema(recordSchema, { target: 'draft-2020-12' }),
  };
}
