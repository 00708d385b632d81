import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { jsonSchema, parseRecord, recordText } from '../../src/record/index.ts';
import { busyRecord, smallRecord, totalsOf } from '../support/records.ts';

const ajv = new Ajv2020({ allErrors: true, formats: { 'date-time': true } });
const validate = ajv.compile(jsonSchema());

/** Paths of the properties in a schema that have no description. */
function undescribed(schema: unknown, path = ''): string[] {
  if (!isObject(schema)) return [];
  return Object.entries(schema).flatMap(([key, value]) => {
    const inner = undescribed(value, `${path}/${key}`);
    if (key !== 'properties' || !isObject(value)) return inner;
    const silent = Object.entries(value).filter(([, field]) => !isObject(field) || typeof field['description'] !== 'string');
    return [...silent.map(([name]) => `${path}/${name}`), ...inner];
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

describe('the JSON Schema', () => {
  it('says something about every field', () => {
    expect(undescribed(jsonSchema())).toEqual([]);
  });

  it('names itself and its version', () => {
    expect(jsonSchema()).toMatchObject({
      title: 'loadreg run record, version 1',
      $schema: 'https://json-schema.org/draft/2020-12/schema',
    });
  });

  it.each([
    ['a small record', () => smallRecord()],
    ['a record of a busy load, by one slice', () => busyRecord(1)],
    ['a record of a busy load, by two slices', () => busyRecord(2)],
    ['a record of a run without a single observation', () => smallRecord({ totals: totalsOf({ seconds: 0, health: undefined }) })],
    ['an aborted record', () => smallRecord({ run: { ...runOf('aborted') } })],
  ])('accepts %s as its file has it', (_phrase, make) => {
    validate(JSON.parse(recordText(make())));
    expect(validate.errors ?? []).toEqual([]);
  });

  it.each([
    ['an unknown field', { surprise: 1 }],
    ['a time that is a number', { startedAt: 12 }],
    ['an unknown state', { outcome: { state: 'perhaps' } }],
  ])('refuses %s, as reading does', (_phrase, change) => {
    const text = JSON.stringify({ ...smallRecord(), ...change });
    expect(validate(JSON.parse(text))).toBe(false);
    expect(() => parseRecord(text, 'run.json')).toThrow(/run\.json is damaged/);
  });
});

function runOf(state: 'aborted') {
  return { id: 'a', startedAt: 0, endedAt: 1, end: { state, cause: 'signal', reason: 'interrupted by SIGINT' } } as const;
}
