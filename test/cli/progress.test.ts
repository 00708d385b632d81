import { describe, expect, it } from 'vitest';
import { clock, type ProgressColors, type ProgressState, renderProgress, renderProgressLine } from '../../src/cli/progress.ts';
import type { MergedInterval } from '../../src/measure/index.ts';

const plain: ProgressColors = { good: String, bad: String, faint: String, value: String };
const loud: ProgressColors = {
  good: (text) => `<g>${text}</g>`,
  bad: (text) => `<b>${text}</b>`,
  faint: (text) => `<f>${text}</f>`,
  value: String,
};

const interval: MergedInterval = {
  index: 12,
  warmup: false,
  slices: 1,
  vus: 150,
  vusMax: 200,
  flows: 82,
  failedFlows: 0,
  iterations: 80,
  iterationsByScenario: { mix: 80 },
  dropped: 0,
  interrupted: 0,
  requests: 411,
  failedRequests: 0,
  bytesSent: 104_858,
  bytesReceived: 126_143_693,
  p50: 12_340,
  p99: 80_000,
  errors: 0,
  health: undefined,
};

const state: ProgressState = {
  stage: 'run',
  ending: 'none',
  elapsedMs: 12_340,
  vus: 150,
  maxVus: 200,
  complete: 4821,
  interrupted: 0,
  dropped: 0,
  errors: 0,
  scenarios: [
    { name: 'mix', status: 'running', share: 0.25, text: '150 VUs  0m12s/0m48s', rate: 80 },
    { name: 'after', status: 'waiting', share: 0, text: '10 VUs  0m00s/0m10s', rate: 0 },
  ],
  last: { interval, ms: 1000 },
};

describe('the live view', () => {
  it('shows how far the run is, the last interval, and a bar for each scenario', () => {
    expect(renderProgress(state, 120, plain)).toEqual([
      'running (0m12.3s), 150/200 VUs, 4821 complete and 0 interrupted iterations',
      '82 flows/s  411 req/s  down 120.3 MiB/s  up 102.4 KiB/s  p50 12.34ms  p99 80ms  0 errors',
      'mix     [=========>------------------------------] 150 VUs  0m12s/0m48s  80.00 iters/s',
      'after • [----------------------------------------] 10 VUs  0m00s/0m10s    0.00 iters/s',
    ]);
  });

  it.each([200, 100, 80, 60, 50, 40, 30, 20, 10])('is never wider than %i columns', (columns) => {
    for (const line of renderProgress(state, columns, plain)) expect(line.length).toBeLessThanOrEqual(columns);
  });

  it('leaves out the least important first, and shows a percentage where no bar fits', () => {
    expect(renderProgress(state, 50, plain)).toEqual([
      'running (0m12.3s), 150/200 VUs',
      '82 flows/s  411 req/s  p99 80ms  0 errors',
      'mix     [===>---------------] 150 VUs  0m12s/0m48s',
      'after • [-------------------] 10 VUs  0m00s/0m10s',
    ]);
    expect(renderProgress(state, 34, plain)[2]).toMatch(/^mix {5} 25% 150 VUs/);
  });

  it('colours after it has fitted, so that colours take no room', () => {
    const done = { name: 'mix', status: 'done', share: 1, text: '10 VUs', rate: 0 } as const;
    const cut = { name: 'cut', status: 'interrupted', share: 0.5, text: '10 VUs', rate: 0 } as const;
    const lines = renderProgress({ ...state, errors: 3, scenarios: [done, cut] }, 80, loud);
    expect(lines[1]).toMatch(/<b>3 errors<\/b>$/);
    expect(lines[2]).toContain('<g>✓</g>');
    expect(lines[3]).toContain('<b>✗</b>');
  });

  it('has only its first line outside of the load', () => {
    expect(renderProgress({ ...state, stage: 'setup', elapsedMs: 3_000 }, 80, plain)).toEqual(['setup (0m03.0s)']);
  });

  it('says that it is stopping, with k6’s glyph, or aborting', () => {
    const scenarios = [{ name: 'mix', status: 'stopping', share: 0.25, text: '150 VUs', rate: 80 }] as const;
    const lines = renderProgress({ ...state, ending: 'stopping', scenarios }, 80, plain);
    expect(lines[0]).toMatch(/^stopping \(0m12\.3s\), /);
    expect(lines[2]).toMatch(/^mix ↓ \[/);
    expect(renderProgressLine({ ...state, ending: 'aborting' })).toMatch(/^aborting \(0m12\.3s\), /);
    expect(renderProgress({ ...state, ending: 'stopping', stage: 'teardown' }, 80, plain)[0]).toMatch(/^teardown /);
  });

  it('shows no figures before the first interval has ended', () => {
    const lines = renderProgress({ ...state, last: undefined }, 80, plain);
    expect(lines).toHaveLength(3);
    expect(lines[0]).not.toContain('VUs,');
  });

  it('tells of a warm-up and of dropped iterations', () => {
    const warm = { ...state, dropped: 4, last: { interval: { ...interval, warmup: true }, ms: 1000 } };
    expect(renderProgress(warm, 120, plain)[0]).toBe(
      'running (0m12.3s), warm-up, 150/200 VUs, 4821 complete and 0 interrupted iterations, 4 dropped',
    );
  });

  it('is one plain line where there is no terminal', () => {
    expect(renderProgressLine(state)).toBe(
      'running (0m12.3s), 150/200 VUs, 4821 complete and 0 interrupted iterations, 82 flows/s, 411 req/s, down 120.3 MiB/s, up 102.4 KiB/s, p50 12.34ms, p99 80ms, 0 errors',
    );
  });
});

it.each([
  [0, '0m00.0s'],
  [12_340, '0m12.3s'],
  [59_999, '0m59.9s'],
  [61_000, '1m01.0s'],
  [3_723_400, '1h02m03.4s'],
  [-5, '0m00.0s'],
])('writes %i ms as %s', (ms, text) => {
  expect(clock(ms)).toBe(text);
});
