import { describe, expect, it } from 'vitest';
import { createExecutor, EXECUTOR_NAMES, EXECUTORS, type ExecutorOptions, goDuration, parseExecutor } from '../../src/executor/index.ts';

describe('descriptions', () => {
  it.each<[string, ExecutorOptions]>([
    [
      '200 looping VUs for 5m0s (gracefulStop: 30s)',
      { executor: 'constant-vus', vus: 200, durationMs: 300_000, warmupMs: 0, gracefulStopMs: 30_000 },
    ],
    [
      '1 looping VUs for 1m30s (warmup: 30s, gracefulStop: 30s)',
      { executor: 'constant-vus', vus: 1, durationMs: 90_000, warmupMs: 30_000, gracefulStopMs: 30_000 },
    ],
    [
      '300 iterations shared among 50 VUs (maxDuration: 10m0s, gracefulStop: 30s)',
      { executor: 'shared-iterations', vus: 50, iterations: 300, maxDurationMs: 600_000, gracefulStopMs: 30_000 },
    ],
    [
      '5 iterations for each of 10 VUs (maxDuration: 1h0m0s)',
      { executor: 'per-vu-iterations', vus: 10, iterations: 5, maxDurationMs: 3_600_000, gracefulStopMs: 0 },
    ],
  ])('%s', (text, options) => {
    expect(createExecutor(options).description).toBe(text);
  });

  it.each([
    [0, '0s'],
    [500, '500ms'],
    [1500, '1.5s'],
    [60_000, '1m0s'],
    [3_723_000, '1h2m3s'],
  ])('%d ms reads as in Go: %s', (ms, text) => {
    expect(goDuration(ms)).toBe(text);
  });
});

describe('limits', () => {
  it('count warm-up and graceful stop into the longest duration', () => {
    const options = { executor: 'constant-vus', vus: 3, durationMs: 1000, warmupMs: 200, gracefulStopMs: 30 } as const;
    expect(createExecutor(options)).toMatchObject({ maxVus: 3, maxDurationMs: 1230 });
  });
});

describe('parseExecutor', () => {
  it('fills in the defaults of k6', () => {
    expect(parseExecutor({ executor: 'shared-iterations' }, 'o').options).toEqual({
      executor: 'shared-iterations',
      vus: 1,
      iterations: 1,
      maxDurationMs: 600_000,
      gracefulStopMs: 30_000,
    });
  });

  it('gives the warm-up to executors that take one', () => {
    expect(parseExecutor({ executor: 'constant-vus', duration: '1m' }, 'o', 5000).options).toMatchObject({ warmupMs: 5000 });
    expect(parseExecutor({ executor: 'per-vu-iterations' }, 'o', 5000).options).not.toHaveProperty('warmupMs');
  });

  it('tells every problem at once', () => {
    const { problems } = parseExecutor({ executor: 'constant-vus', vus: 1.5, gracefulStop: 'soon' }, 'options.scenarios.a');
    expect(problems).toEqual([
      { where: 'options.scenarios.a.vus', what: '1.5 is no valid vus', fix: 'a whole number of at least 1, at most 100000' },
      { where: 'options.scenarios.a.duration', what: 'duration is required', fix: "a duration like '30s' of at least 1s" },
      { where: 'options.scenarios.a.gracefulStop', what: '"soon" is no valid gracefulStop', fix: "a duration like '30s' of at least 0s" },
    ]);
  });

  it.each([
    ['an unknown executor', { executor: 'ramping' }, 'there is no executor "ramping"'],
    ['a name that every object has', { executor: 'toString' }, 'there is no executor "toString"'],
    ['no executor', {}, 'no executor is named'],
    ['fewer iterations than VUs', { executor: 'shared-iterations', vus: 5, iterations: 3 }, '3 iterations cannot be shared among 5 VUs'],
    ['a duration below a second', { executor: 'constant-vus', duration: '999ms' }, '"999ms" is no valid duration'],
  ])('refuses %s', (_, given, what) => {
    expect(parseExecutor(given, 'o').problems).toMatchObject([{ what }]);
  });

  it.each(EXECUTOR_NAMES)('has a row for %s whose options each have a field', (name) => {
    for (const { key, kind, field } of EXECUTORS[name].options) expect(field).toBe(kind === 'duration' ? `${key}Ms` : key);
  });
});
