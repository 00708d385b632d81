import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keyedRandom } from '../../src/base/index.ts';
import { createRecorder, type IntervalSnapshot, type Recorder } from '../../src/measure/index.ts';
import { type JournalEntry, JournalFile, readJournal, recordHead } from '../../src/record/index.ts';
import { ByteReader, ByteWriter } from '../../src/record/journal-bytes.ts';
import { exchange, plan, recordInput, scope } from '../support/records.ts';
import { tmpFolder } from '../support/tmp.ts';

const { run, ...input } = recordInput();
const HEAD: JournalEntry = {
  kind: 'head',
  head: recordHead({ ...input, run }),
  intervalMs: 1000,
  customMetrics: [],
  judged: plan(),
  baseline: undefined,
  warnings: [],
};

/** Intervals with series of every type, some of them new in each second. */
function snapshots(count: number): IntervalSnapshot[] {
  const recorder: Recorder = createRecorder();
  const random = keyedRandom(7, 'journal');
  const pull = scope({ flow: 'pull' });
  return Array.from({ length: count }, (_, second) => {
    for (let i = 0; i < 40; i += 1) {
      const waiting = random.int(10, 3_000_000);
      recorder.exchange(
        pull,
        exchange(`operation_${i % (second + 1)}`, { waiting, errorCode: i === 3 ? 'HTTP_503' : '', errorDetail: 'a\u2028b' }),
      );
      recorder.iteration(pull, waiting, 'complete');
    }
    recorder.custom(pull, { name: 'level', type: 'gauge', contains: 'default' }, second === 0 ? Number.POSITIVE_INFINITY : -1.5, {});
    recorder.custom(pull, { name: 'parts', type: 'counter', contains: 'default' }, 0.1, {});
    const health = { loopDelayP50: 1, loopDelayP99: 2.5, loopDelayMax: 3, loopUtilization: 0.5, cpuShare: 0.25, rss: 2 ** 33 };
    return recorder.cut(second, { slice: 0, vus: 3, vusMax: 4, health: second === 0 ? undefined : health });
  });
}

/** With counts as plain lists: what they are held in is nobody's business. */
const plain = (snapshot: IntervalSnapshot) =>
  JSON.parse(
    JSON.stringify(snapshot, (_, value: unknown) =>
      ArrayBuffer.isView(value) ? [...(value as Uint32Array)] : typeof value === 'number' ? String(value) : value,
    ),
  );

async function write(entries: readonly JournalEntry[], folder = tmpFolder()): Promise<string> {
  const path = join(folder, 'run.journal');
  const journal = new JournalFile({ pathOf: () => path, onTrouble: (why) => expect.unreachable(why) });
  for (const entry of entries) journal.append(entry);
  await journal.close();
  return path;
}

async function read(path: string) {
  const entries: JournalEntry[] = [];
  const { damaged } = await readJournal(path, (entry) => entries.push(entry));
  return { entries, damaged };
}

const intervalsOf = (entries: readonly JournalEntry[]) =>
  entries.filter((entry) => entry.kind === 'interval').map(({ snapshot }) => plain(snapshot));

describe('a journal', () => {
  it('gives back what it was given, to the last digit', async () => {
    const given = snapshots(5);
    const setup = createRecorder();
    setup.exchange(scope({ stage: 'setup' }), exchange('upload_put'));
    const stage = { kind: 'stage', stage: 'setup', ms: 12.5, snapshot: setup.cutStage(0) } as const;
    const path = await write([
      HEAD,
      stage,
      { kind: 'load', startedAt: 1 },
      ...given.map((snapshot) => ({ kind: 'interval', snapshot }) as const),
    ]);
    const { entries, damaged } = await read(path);
    expect([entries.length, damaged]).toEqual([8, undefined]);
    expect(entries[0]).toEqual(JSON.parse(JSON.stringify(HEAD)));
    expect(intervalsOf(entries)).toEqual(given.map(plain));
    expect(entries[1]).toMatchObject({ kind: 'stage', ms: 12.5 });
  });

  it('is small: the names of series stand in it once', async () => {
    const busy = snapshots(3)[2] as IntervalSnapshot;
    const repeated = [0, 1, 2, 3].map((index) => ({ kind: 'interval', snapshot: { ...busy, index } }) as const);
    const lines = readFileSync(await write([HEAD, ...repeated]), 'utf8').split('\n');
    expect((lines[3] as string).length).toBeLessThan(Buffer.byteLength(JSON.stringify(plain(busy))) / 10);
  });

  it('is removed together with the folder that was made for it', async () => {
    const folder = join(tmpFolder(), 'a/reports');
    const journal = new JournalFile({ pathOf: () => join(folder, 'x.journal'), onTrouble: (why) => expect.unreachable(why) });
    journal.append(HEAD);
    await journal.close();
    expect(existsSync(join(folder, 'x.journal'))).toBe(true);
    await journal.remove();
    expect(existsSync(folder)).toBe(false);
  });

  it('tells once that it cannot be written, and lets the run go on', async () => {
    const folder = tmpFolder({ reports: 'a file' });
    const troubles: string[] = [];
    const journal = new JournalFile({ pathOf: () => join(folder, 'reports/x.journal'), onTrouble: (why) => troubles.push(why) });
    journal.append(HEAD);
    await expect.poll(() => troubles).toEqual([expect.stringMatching(/EEXIST|ENOTDIR/)]);
    for (const snapshot of snapshots(2)) journal.append({ kind: 'interval', snapshot });
    await journal.close();
    expect([troubles.length, journal.path]).toEqual([1, undefined]);
  });

  it('gives up on a disk that is a minute behind, rather than to fill the memory', async () => {
    const [snapshot] = snapshots(1) as [IntervalSnapshot];
    const troubles: string[] = [];
    const path = join(tmpFolder(), 'x.journal');
    const journal = new JournalFile({ pathOf: () => path, onTrouble: (why) => troubles.push(why) });
    journal.append(HEAD);
    for (let index = 0; index < 100; index += 1) journal.append({ kind: 'interval', snapshot: { ...snapshot, index } });
    await journal.close();
    expect(troubles).toEqual(['the disk does not keep up']);
  });
});

describe('a journal that was cut short', () => {
  const given = snapshots(4).map((snapshot) => ({ kind: 'interval', snapshot }) as const);

  it('gives all the intervals that are whole, wherever the power went', async () => {
    const bytes = readFileSync(await write([HEAD, ...given]));
    const path = join(tmpFolder(), 'cut.journal');
    const headEnd = bytes.indexOf(10, bytes.indexOf(10) + 1) + 1;
    for (let length = headEnd; length <= bytes.length; length += 499) {
      writeFileSync(path, bytes.subarray(0, length));
      const { entries, damaged } = await read(path);
      const whole = bytes.subarray(headEnd, length).filter((byte) => byte === 10).length;
      const withoutBreak = bytes[length] === 10 ? 1 : 0;
      expect([intervalsOf(entries).length, damaged], `cut at ${length}`).toEqual([whole + withoutBreak, undefined]);
    }
    writeFileSync(path, Buffer.concat([bytes, Buffer.alloc(4096)])); // what some file systems leave behind a power cut
    expect(intervalsOf((await read(path)).entries)).toHaveLength(4);
  });

  it('says where it is damaged in its midst, and leaves out what comes after', async () => {
    const path = await write([HEAD, ...given]);
    const lines = readFileSync(path, 'utf8').split('\n');
    lines[3] = (lines[3] as string).replace(/.{8}$/, (end) => (end === 'AAAAAAAA' ? 'BBBBBBBB' : 'AAAAAAAA'));
    writeFileSync(path, lines.join('\n'));
    const { entries, damaged } = await read(path);
    expect([intervalsOf(entries).length, damaged]).toEqual([1, { line: 4, after: 2 }]);
  });
});

describe('what is no journal', () => {
  it.each([
    ['an empty file', '', /is empty: the run ended before anything was measured$/],
    ['nothing but the first line', 'loadreg-journal 1\n', /holds nothing: the run ended before anything was measured$/],
    ['a damaged head', 'loadreg-journal 1\n00000000 {"kind":"head"}\n', /is damaged: its head cannot be read$/],
    ['another version', 'loadreg-journal 7\n', /is a journal of version 7, and this loadreg reads version 1$/],
    ['a record', '{"format":"loadreg-run-record"}', /is no journal of loadreg$/],
    ['something else', 'PK\u0003\u0004', /is no journal of loadreg$/],
  ])('%s: is told in one line', async (_what, content, message) => {
    const path = join(tmpFolder({ x: content }), 'x');
    await expect(read(path)).rejects.toThrow(message);
    await expect(read(path)).rejects.toMatchObject({ exit: 'invalidConfig', message: expect.stringMatching(/^[^\n]+$/) });
  });

  it.each([
    ['a missing file', 'nothing', /could not be read: no such file/],
    ['a folder', 'folder', /could not be read: it is a folder/],
  ])('%s: is told in one line', async (_what, name, message) => {
    const folder = tmpFolder();
    mkdirSync(join(folder, 'folder'));
    await expect(read(join(folder, name))).rejects.toThrow(message);
  });
});

it('writes every number in a few bytes and reads it back', () => {
  const numbers = [0, 1, 127, 128, 16_383, 16_384, 2 ** 31 - 1, 2 ** 31, 2 ** 32 + 5, 2 ** 53 - 1];
  const others = [-1, -0, 0.1, -1e300, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 53 + 2];
  const counts = Uint32Array.from({ length: 200_000 }, (_, i) => (i % 7 === 0 ? i * 3 : 0)); // more than the writer's first memory
  const writer = new ByteWriter();
  for (const number of numbers) writer.whole(number);
  for (const number of [...numbers, ...others]) writer.number(number);
  writer.counts(counts);
  writer.counts(new Uint32Array([0, 0]));
  const reader = new ByteReader(writer.take());
  expect(numbers.map(() => reader.whole())).toEqual(numbers);
  expect([...numbers, ...others].map(() => reader.number())).toEqual([...numbers, ...others]);
  expect(Buffer.compare(Buffer.from(reader.counts().buffer), Buffer.from(Float64Array.from(counts).buffer))).toBe(0);
  expect([...reader.counts(), reader.done, writer.take().length]).toEqual([0, 0, true, 0]);
  expect(() => new ByteReader(Uint8Array.of(128)).whole()).toThrow(RangeError);
});
