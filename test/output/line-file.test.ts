import { once } from 'node:events';
import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { LineFile, type LineFileLimits } from '../../src/output/line-file.ts';
import { keptLog } from '../support/log.ts';
import { runOk } from '../support/run.ts';
import { tmpFolder } from '../support/tmp.ts';

async function open(path: string, limits?: LineFileLimits) {
  const log = keptLog();
  return { log, file: await LineFile.open(path, log, limits) };
}

/** A pipe with a name: its writer waits for its reader, as for a disk that is slower. */
async function pipe(): Promise<string> {
  const path = join(tmpFolder(), 'pipe');
  await runOk('mkfifo', [path]);
  return path;
}

describe('a file of lines', () => {
  it('a named pipe that nobody reads is refused, and keeps nobody waiting for good', async () => {
    await expect(open(await pipe(), { readerMs: 100 })).rejects.toThrow('it is a named pipe, and nobody reads it');
  });

  it('holds the head and every line, whatever an earlier run left', async () => {
    const path = join(tmpFolder({ 'p.csv': 'x'.repeat(100_000) }), 'p.csv');
    const { file, log } = await open(path);
    file.begin('head\n');
    for (let i = 0; i < 1000; i += 1) file.add(`line ${i}\n`);
    expect(await file.end()).toBeUndefined();
    expect(readFileSync(path, 'utf8')).toBe(`head\n${Array.from({ length: 1000 }, (_, i) => `line ${i}\n`).join('')}`);
    expect(log.lines).toEqual([]);
  });

  it('keeps what an earlier run left until the run begins, and loses it then even when no line comes', async () => {
    const path = join(tmpFolder({ 'p.json': 'of yesterday' }), 'p.json');
    const unused = await open(path);
    unused.file.add('a line before the beginning\n');
    expect(await unused.file.end()).toBeUndefined();
    expect(readFileSync(path, 'utf8')).toBe('of yesterday');
    const used = await open(path);
    used.file.begin('');
    await used.file.end();
    expect(readFileSync(path, 'utf8')).toBe('');
  });

  it('is on the disk within about a second, for whoever follows it', async () => {
    const path = join(tmpFolder(), 'p.json');
    const { file } = await open(path);
    file.begin('');
    file.add('one\n');
    const read = () => readFileSync(path, 'utf8');
    for (const end = Date.now() + 5000; read() === '' && Date.now() < end; ) await sleep(20);
    expect(read()).toBe('one\n');
    await file.end();
  });

  it('can be unpacked whole while it is still being written, so that a kill leaves a file that is valid', async () => {
    const path = join(tmpFolder(), 'p.json.gz');
    const { file } = await open(path);
    file.begin('');
    const line = `${'0123456789'.repeat(10)}\n`;
    for (let i = 0; i < 20_000; i += 1) file.add(line); // four chunks
    const unpacked = () => gunzipSync(readFileSync(path)).toString();
    for (const end = Date.now() + 5000; readFileSync(path).length === 0 && Date.now() < end; ) await sleep(5);
    expect(unpacked().startsWith(line)).toBe(true);
    expect(unpacked().length).toBeLessThanOrEqual(20_000 * line.length);
    expect(await file.end()).toBeUndefined();
    expect(unpacked()).toBe(line.repeat(20_000));
    expect(readFileSync(path).length).toBeLessThan(100_000);
  });
});

describe('a disk that is slow', () => {
  it('costs the points beyond the bound, which are counted, and never makes anyone wait', async () => {
    const path = await pipe();
    const opened = open(path, { mostWaiting: 100_000 });
    const reader = createReadStream(path); // takes 64 KiB and then nothing until it is read
    const { file, log } = await opened;
    file.begin('head\n');
    const line = `${'x'.repeat(99)}\n`;
    for (let i = 0; i < 5000; i += 1) file.add(line);
    expect(log.lines).toEqual([`warn ${path}: the disk does not keep up; points are left out there`]);
    file.head('always\n');
    let text = '';
    reader.on('data', (chunk) => (text += chunk.toString()));
    const [end] = await Promise.all([file.end(), once(reader, 'end')]);
    const lines = text.trimEnd().split('\n');
    expect([lines[0], lines.at(-1)]).toEqual(['head', 'always']);
    expect(new Set(lines.slice(1, -1))).toEqual(new Set([line.trimEnd()]));
    const kept = lines.length - 2;
    expect(kept).toBeLessThan(1001);
    expect(end).toEqual({ message: `${5000 - kept} of 5000 points are missing in ${path}: the disk did not keep up`, broken: false });
    expect(log.lines).toHaveLength(1);
  });

  it('is not waited for without end when it takes nothing at all', async () => {
    const path = await pipe();
    const opened = open(path, { patienceMs: 100 });
    const reader = createReadStream(path);
    const { file, log } = await opened;
    file.begin('');
    const line = `${'x'.repeat(999)}\n`;
    for (let i = 0; i < 1000; i += 1) file.add(line); // more than a pipe and its reader take
    const end = await file.end();
    expect(end).toMatchObject({ broken: true, message: expect.stringContaining('the disk takes nothing any more') as unknown });
    expect(log.lines).toEqual([`error ${path}: the disk takes nothing any more; no more points are written there, and the run goes on`]);
    reader.destroy();
    await once(reader, 'close');
  });
});

describe('a disk that is full', () => {
  it.each(['/dev/full', '/dev/full.gz'])('is told once, what is lost is counted, and the rest goes on (%s)', async (name) => {
    const path = name.endsWith('.gz') ? join(tmpFolder(), 'full.gz') : name;
    if (name.endsWith('.gz')) await runOk('ln', ['-s', '/dev/full', path]);
    const { file, log } = await open(path);
    file.begin('head\n');
    for (let i = 0; i < 10; i += 1) file.add('line\n');
    for (const end = Date.now() + 5000; log.lines.length === 0 && Date.now() < end; ) await sleep(10);
    const reason = 'ENOSPC: no space left on device, write';
    expect(log.lines).toEqual([`error ${path}: ${reason}; no more points are written there, and the run goes on`]);
    for (let i = 0; i < 90; i += 1) file.add('line\n');
    expect(await file.end()).toEqual({ message: `100 of 100 points are missing in ${path}: ${reason}`, broken: true });
    expect(log.lines).toHaveLength(1);
  });
});
