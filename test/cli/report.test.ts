import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { command } from '../../src/cli/report.ts';
import { storeRecord } from '../../src/record/index.ts';
import { REPORTER_NAMES, reporters } from '../../src/report/index.ts';
import { busyRecord } from '../support/records.ts';
import { tmpFolder } from '../support/tmp.ts';

const record = busyRecord(1);

afterEach(() => void vi.restoreAllMocks());

/** Runs the command here, and catches what it writes to stdout. */
async function report(...args: string[]): Promise<string> {
  let stdout = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  expect(await command(args)).toBe('ok');
  return stdout;
}

async function saved(name: string): Promise<string> {
  const path = join(tmpFolder(), name);
  await storeRecord(path, record);
  return path;
}

describe('loadreg report', () => {
  it.each([
    ['as text, in short', [], reporters.text.report(record, { mode: 'compact' }).body],
    ['as text, in full', ['--summary-mode', 'full'], reporters.text.report(record, { mode: 'full' }).body],
  ])('shows a saved record again %s', async (_how, flags, expected) => {
    expect(await report(await saved('run.json'), ...flags, '--no-color')).toBe(expected);
  });

  it('shows a saved record again as JSON', async () => {
    expect(JSON.parse(await report(await saved('run.json'), '--format', 'json'))).toEqual(record);
  });

  it('reads and writes compressed files, in the format of the extension', async () => {
    const file = await saved('run.json.gz');
    const [text, json] = [`${file}.txt`, `${file}.again.json.gz`];
    expect(await report(file, '-o', text)).toBe('');
    expect(readFileSync(text, 'utf8')).toBe(reporters.text.report(record, { mode: 'full' }).body);
    await report(file, '--output', json);
    expect(JSON.parse(gunzipSync(readFileSync(json)).toString())).toEqual(record);
  });

  it('tells every mistake at once', async () => {
    await expect(command(['x.journal', '--format', 'pdf', '-o', 'x.doc', '--summary-mode', 'tiny'])).rejects.toMatchObject({
      problems: [
        { where: '--format', what: "'pdf' is no format", fix: `one of ${REPORTER_NAMES.join(', ')}` },
        expect.objectContaining({ where: '--summary-mode' }),
        { where: 'x.journal', what: 'is a journal and no record', fix: 'loadreg report --recover x.journal makes one of it' },
      ],
    });
    await expect(command(['x.json', '-o', 'x.doc'])).rejects.toThrow(/--output: 'x\.doc' has no extension of a report/);
    await expect(command(['x.json'])).rejects.toThrow(/x\.json could not be read: no such file/);
  });
});
