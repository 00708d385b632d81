import { describe, expect, it } from 'vitest';
import {
  createRecorder,
  merge,
  parseThreshold,
  type Recorder,
  settleThreshold,
  type ThresholdOutcome,
  WindowJudge,
} from '../../src/measure/index.ts';
import { exchange, scope } from '../support/records.ts';

/** What happens in each second of a load. */
type Seconds = readonly ((recorder: Recorder) => void)[];

const pulls =
  (...ms: readonly number[]) =>
  (recorder: Recorder) => {
    for (const one of ms) recorder.flow(scope({ flow: 'pull' }), one * 1000, '', '');
  };
const requests = (count: number) => (recorder: Recorder) => {
  for (let i = 0; i < count; i += 1) recorder.exchange(scope(), exchange('blob_get'));
};
const nothing = () => {};

interface Load {
  readonly seconds: Seconds;
  readonly window: number;
  readonly warmup?: number;
  /** ms. */
  readonly end?: number;
}

function judgeOf(metric: string, expression: string, { window, warmup = 0 }: Load): WindowJudge {
  const { threshold } = parseThreshold(metric, expression, 'thresholds');
  if (threshold === undefined) throw new Error('no threshold');
  return new WindowJudge(settleThreshold(threshold, undefined), { intervals: window, intervalMs: 1000, warmupIntervals: warmup });
}

function outcomeOf(metric: string, expression: string, load: Load): ThresholdOutcome {
  const judge = judgeOf(metric, expression, load);
  const recorder = createRecorder();
  if (load.end !== undefined) judge.endsAt(load.end);
  for (const [index, second] of load.seconds.entries()) {
    second(recorder);
    judge.add(recorder.cut(index, { slice: 0, vus: index, vusMax: index }));
  }
  judge.endsAt(load.end ?? load.seconds.length * 1000);
  judge.finish();
  return judge.outcome;
}

describe('windows of a threshold', () => {
  it('hold when each of them holds, though single seconds would not', () => {
    const seconds = [requests(9), requests(1), requests(9), requests(1), requests(9)];
    expect(outcomeOf('http_reqs', 'rate>=5', { seconds, window: 2 })).toEqual({
      ok: true,
      value: 5,
      windows: { judged: 4, failed: 0, empty: 0, worstStartMs: 0 },
    });
    expect(outcomeOf('http_reqs', 'rate>=5', { seconds, window: 1 })).toMatchObject({ ok: false, value: 1 });
  });

  it('fail by the one that fails, though the run as a whole holds, and name the worst', () => {
    const seconds = [pulls(10, 10, 10, 10), pulls(10), pulls(400), pulls(900), pulls(10), pulls(10)];
    expect(outcomeOf('flow_duration{flow:pull}', 'max<500', { seconds, window: 2 })).toEqual({
      ok: false,
      value: 900,
      windows: { judged: 5, failed: 2, empty: 0, worstStartMs: 2000 },
    });
  });

  it('have percentiles of all their samples, not of seconds', () => {
    const seconds = [pulls(...Array<number>(99).fill(10)), pulls(1000)];
    expect(outcomeOf('flow_duration', 'p(95)<20', { seconds, window: 2 })).toMatchObject({ ok: true, value: expect.closeTo(10, 0) });
  });

  it('begin after the warm-up: none reaches into it', () => {
    const seconds = [pulls(900), pulls(900), pulls(10), pulls(20), pulls(10)];
    expect(outcomeOf('flow_duration', 'max<500', { seconds, window: 2, warmup: 2 })).toEqual({
      ok: true,
      value: 20,
      windows: { judged: 2, failed: 0, empty: 0, worstStartMs: 2000 },
    });
  });

  it('end with the load: the ramp-down, in which it dies away, is in none', () => {
    const seconds = [requests(9), requests(9), requests(9), requests(2), nothing];
    expect(outcomeOf('http_reqs', 'rate>=9', { seconds, window: 2, end: 3000 })).toMatchObject({ ok: true, windows: { judged: 2 } });
  });

  it('are whole: the last second, cut short by the end, is in none', () => {
    const seconds = [requests(9), requests(9), requests(1)];
    expect(outcomeOf('http_reqs', 'rate>=9', { seconds, window: 1, end: 2100 })).toMatchObject({ ok: true, windows: { judged: 2 } });
  });

  it('are whole though the clock of the end was a little early', () => {
    const seconds = [requests(9), requests(9)];
    expect(outcomeOf('http_reqs', 'rate>=9', { seconds, window: 2, end: 1995 })).toMatchObject({ ok: true, windows: { judged: 1 } });
    expect(outcomeOf('http_reqs', 'rate>=9', { seconds, window: 2, end: 1900 })).toMatchObject({ ok: false, windows: { judged: 0 } });
  });

  it('say nothing where they have no sample, and fail when none has any', () => {
    const some = [pulls(10), nothing, nothing, pulls(30)];
    expect(outcomeOf('flow_duration', 'max<20', { seconds: some, window: 1 }).windows).toEqual({
      judged: 2,
      failed: 1,
      empty: 2,
      worstStartMs: 3000,
    });
    expect(outcomeOf('flow_duration', 'max<20', { seconds: [nothing, nothing], window: 1 })).toEqual({
      ok: false,
      value: undefined,
      windows: { judged: 0, failed: 0, empty: 2, worstStartMs: undefined },
    });
  });

  it('fail when the load was too short for one', () => {
    const seconds = [requests(9), requests(9)];
    expect(outcomeOf('http_reqs', 'rate>1', { seconds, window: 3 })).toMatchObject({ ok: false, value: undefined, windows: { empty: 0 } });
  });

  it('count a counter that has no series as 0', () => {
    expect(outcomeOf('http_reqs', 'count>0', { seconds: [requests(1), nothing], window: 1 })).toMatchObject({
      ok: false,
      value: 0,
      windows: { failed: 1, worstStartMs: 1000 },
    });
  });

  it('know the VUs, which no recorder counts', () => {
    expect(outcomeOf('vus', 'value<3', { seconds: [nothing, nothing, nothing, nothing], window: 2 })).toMatchObject({
      ok: false,
      value: 3,
    });
  });

  it('are the same over one slice and over two that were merged', () => {
    const load = { seconds: [], window: 3 };
    const [direct, merged] = [judgeOf('flow_duration', 'p(90)<300', load), judgeOf('flow_duration', 'p(90)<300', load)];
    const [all, first, second] = [createRecorder(), createRecorder(), createRecorder()];
    for (let index = 0; index < 12; index += 1) {
      const times = Array.from({ length: 8 }, (_, i) => 10 + ((index * 37 + i * 53) % 400));
      pulls(...times)(all);
      pulls(...times.filter((_, i) => i % 2 === 0))(first);
      pulls(...times.filter((_, i) => i % 2 === 1))(second);
      direct.add(all.cut(index, { slice: 0, vus: 2, vusMax: 2 }));
      merged.add(merge(first.cut(index, { slice: 0, vus: 1, vusMax: 1 }), second.cut(index, { slice: 1, vus: 1, vusMax: 1 })));
    }
    expect(direct.outcome.windows?.judged).toBeGreaterThan(5);
    expect(merged.outcome).toEqual(direct.outcome);
  });

  it.each([
    ['<', 'max<500', 900],
    ['>', 'max>5', 10],
    ['==', 'max==400', 900],
    ['!=', 'max!=401', 400],
  ])('find the worst of %s', (_, expression, value) => {
    expect(outcomeOf('flow_duration', expression, { seconds: [pulls(10), pulls(400), pulls(900)], window: 1 }).value).toBeCloseTo(value, 0);
  });
});
