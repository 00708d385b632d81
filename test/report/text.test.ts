import { describe, expect, it } from 'vitest';
import type { Recorder } from '../../src/measure/index.ts';
import { type Paint, reporters, type ReportOptions } from '../../src/report/index.ts';
import type { RunRecord } from '../../src/record/index.ts';
import { busyRecord, exchange, plan, recordInput, type Second, scope, smallRecord, threshold, totalsOf } from '../support/records.ts';

const render = (record: RunRecord, options: ReportOptions = {}) => reporters.text.report(record, options).body;
const golden = (name: string) => `../golden/text/${name}.txt`;
const lineOf = (text: string, word: string) => text.split('\n').find((line) => line.includes(word)) ?? '';
const notesOf = (record: RunRecord) => render(record).split('█ NOTES')[1]?.replaceAll(/\s+/g, ' ') ?? '';
const mark = (name: string) => (text: string) => `<${name}>${text}</${name}>`;
const widest = (text: string) => Math.max(...text.split('\n').map((line) => Array.from(line).length));

describe('the text report', () => {
  it.each([
    ['one slice', 1],
    ['two slices', 2],
  ])('of a busy load made by %s', async (_phrase, slices) => {
    await expect(render(busyRecord(slices))).toMatchFileSnapshot(golden('busy'));
  });

  it.each([
    ['one slice', 1],
    ['two slices', 2],
  ])('in compact, of a busy load made by %s', async (_phrase, slices) => {
    await expect(render(busyRecord(slices), { mode: 'compact' })).toMatchFileSnapshot(golden('busy-compact'));
  });

  it('of a run that went wrong', async () => {
    await expect(render(troubled())).toMatchFileSnapshot(golden('troubled'));
  });

  it('of a run without a single observation', async () => {
    const record = smallRecord({ totals: totalsOf({ seconds: 0, health: undefined }) });
    await expect(render(record)).toMatchFileSnapshot(golden('empty'));
  });

  it('is empty when it is disabled', () => {
    expect(render(smallRecord(), { mode: 'disabled' })).toBe('');
  });

  it.each([
    ['a busy load', () => busyRecord(1)],
    ['a run that went wrong', () => troubled()],
    ['hostile names', () => hostile()],
    ['a slow registry with many requests', () => slow()],
    ['an empty run', () => smallRecord({ totals: totalsOf({ seconds: 0 }) })],
  ])('keeps to 80 columns: %s', (_phrase, make) => {
    expect(widest(render(make()))).toBeLessThanOrEqual(80);
  });

  it('ends every line without blanks', () => {
    expect(render(busyRecord(1))).not.toMatch(/[ \t]\n/);
  });

  it('shows the statistics that were asked for', () => {
    const text = render(busyRecord(1), { trendStats: ['p(99.9)', 'count'] });
    expect(lineOf(text, 'iteration_duration')).toMatch(/: p\(99\.9\)=\S+ +count=320$/);
    expect(text).toMatch(/count rate\/s failed +p99\.9 count\n/);
  });

  it('shows what each scenario did below the flow, in full', () => {
    const record = smallRecord({ totals: totalsOf({ seconds: 2, second: dayAndNight }) });
    expect(render(record)).toMatch(/pull +4 .*\n {6}day +2 .*\n {6}night +2 /);
    expect(render(record, { mode: 'compact' })).not.toContain('night');
  });

  it('changes to seconds when milliseconds would not fit', () => {
    expect(render(slow())).toMatch(/duration, s/);
  });

  it('colours what is good and bad, and only that, through the functions given', () => {
    const paint: Paint = { faint: (t) => t, value: (t) => t, strong: (t) => t, good: mark('good'), bad: mark('bad'), warn: mark('warn') };
    const text = render(busyRecord(1), { paint });
    expect(text).toContain("<good>✓</good> 'p(95)<100'");
    expect(text).toContain("<bad>✗</bad> 'p(99)<100'");
    expect(text.replaceAll(/<\/?(good|bad|warn)>/g, '')).toBe(render(busyRecord(1)));
  });
});

describe('notes of the text report', () => {
  it('say that latency of a closed model is VUs ÷ throughput', () => {
    expect(notesOf(smallRecord())).toContain('Closed model without think time: latency here is VUs ÷ throughput');
  });

  it('tell think time from none', () => {
    expect(notesOf(smallRecord({ totals: totalsOf({ seconds: 2, second: thinkingPull }) }))).toContain(
      'latency + think time = VUs ÷ throughput',
    );
  });

  it.each([
    [
      'values past the range of the histograms',
      'Values outside the range of the histograms, counted at its edge: 2.',
      (recorder: Recorder) => recorder.flow(scope({ flow: 'pull' }), 9e9, '', ''),
    ],
    [
      'iterations that were cut off',
      'cut off by the end of the run: 2.',
      (recorder: Recorder) => recorder.iteration(scope(), 5, 'interrupted'),
    ],
    ['iterations never started', 'were never started: 6.', (recorder: Recorder) => recorder.count(scope(), 'dropped_iterations', 3)],
  ])('count %s', (_phrase, words, observe) => {
    expect(notesOf(smallRecord({ totals: totalsOf({ seconds: 2, second: (recorder) => observe(recorder) }) }))).toContain(words);
  });

  it('say what a weaker verify policy leaves out', () => {
    expect(notesOf(smallRecord({ plan: plan({ verify: 'size' }) }))).toContain('Verify policy size: not every byte');
  });

  it('name lost slices', () => {
    const slices = [{ ...recordInput().slices[0]!, state: 'lost' as const, reason: 'thread died' }];
    expect(notesOf(smallRecord({ slices }))).toContain('Slice 0 was lost');
  });
});

const NASTY = 'evil\u001b[2J\nname\u202e\u0007 of a very long kind, longer than any table could ever hold in its columns';

/** Everything that a user, a scenario or a server can name has a hostile name. */
function hostile(): RunRecord {
  const second: Second = (recorder) => {
    const at = scope({ scenario: NASTY, flow: NASTY, group: `::${NASTY}` });
    recorder.exchange(at, exchange(NASTY, { status: 500, expected: false, errorCode: NASTY, errorDetail: NASTY }));
    recorder.flow(at, 1, NASTY, NASTY);
    recorder.group(at, 1);
    recorder.exception(at, NASTY, NASTY);
    recorder.check(at, NASTY, false, { [NASTY]: NASTY });
    recorder.blobThroughput(at, NASTY, 5);
    recorder.custom(at, { name: NASTY, type: 'gauge', contains: 'data' }, 5, {});
  };
  return smallRecord({
    totals: totalsOf({ seconds: 2, second }),
    plan: plan({ name: NASTY, labels: { [NASTY]: NASTY }, scenarioPath: NASTY }),
    target: { ...recordInput().target, server: NASTY, redirectHosts: [NASTY] },
    thresholds: [{ ...threshold('http_reqs', 'count>1', 'count', 1, false), metric: NASTY, expression: NASTY }],
    generator: { verdict: 'suspect', reasons: [NASTY] },
    warnings: [NASTY],
    notes: [NASTY],
  });
}

it('hostile names cannot move the cursor, fake a line or turn the text around', () => {
  const text = render(hostile());
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(text).toContain('evil\\x1b[2J\\x0aname\\u{202e}\\x07');
});

function troubledSecond(recorder: Recorder, index: number): void {
  const flow = scope({ flow: 'pull', group: '::peak' });
  const fail = (status: number, errorCode: string, errorDetail: string) =>
    recorder.exchange(flow, exchange('manifest_get', { status, expected: false, errorCode, errorDetail, waiting: 900_000 }));
  fail(0, 'ECONNRESET', 'GET http://127.0.0.1:5000/v2/loadreg/app/manifests/1.0: the connection was reset while the answer was awaited');
  if (index % 2 === 0) fail(429, 'TOOMANYREQUESTS', 'GET http://127.0.0.1:5000/v2/loadreg/app/manifests/1.0 answered 429: slow down');
  recorder.flow(flow, 2_500_000, 'ECONNRESET', 'manifest_get: the connection was reset');
  recorder.iteration(scope(), 2_500_000, index === 4 ? 'complete' : 'failed');
  recorder.exception(scope(), 'TypeError', "Cannot read properties of undefined (reading 'layers')");
  recorder.group(flow, 2_500_000);
  recorder.count(scope(), 'dropped_iterations', 2);
  recorder.count(flow, 'digest_mismatches', 1);
  if (index === 5) recorder.iteration(scope(), 100_000, 'interrupted');
}

/** A run that was interrupted, on a machine that could not keep up, against a registry that fails. */
function troubled(): RunRecord {
  const health = {
    loopDelayP50: 40_000,
    loopDelayP99: 310_000,
    loopDelayMax: 870_000,
    loopUtilization: 0.998,
    cpuShare: 1.31,
    rss: 2.1 * 1024 ** 3,
  };
  const totals = totalsOf({ seconds: 6, second: troubledSecond, health });
  const input = recordInput({ totals });
  return smallRecord({
    totals,
    run: { ...input.run, end: { state: 'aborted', cause: 'signal', reason: 'interrupted by SIGINT' } },
    plan: plan({ verify: 'sampled:0.1', labels: { build: '43', commit: '9f8e7d6' }, name: 'nightly' }),
    load: { ...input.load, loadEnd: 5_300, end: 6_000 },
    thresholds: [
      threshold('flow_duration{flow:push}', 'p(95)<2000', 'p(95)', undefined, false),
      threshold('data_received', 'rate>1000000', 'rate', 12_000, false),
      { ...threshold('digest_mismatches', 'count==0', 'count', 6, false), builtIn: true },
    ],
    generator: {
      verdict: 'suspect',
      reasons: ['the event loop was late by up to 310ms in every second, which is in every latency: use fewer VUs or another machine'],
    },
    warnings: ['The registry refused a trial upload before the start: pushes will fail.'],
    notes: ['--vus replaced the executor of the scenario.'],
  });
}

/** Large counts and times. */
function slow(): RunRecord {
  return smallRecord({ totals: totalsOf({ seconds: 3, second: slowSecond }) });
}

function slowSecond(recorder: Recorder): void {
  const flow = scope({ flow: 'a-flow-with-a-long-name' });
  for (let i = 0; i < 2; i += 1) {
    for (const sizeClass of ['<64KiB', '≥128MiB'] as const) {
      recorder.exchange(
        flow,
        exchange('upload_patch', { hostRole: 'storage', sizeClass, waiting: 123_456_789, receiving: 3_210_000_000, blocked: 123 }),
      );
    }
    recorder.exchange(flow, exchange('manifest_delete', { waiting: 123, receiving: 1 }));
  }
  recorder.flow(flow, 3_333_000_000, '', '');
  recorder.custom(flow, { name: 'a_metric_with_quite_a_long_name_of_its_own', type: 'trend', contains: 'default' }, 123_456.789, {});
}

function dayAndNight(recorder: Recorder): void {
  for (const scenario of ['day', 'night']) recorder.flow(scope({ scenario, flow: 'pull' }), 1000, '', '');
}

function thinkingPull(recorder: Recorder): void {
  recorder.flow(scope({ flow: 'pull' }), 10_000, '', '');
  recorder.iteration(scope(), 1_000_000, 'complete');
}
