import { mkdtemp, readdir, readFile, rm, symlink, writeFile, lstat } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LoadregError } from '../../src/base/index.ts';
import { parseRecord, readRecord, recordText, storeFile, storeRecord } from '../../src/record/index.ts';
import { busyRecord, smallRecord } from '../support/records.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loadreg-store-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** The LoadregError that `action` fails with. */
async function failure(action: Promise<unknown>): Promise<LoadregError> {
  const error = await action.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof LoadregError)) throw new Error('did not fail with a LoadregError', { cause: error });
  return error;
}

describe('storeRecord and readRecord', () => {
  it.each([['run.json'], ['run.json.gz'], ['deep/er/run.json']])('give the record back from %s', async (name) => {
    const record = busyRecord(2);
    await storeRecord(join(folder, name), record);
    expect(await readRecord(join(folder, name))).toEqual(record);
  });

  it('compress by the extension', async () => {
    const record = smallRecord();
    await storeRecord(join(folder, 'run.json.gz'), record);
    expect(gunzipSync(await readFile(join(folder, 'run.json.gz'))).toString()).toBe(recordText(record));
  });

  it('read a compressed record under any name', async () => {
    await writeFile(join(folder, 'run.json'), gzipSync(recordText(smallRecord())));
    expect(await readRecord(join(folder, 'run.json'))).toEqual(smallRecord());
  });

  it('replace the old file and leave no other', async () => {
    await storeFile(join(folder, 'run.txt'), 'old');
    await storeFile(join(folder, 'run.txt'), 'new');
    expect(await readFile(join(folder, 'run.txt'), 'utf8')).toBe('new');
    expect(await readdir(folder)).toEqual(['run.txt']);
  });

  it('keep a link a link', async () => {
    await storeFile(join(folder, 'real.txt'), 'old');
    await symlink(join(folder, 'real.txt'), join(folder, 'latest.txt'));
    await storeFile(join(folder, 'latest.txt'), 'new');
    expect((await lstat(join(folder, 'latest.txt'))).isSymbolicLink()).toBe(true);
    expect(await readFile(join(folder, 'real.txt'), 'utf8')).toBe('new');
  });
});

describe('a report that cannot be written', () => {
  it('leaves nothing half-written', async () => {
    await storeFile(join(folder, 'taken.json', 'x'), '');
    const error = await failure(storeRecord(join(folder, 'taken.json'), smallRecord()));
    expect(error.exit).toBe('reportNotWritten');
    expect(error.message).toMatch(/taken\.json could not be written: .*\(E\w+\)/);
    expect(await readdir(folder)).toEqual(['taken.json']);
  });

  it('says which part of its path is in the way', async () => {
    await storeFile(join(folder, 'file'), '');
    const error = await failure(storeFile(join(folder, 'file', 'run.json'), ''));
    expect(error).toMatchObject({ exit: 'reportNotWritten', message: expect.stringContaining('a part of its path is a file') });
  });

  it.skipIf(!existsSync('/dev/full'))('says that the disk is full', async () => {
    const error = await failure(storeFile('/dev/full', 'x'));
    expect(error).toMatchObject({ exit: 'reportNotWritten', message: '/dev/full could not be written: the disk is full (ENOSPC)' });
    expect(error.hint).toContain('--report');
  });
});

describe('a record that cannot be read', () => {
  it.each<[string, string, RegExp]>([
    ['text that is no JSON', '{"a":\n oops', /run\.json is not JSON: /],
    ['another JSON file', '{"version": 1}', /run\.json is not a run record of loadreg/],
    ['a JSON value that is no object', 'null', /run\.json is not a run record of loadreg/],
    ['a newer version', '{"format":"loadreg-run-record","version":2}', /run record of version 2, and this loadreg reads up to version 1/],
    ['a missing field', JSON.stringify({ ...smallRecord(), seed: undefined }), /run\.json is damaged: seed: .*expected number/],
    [
      'a wrong value deep inside',
      JSON.stringify({ ...smallRecord(), columns: { ...smallRecord().columns, widthUs: 'a' } }),
      /columns\.widthUs: /,
    ],
    ['several faults', JSON.stringify({ ...smallRecord(), seed: 'a', id: 5 }), /\(and 1 more\)$/],
  ])('is refused in one line: %s', async (_phrase, text, message) => {
    await writeFile(join(folder, 'run.json'), text);
    const error = await failure(readRecord(join(folder, 'run.json')));
    expect(error.exit).toBe('invalidConfig');
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('\n');
    expect(error.hint).toBeTruthy();
  });

  it('says that it is missing', async () => {
    expect((await failure(readRecord(join(folder, 'none.json')))).message).toContain('no such file (ENOENT)');
  });

  it('names the row by its place', () => {
    const { rows, ...rest } = smallRecord();
    const bad = rows.map((row, i) => (i === 3 ? { ...row, tags: 5 } : row));
    expect(() => parseRecord(JSON.stringify({ ...rest, rows: bad }), 'x')).toThrow(/rows\[3\]\.tags: /);
  });
});
