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
    [
      'Up to 10 looping VUs for 2m0s over 3 stages (gracefulRampDown: 30s, gracefulStop: 30s)',
      {
        executor: 'ramping-vus',
        startVUs: 0,
        stages: [
          { durationMs: 30_000, target: 10 },
          { durationMs: 60_000, target: 10 },
          { durationMs: 30_000, target: 0 },
        ],
        warmupMs: 0,
        gracefulRampDownMs: 30_000,
        gracefulStopMs: 30_000,
      },
    ],
    [
      '20.00 iterations/s for 5m0s (maxVUs: 50-1000, warmup: 1m0s, gracefulStop: 30s)',
      {
        executor: 'constant-arrival-rate',
        rate: 20,
        timeUnitMs: 1_000,
        durationMs: 300_000,
        warmupMs: 60_000,
        preAllocatedVUs: 50,
        maxVUs: 1_000,
        arrival: 'uniform',
        onNoVU: 'drop',
        gracefulStopMs: 30_000,
      },
    ],
    [
      'Up to 1.50 iterations/s for 10s over 1 stage (maxVUs: 5, arrival: poisson, onNoVU: queue)',
      {
        executor: 'ramping-arrival-rate',
        startRate: 0,
        timeUnitMs: 60_000,
        stages: [{ durationMs: 10_000, target: 90 }],
        warmupMs: 0,
        preAllocatedVUs: 5,
        maxVUs: 5,
        arrival: 'poisson',
        onNoVU: 'queue',
        gracefulStopMs: 0,
      },
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
    expect(createExecutor(options)).toMatchObject({ maxVus: 3, maxDurationMs: 1230, plannedEndMs: 1200 });
  });

  it('are those of the stages, and the largest of their targets', () => {
    const stages = [
      { durationMs: 1000, target: 7 },
      { durationMs: 500, target: 2 },
    ];
    const options = { executor: 'ramping-vus', startVUs: 3, stages, warmupMs: 200, gracefulRampDownMs: 5000, gracefulStopMs: 30 } as const;
    expect(createExecutor(options)).toMatchObject({ maxVus: 7, maxDurationMs: 1730, plannedEndMs: 1700 });
  });

  it('know no planned end where iterations are counted', () => {
    const options = { executor: 'shared-iterations', vus: 3, iterations: 9, maxDurationMs: 1000, gracefulStopMs: 30 } as const;
    expect(createExecutor(options).plannedEndMs).toBe(Number.POSITIVE_INFINITY);
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

  it('fills in the defaults of ramping-vus', () => {
    expect(parseExecutor({ executor: 'ramping-vus', stages: [{ duration: '1m', target: 3 }] }, 'o').options).toEqual({
      executor: 'ramping-vus',
      startVUs: 1,
      stages: [{ durationMs: 60_000, target: 3 }],
      warmupMs: 0,
      gracefulRampDownMs: 30_000,
      gracefulStopMs: 30_000,
    });
  });

  it.each([
    ['1 000 VUs at most', 50, 1_000],
    ['ten times those made before the start, when that is more', 300, 3_000],
  ])('gives arrivals %s', (_, preAllocatedVUs, maxVUs) => {
    const given = { executor: 'constant-arrival-rate', rate: 20, duration: '1m', preAllocatedVUs };
    expect(parseExecutor(given, 'o').options).toEqual({
      executor: 'constant-arrival-rate',
      rate: 20,
      timeUnitMs: 1_000,
      durationMs: 60_000,
      warmupMs: 0,
      preAllocatedVUs,
      maxVUs,
      arrival: 'uniform',
      onNoVU: 'drop',
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

  const ramp = { executor: 'ramping-vus' };
  const stage = { duration: '10s', target: 5 };
  const arrivals = { executor: 'constant-arrival-rate', rate: 20, duration: '1m', preAllocatedVUs: 50 };
  const ramping = { executor: 'ramping-arrival-rate', stages: [stage], preAllocatedVUs: 50 };
  it.each<[string, Record<string, unknown>, string, string, string]>([
    ['no stages', ramp, 'stages', 'stages is required', "a list like [{ duration: '30s', target: 10 }, …]"],
    [
      'stages that are no list',
      { ...ramp, stages: '10s:5' },
      'stages',
      '"10s:5" is no list of stages',
      "a list like [{ duration: '30s', target: 10 }, …]",
    ],
    [
      'an empty list of stages',
      { ...ramp, stages: [] },
      'stages',
      'there is no stage',
      "at least one, as in a list like [{ duration: '30s', target: 10 }, …]",
    ],
    [
      'a stage that is no object',
      { ...ramp, stages: [stage, 7] },
      'stages[1]',
      '7 is no stage',
      "an object like { duration: '30s', target: 10 }",
    ],
    [
      'a negative target',
      { ...ramp, stages: [stage, { duration: '5s', target: -5 }] },
      'stages[1].target',
      '-5 is no valid target',
      'a whole number of VUs, at least 0',
    ],
    [
      'half an iteration',
      { ...ramping, stages: [{ duration: '5s', target: 0.5 }] },
      'stages[0].target',
      '0.5 is no valid target',
      'a whole number of iterations in each timeUnit, at least 0',
    ],
    [
      'a stage without a target',
      { ...ramp, stages: [{ duration: '5s' }] },
      'stages[0].target',
      'the stage has no target',
      'a whole number of VUs, at least 0',
    ],
    [
      'a stage without a duration',
      { ...ramp, stages: [{ target: 5 }] },
      'stages[0].duration',
      'the stage has no duration',
      "a duration like '30s'; '0s' is a jump",
    ],
    [
      'a duration that is none',
      { ...ramp, stages: [{ duration: 'long', target: 5 }] },
      'stages[0].duration',
      '"long" is no valid duration',
      "a duration like '30s'; '0s' is a jump",
    ],
    [
      'another option of a stage',
      { ...ramp, stages: [{ ...stage, targets: 5 }] },
      'stages[0].targets',
      'a stage has no such option',
      'it takes duration and target',
    ],
    [
      'VUs that nobody has memory for',
      { ...ramp, stages: [{ duration: '5s', target: 1_000_000 }] },
      'stages[0].target',
      '1000000 is no valid target',
      'at most 100000 VUs',
    ],
    [
      'a ramp on which nobody works',
      { ...ramp, startVUs: 0, stages: [{ duration: '5s', target: 0 }] },
      'stages',
      'startVUs and every target are 0: nothing would ever run',
      'a target above 0',
    ],
    ['a ramp of no length', { ...ramp, stages: [{ duration: '0s', target: 5 }] }, 'stages', 'the stages take 0 ms together', 'at least 1s'],
    [
      'a rate of 0',
      { ...arrivals, rate: 0 },
      'rate',
      '0 is no valid rate',
      "a whole number of at least 1; for less than one a second, a longer timeUnit: rate: 1, timeUnit: '10s'",
    ],
    [
      'a rate that is a slip of the finger',
      { ...arrivals, rate: 5_000_000 },
      'rate',
      '5000000 iterations/s are more than any machine starts',
      'at most 1000000 a second',
    ],
    [
      'a rate without VUs',
      { executor: 'constant-arrival-rate', rate: 20, duration: '1m' },
      'preAllocatedVUs',
      'preAllocatedVUs is required',
      'a whole number of at least 0, at most 100000',
    ],
    [
      'fewer VUs at most than at the start',
      { ...arrivals, maxVUs: 10 },
      'maxVUs',
      '10 is less than the 50 of preAllocatedVUs',
      'at least 50, or leave it out',
    ],
    ['a time unit of 0', { ...ramping, timeUnit: 0 }, 'timeUnit', '0 is no valid timeUnit', "a duration like '30s' of at least 1ms"],
    [
      'an arrival of another kind',
      { ...arrivals, arrival: 'normal' },
      'arrival',
      '"normal" is no valid arrival',
      'one of uniform, poisson',
    ],
    ['another way out', { ...arrivals, onNoVU: 'wait' }, 'onNoVU', '"wait" is no valid onNoVU', 'one of drop, queue'],
    [
      'rates that are all 0',
      { ...ramping, stages: [{ duration: '5s', target: 0 }] },
      'stages',
      'startRate and every target are 0: nothing would ever run',
      'a target above 0',
    ],
  ])('refuses %s in one line', (_, given, key, what, fix) => {
    expect(parseExecutor(given, 'o').problems).toEqual([{ where: `o.${key}`, what, fix }]);
  });

  it.each([
    [
      'ramping-vus without VUs at the start',
      { ...ramp, startVUs: 0, stages: [stage] },
      'o.startVUs',
      'the warm-up runs at startVUs, which is 0',
    ],
    ['ramping-arrival-rate that begins with 0', ramping, 'o.startRate', 'the warm-up runs at startRate, which is 0'],
  ])('refuses a warm-up of %s', (_, given, where, what) => {
    expect(parseExecutor(given, 'o', 10_000).problems).toMatchObject([{ where, what }]);
    expect(parseExecutor(given, 'o').problems).toEqual([]);
  });

  it.each(EXECUTOR_NAMES)('has a row for %s whose options each have a field', (name) => {
    for (const { key, kind, field } of EXECUTORS[name].options) expect(field).toBe(kind === 'duration' ? `${key}Ms` : key);
  });
});
