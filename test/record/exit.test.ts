import { describe, expect, it } from 'vitest';
import { EXIT_CODES, type ExitName } from '../../src/base/index.ts';
import { exitOf, type RunRecord } from '../../src/record/index.ts';
import { abortCauses, failureCauses } from '../../src/record/schema.ts';
import { busyRecord, plan, smallRecord, threshold } from '../support/records.ts';

const good = smallRecord();
const suspect: Partial<RunRecord> = { generator: { verdict: 'suspect', reasons: ['the event loop was late'] } };
const strict: Partial<RunRecord> = { options: { ...good.options, strict: true } };
const broken: Partial<RunRecord> = {
  thresholds: busyRecord(1, { thresholds: [threshold('http_reqs', 'count>9', 'count', 3, false)] }).thresholds,
};
const aborted = (cause: (typeof abortCauses)[number]): Partial<RunRecord> => ({ outcome: { state: 'aborted', cause, reason: '' } });
const failed = (cause: (typeof failureCauses)[number]): Partial<RunRecord> => ({ outcome: { state: 'failed', cause, reason: '' } });

describe('exitOf', () => {
  it.each<[string, Partial<RunRecord>, ExitName, number]>([
    ['a good run', {}, 'ok', 0],
    ['a threshold that failed', broken, 'thresholds', 99],
    ['a threshold that ended the run', aborted('threshold'), 'thresholds', 99],
    ['setup that took too long', failed('setup-timeout'), 'setupTimeout', 100],
    ['teardown that took too long', failed('teardown-timeout'), 'teardownTimeout', 101],
    ['an interrupted run, whatever its thresholds', { ...aborted('signal'), ...broken }, 'interrupted', 105],
    ['setup that threw', failed('setup-exception'), 'scriptException', 107],
    ['teardown that threw', failed('teardown-exception'), 'scriptException', 107],
    ['test.abort()', aborted('test.abort'), 'testAbort', 108],
    ['the write limit', aborted('max-write'), 'testAbort', 108],
    ['test.fail(), whatever the thresholds', { ...failed('test.fail'), ...broken }, 'testFail', 110],
    ['a lost agent', aborted('agent-lost'), 'agentLost', 122],
    ['a suspect generator', suspect, 'ok', 0],
    ['a suspect generator, with --strict', { ...suspect, ...strict }, 'generatorSuspect', 123],
    ['a failed threshold and a suspect generator', { ...suspect, ...strict, ...broken }, 'thresholds', 99],
    ['a run in which nothing succeeded', { ...failed('no-iteration-succeeded'), ...broken }, 'noIterationSucceeded', 125],
    ['a defect', failed('defect'), 'defect', 255],
  ])('of %s', (_phrase, change, name, code) => {
    expect(exitOf({ ...good, ...change })).toBe(name);
    expect(EXIT_CODES[name].code).toBe(code);
  });

  it('knows every cause', () => {
    for (const cause of abortCauses) expect(EXIT_CODES).toHaveProperty(exitOf({ ...good, ...aborted(cause) }));
    for (const cause of failureCauses) expect(EXIT_CODES).toHaveProperty(exitOf({ ...good, ...failed(cause) }));
  });

  it('takes strictness from the plan', () => {
    expect(smallRecord({ plan: plan({ strict: true }), generator: { verdict: 'suspect', reasons: ['late'] } })).toSatisfy(
      (record: RunRecord) => exitOf(record) === 'generatorSuspect',
    );
  });
});
