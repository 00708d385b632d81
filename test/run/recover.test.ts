import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Collector, createRecorder, type IntervalSnapshot } from '../../src/measure/index.ts';
import { type JournalEntry, JournalFile, type LoadTimes, recordHead, rowsOf, sumCounters } from '../../src/record/index.ts';
import { makeRecord } from '../../src/run/make-record.ts';
import { recoverRun } from '../../src/run/recover.ts';
import { Stopper } from '../../src/run/stopper.ts';
import { ThresholdJudge } from '../../src/run/thresholds.ts';
import { exchange, onePull, plan, recordInput, scope } from '../support/records.ts';
import { tmpFolder } from '../support/tmp.ts';

const { run, ...input } = recordInput();
const PLAN = plan({
  warmupMs: 2_000,
  thresholds: [
    { metric: 'http_reqs', expression: 'count>0', abortOnFail: false, delayAbortEvalMs: 0, windowMs: undefined },
    { metric: 'flow_duration', expression: 'p(95)<baseline*1.5', abortOnFail: false, delayAbortEvalMs: 0, windowMs: 2_000 },
  ],
});
const STARTED_AT = Date.UTC(2026, 10, 24, 13);
const BASELINE = { file: 'base.json', runId: 'base', values: [undefined, 60], warnings: [] };
const HEAD = recordHead({ ...input, run, plan: PLAN });

const head = (warnings: readonly string[] = []): JournalEntry => ({
  kind: 'head',
  head: HEAD,
  intervalMs: 1000,
  customMetrics: [],
  judged: PLAN,
  baseline: { ...BASELINE, values: [null, 60] },
  warnings,
});

const intervals: IntervalSnapshot[] = [];
const recorder = createRecorder();
for (let index = 0; index < 8; index += 1) {
  onePull(recorder, index, { slice: 0 });
  intervals.push(recorder.cut(index, { slice: 0, vus: 2, vusMax: 2, health: undefined }));
}
recorder.exchange(scope({ stage: 'setup', scenario: '' }), exchange('upload_put'));
const setup = { kind: 'stage', stage: 'setup', ms: 120, snapshot: recorder.cutStage(0) } as const;
const measured = intervals.map((snapshot) => ({ kind: 'interval', snapshot }) as const);

async function recovered(entries: readonly JournalEntry[], change = (text: string) => text) {
  const path = join(tmpFolder(), 'x.journal');
  const journal = new JournalFile({ pathOf: () => path, onTrouble: (why) => expect.unreachable(why) });
  for (const entry of entries) journal.append(entry);
  await journal.close();
  writeFileSync(path, change(readFileSync(path, 'utf8')));
  return recoverRun(path);
}

describe('recovering a run', () => {
  it('makes the very record of a run that was over and could not write its report', async () => {
    const load: LoadTimes = { startedAt: STARTED_AT, warmupEnd: 2_000, loadEnd: 7_400, end: 7_900 };
    const stopper = new Stopper();
    stopper.drain('signal', 'the run was interrupted by SIGINT 7.4s into the load');
    stopper.fail('teardown-exception', 'teardown() threw: left behind');
    const { end, besides } = stopper;
    const collector = new Collector({ slices: 1, warmupIntervals: 2, cores: 2 });
    const judge = new ThresholdJudge({ plan: PLAN, custom: [], baseline: BASELINE, intervalMs: 1000 });
    collector.onInterval((_, snapshot) => judge.add(snapshot));
    collector.add(setup.snapshot);
    for (const snapshot of intervals) collector.add(snapshot);
    collector.sliceEnded(0);
    const endedAt = STARTED_AT + 9_000;
    const warnings = ['few ports', 'a detected fault'];
    const common = { head: HEAD, endedAt, stopper, load, intervalMs: 1000, collector, judge, warnings };
    const direct = makeRecord({ ...common, setupMs: 120, teardownMs: undefined });

    const again = await recovered([
      head(['few ports']),
      setup,
      { kind: 'load', startedAt: STARTED_AT },
      ...measured,
      { kind: 'stopping', end, sinceLoadMs: 7_400 },
      { kind: 'loaded', load },
      { kind: 'end', endedAt, end, besides, warnings },
    ]);
    expect(again.record).toEqual(direct);
    expect(direct.thresholds.map(({ ok, measured: value }) => [ok, value !== null])).toEqual([
      [true, true],
      [expect.any(Boolean), true],
      [true, true],
    ]);
  });

  it('takes what a killed run had measured as a run that was cut short there', async () => {
    const { record, messages } = await recovered([head(['few ports']), setup, { kind: 'load', startedAt: STARTED_AT }, ...measured]);
    expect(record.outcome).toMatchObject({ state: 'aborted', cause: 'crash' });
    expect(messages).toEqual([expect.stringMatching(/^the run was killed after 8s of load or a second or two more/), 'few ports']);
    expect(record.windows).toMatchObject({ warmup: { endUs: 2e6 }, measured: { startUs: 2e6, endUs: 8e6 }, rampDown: null });
    expect(sumCounters(rowsOf(record.rows, 'iterations')).count).toBe(6);
    expect(record.setup?.durationUs).toBe(120_000);
    expect(record.endedAt).toBe(new Date(STARTED_AT + 8_000).toISOString());
  });

  it('knows that a run was about to end, and why', async () => {
    const end = { state: 'aborted', cause: 'threshold', reason: 'the threshold x failed' } as const;
    const { record } = await recovered([
      head(),
      { kind: 'load', startedAt: STARTED_AT },
      ...measured,
      { kind: 'stopping', end, sinceLoadMs: 6_500 },
    ]);
    expect(record.outcome).toEqual({
      ...end,
      reason: 'the threshold x failed, and ended without a report: this was recovered from its journal',
    });
    expect(record.windows.rampDown).toMatchObject({ startUs: 6.5e6, endUs: 8e6 });
  });

  it('says that a journal was damaged', async () => {
    const damage = (text: string) => text.replace(/(?<=\n.*\n.*\n.*\n.*)"index":1/, '"index":9');
    const { messages, record } = await recovered([head(), { kind: 'load', startedAt: STARTED_AT }, ...measured], damage);
    expect(messages).toContain('the journal is damaged in line 5: it and the 6 lines after it are left out');
    expect(record.columns.count).toBe(1);
  });

  it('says that there is nothing to recover where no interval was measured', async () => {
    await expect(recovered([head(), setup])).rejects.toThrow(/holds no interval: the run ended before its load had run for a second$/);
  });
});
