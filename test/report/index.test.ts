import { describe, expect, it } from 'vitest';
import { parseRecord } from '../../src/record/index.ts';
import { REPORTER_NAMES, reporterForFile, reporters } from '../../src/report/index.ts';
import { smallRecord } from '../support/records.ts';

describe('the reporters', () => {
  it.each([
    ['reports/run.json', 'json'],
    ['run.json.gz', 'json'],
    ['RUN.TXT', 'text'],
    ['run.txt.gz', 'text'],
    ['run.html.bak', undefined],
    ['json', undefined],
  ])('are found by extension: %s', (path, name) => expect(reporterForFile(path)).toBe(name));

  it('are each in the table', () => expect(Object.keys(reporters).toSorted()).toEqual([...REPORTER_NAMES].toSorted()));

  it('json gives the record itself', () => {
    const { body, mediaType } = reporters.json.report(smallRecord(), {});
    expect(parseRecord(body, 'stdout')).toEqual(smallRecord());
    expect(mediaType).toBe('application/json');
  });
});
