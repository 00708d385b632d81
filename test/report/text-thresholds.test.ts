import { describe, expect, it } from 'vitest';
import type { ThresholdResult } from '../../src/record/index.ts';
import { reporters } from '../../src/report/index.ts';
import { busyRecord, threshold } from '../support/records.ts';

/** The lines of the THRESHOLDS section below the name of the metric. */
function linesOf(...thresholds: readonly ThresholdResult[]): string[] {
  const text = reporters.text.report(busyRecord(1, { thresholds }), {}).body;
  const section = text.split('█ THRESHOLDS\n\n')[1]?.split('\n\n')[0] ?? '';
  return section
    .split('\n')
    .slice(1)
    .map((line) => line.slice(4));
}

describe('a threshold in the text report', () => {
  it.each([
    ['a time', 'flow_duration', 'p(95)<1.5s', 'p(95)', 148.25, "✓ 'p(95)<1.5s' p(95)=148ms"],
    ['a throughput', 'blob_throughput', 'p(5)>50MiB/s', 'p(5)', 61_440, "✓ 'p(5)>50MiB/s' p(5)=60 MiB/s"],
    ['a size', 'data_received', 'count<10GiB', 'count', 3_221_225_472, "✓ 'count<10GiB' count=3 GiB"],
    ['a share', 'http_req_failed', 'rate<1%', 'rate', 0.0021, "✓ 'rate<1%' rate=0.21%"],
    ['less than one a second', 'http_reqs', 'rate>0.1', 'rate', 0.5, "✓ 'rate>0.1' rate=0.500/s"],
    ['a count', 'retries', 'count<9', 'count', 3, "✓ 'count<9' count=3"],
  ])('shows %s with its unit', (_, metric, expression, stat, value, line) => {
    expect(linesOf(threshold(metric, expression, stat, value, true))).toEqual([line]);
  });

  it('names the baseline that its limit was made of', () => {
    const baseline = { value: 141, file: 'reports/nightly.json.gz', runId: '20261124T130000Z-a1b2c3' };
    const result = threshold('flow_duration', 'p(99)<148', 'p(99)', 152, false);
    expect(linesOf({ ...result, expression: 'p(99)<=baseline*1.05', parsed: { ...result.parsed, limit: 148.05 }, baseline })).toEqual([
      "✗ 'p(99)<=baseline*1.05' p(99)=152ms",
      '  ↳ limit 148ms: the baseline is 141ms (reports/nightly.json.gz, run',
      '    20261124T130000Z-a1b2c3)',
    ]);
  });

  it('names the worst of its windows, and how many failed', () => {
    const result = threshold('flow_duration', 'p(95)<500', 'p(95)', 812, false);
    const windows = { judged: 51, failed: 4, empty: 2, worstStartMs: 72_000 };
    const reason = '4 of 51 windows failed';
    expect(linesOf({ ...result, outcome: { ...result.outcome, windows }, windowMs: 10_000, reason })).toEqual([
      "✗ 'p(95)<500' p(95)=812ms",
      '  ↳ the worst of 51 windows of 10s: 72s to 82s; 2 more had no sample',
      '  ↳ 4 of 51 windows failed',
    ]);
  });

  it('says why there is nothing to show', () => {
    const reason = "never got a sample: no series has flow 'pul' (did you mean 'pull'?)";
    expect(linesOf({ ...threshold('flow_duration{flow:pul}', 'p(95)<500', 'p(95)', undefined, false), reason })).toEqual([
      "✗ 'p(95)<500' p(95)=-",
      `  ↳ ${reason}`,
    ]);
  });
});
