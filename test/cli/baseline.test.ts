import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planRun } from '../../src/cli/plan.ts';
import { recordText, storeRecord } from '../../src/record/index.ts';
import { busyRecord } from '../support/records.ts';
import { tmpFolder } from '../support/tmp.ts';

const scenario = (threshold: string, more = '') => `
export const options = { vus: 1, duration: '1s', thresholds: { 'flow_duration{flow:pull}': ['${threshold}'] }, ${more} };
export default function () {}
`;

async function planned(source: string, flags: Record<string, unknown> = {}) {
  const folder = tmpFolder({ 's.ts': source, 'base.json': recordText(busyRecord(1)) });
  await storeRecord(join(folder, 'packed.json.gz'), busyRecord(1));
  const here = Object.fromEntries(
    Object.entries(flags).map(([name, value]) => [name, typeof value === 'string' ? join(folder, value) : value]),
  );
  return planRun(join(folder, 's.ts'), here, {});
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : '');

describe('the baseline of a run', () => {
  it.each([
    ['a flag', scenario('p(95)<=baseline*1.05'), { baseline: 'base.json' }],
    ['a flag, compressed', scenario('p(95)<=baseline*1.05'), { baseline: 'packed.json.gz' }],
    ['the scenario, beside it', scenario('p(95)<=baseline*1.05', "baseline: './base.json'"), {}],
  ])('is read from the file of %s', async (_, source, flags) => {
    const { baseline } = await planned(source, flags);
    expect(baseline?.runId).toBe(busyRecord(1).id);
    expect(baseline?.values[0]).toBeGreaterThan(10);
  });

  it('is not read when no threshold names it, and that is said', async () => {
    const { baseline, notes } = await planned(scenario('p(95)<500'), { baseline: 'gone.json' });
    expect(baseline).toBeUndefined();
    expect(notes).toEqual([expect.stringMatching(/gone\.json is not used: no threshold names it$/)]);
  });

  it('is not needed when thresholds are left out', async () => {
    expect((await planned(scenario('p(95)<=baseline'), { 'no-thresholds': true })).baseline).toBeUndefined();
  });

  it.each([
    ['no file was given', scenario('p(95)<=baseline'), {}, /^options\.thresholds.* needs a baseline, and none was given/],
    ['there is no such file', scenario('p(95)<=baseline'), { baseline: 'gone.json' }, /gone\.json could not be read: no such file/],
    ['the file is no record', scenario('p(95)<=baseline'), { baseline: 's.ts' }, /s\.ts is not JSON/],
    [
      'the record has no such series',
      scenario('p(95)<=baseline').replace('flow:pull', 'flow:pul'),
      { baseline: 'base.json' },
      /has no value in the baseline .*base\.json: .*\(did you mean 'pull'\?\)/,
    ],
  ])('is refused in one line before the run when %s', async (_, source, flags, message) => {
    const error: unknown = await planned(source, flags).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ exit: 'invalidConfig' });
    expect(messageOf(error)).toMatch(message);
    expect(messageOf(error)).not.toContain('\n');
  });
});
