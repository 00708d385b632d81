import { describe, expect, it } from 'vitest';
import { buildRecord, type RunRecord } from '../../src/record/index.ts';
import { reporters, type ReportOptions } from '../../src/report/index.ts';
import { OPEN_SCENARIO, openRecord } from '../support/open-records.ts';
import { onePull, plan, recordInput, smallRecord, totalsOf } from '../support/records.ts';

const render = (record: RunRecord, options: ReportOptions = {}) => reporters.text.report(record, options).body;
const sectionOf = (record: RunRecord, title: string) => render(record).split(`    ${title}\n`)[1]?.split('\n\n')[0] ?? '';
const notesOf = (record: RunRecord) => render(record).split('█ NOTES')[1]?.replaceAll(/\s+/g, ' ') ?? '';
const widest = (text: string) => Math.max(...text.split('\n').map((line) => Array.from(line).length));
const closed = (name: string) => ({ ...plan().scenarios[0]!, name });
const open = (name: string) => ({ ...OPEN_SCENARIO, name });

describe('the text report of an open model', () => {
  it.each([
    ['one slice', 1],
    ['two slices', 2],
  ])('made by %s', async (_phrase, slices) => {
    await expect(render(openRecord({ slices }))).toMatchFileSnapshot('../golden/text/open.txt');
  });

  it('shows service and response time in compact too', () => {
    expect(render(openRecord(), { mode: 'compact' })).toContain('SERVICE AND RESPONSE TIME');
  });

  it.each([
    ['usual times', {}],
    ['long ones', { lagUs: () => 3_599_000_000, seconds: 4 }],
    ['many starts dropped', { dropped: () => 19, vusMade: 40 }],
  ])('keeps to 80 columns: %s', (_phrase, load) => {
    expect(widest(render(openRecord(load)))).toBeLessThanOrEqual(80);
  });

  it('has the stall in the response time and not in the service time', () => {
    const [flow = ''] = sectionOf(openRecord(), 'SERVICE AND RESPONSE TIME').split('\n').slice(2);
    const [name, , ...figures] = flow.trim().split(/\s+/);
    expect(name).toBe('pull');
    expect(Number(figures[3])).toBeLessThan(50);
    expect(Number(figures[7])).toBeGreaterThan(1000);
  });

  it('puts the achieved rate beside the offered one, and what was dropped or late with them', () => {
    const text = sectionOf(openRecord(), 'ARRIVALS');
    expect(text).toMatch(/offered\.+: 360 +20\.0\/s\n.*achieved\.+: 359 +19\.9\/s +99\.72% of it\n/);
    expect(text).toMatch(/dropped_iterations\.+: 1 +0\.28% of those due\n.*late_starts\.+: 19 +5\.28% by more than 5\.00ms\n/);
    expect(text).toMatch(/vus_made\.+: 12 +10 preallocated, at most 40; then drop/);
  });

  it('says what response time is, and nothing of VUs ÷ throughput', () => {
    expect(notesOf(openRecord())).toContain('Response time counts from when an iteration was due');
    expect(notesOf(openRecord())).not.toContain('Closed model');
  });

  it('names the scenarios of either model when a run has both', () => {
    const notes = notesOf(smallRecord({ plan: plan({ scenarios: [open('day'), closed('night'), closed('noon')] }) }));
    expect(notes).toContain('Closed model (night, noon) without think time: latency here is VUs ÷ throughput');
    expect(notes).toContain('Open model (day): iterations are due');
  });

  it('has neither table without an open scenario', () => {
    const text = render(smallRecord());
    expect(text).not.toMatch(/RESPONSE TIME|ARRIVALS/);
  });

  it('shows an open scenario that never started an iteration', () => {
    const record = buildRecord(
      recordInput({ totals: totalsOf({ seconds: 3, second: onePull }), plan: plan({ scenarios: [open('day')] }) }),
    );
    expect(sectionOf(record, 'ARRIVALS')).toMatch(/offered\.+: 0 +0\/s\n.*achieved\.+: 0 +0\/s\n[^]*iteration_lag\.+: -\n/);
  });
});

describe('the load in the head of the report', () => {
  const head = (executor: Record<string, unknown>) => {
    const scenario = { ...closed('mix'), executor } as unknown as typeof OPEN_SCENARIO;
    return render(smallRecord({ plan: plan({ scenarios: [scenario] }) }))
      .split('registry:')[0]
      ?.replaceAll(/\s+/g, ' ');
  };
  const arrivals = { warmupMs: 0, preAllocatedVUs: 10, maxVUs: 1000, arrival: 'poisson', onNoVU: 'drop', gracefulStopMs: 30_000 };
  const stages = [
    { durationMs: 60_000, target: 10 },
    { durationMs: 180_000, target: 100 },
    { durationMs: 0, target: 5 },
  ];

  it.each([
    [
      'ramping VUs',
      { executor: 'ramping-vus', startVUs: 1, stages, gracefulRampDownMs: 5_000, gracefulStopMs: 30_000 },
      'up to 100 looping VUs, stages from 1: 1m00s to 10, 3m00s to 100, 0s to 5, gracefulRampDown 5s, gracefulStop 30s',
    ],
    [
      'a constant rate',
      { executor: 'constant-arrival-rate', rate: 20, timeUnitMs: 1_000, durationMs: 90_000, ...arrivals },
      '20 iterations/s for 1m30s, poisson arrivals, 10 to 1 000 VUs, gracefulStop 30s',
    ],
    [
      'a rate that follows stages, by the minute',
      { executor: 'ramping-arrival-rate', startRate: 0, timeUnitMs: 60_000, stages, ...arrivals },
      'up to 100 iterations per 1m00s, stages from 0: 1m00s to 10, 3m00s to 100, 0s to 5, poisson arrivals, 10 to 1 000 VUs',
    ],
    ['an executor of a later version', { executor: 'sine', waves: 3 }, 'sine {"waves":3}'],
  ])('%s', (_phrase, executor, words) => {
    expect(head(executor)).toContain(`* mix: ${words}`);
  });
});
