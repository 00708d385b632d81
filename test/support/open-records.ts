import { keyedRandom } from '../../src/base/index.ts';
import type { Recorder } from '../../src/measure/index.ts';
import type { ScenarioPlan } from '../../src/plan/index.ts';
import type { RunRecord } from '../../src/record/index.ts';
import { exchange, plan, recordInput, type Second, scope, smallRecord, totalsOf } from './records.ts';

/** What an {@link openRecord} is about. */
export interface OpenLoad {
  readonly slices?: number;
  /** In seconds; default 20. */
  readonly seconds?: number;
  /** Default `drop`. */
  readonly onNoVU?: 'drop' | 'queue';
  /** VUs that were made; default 12. At most 40 are allowed. */
  readonly vusMade?: number;
  /** Lag of each start, µs, by second and number; default: up to 4 ms, and in the tenth second up to a second. */
  readonly lagUs?: (second: number, i: number) => number;
  /** Iterations of each second that were never started; default: 1 in the tenth second. */
  readonly dropped?: (second: number) => number;
}

const PER_SECOND = 20;

/** `constant-arrival-rate`, as a plan has it. */
export const OPEN_SCENARIO = {
  name: 'mixed',
  exec: 'default',
  executor: {
    executor: 'constant-arrival-rate',
    rate: PER_SECOND,
    timeUnitMs: 1_000,
    durationMs: 18_000,
    warmupMs: 2_000,
    preAllocatedVUs: 10,
    maxVUs: 40,
    arrival: 'uniform',
    onNoVU: 'drop',
    gracefulStopMs: 30_000,
  },
  startTimeMs: 0,
  env: {},
  tags: {},
} as const satisfies ScenarioPlan;

/** A load of 20 pulls a second with one stall, by one slice or several, the first 2 seconds of them warm-up. */
export function openRecord(load: OpenLoad = {}): RunRecord {
  const { slices = 1, seconds = 20, onNoVU = 'drop', vusMade = 12 } = load;
  const { lagUs = usualLag, dropped = (second) => (second === 10 ? 1 : 0) } = load;
  const second: Second = (recorder, index, { slice }) => {
    if (index === 0) for (let vu = slice; vu < vusMade; vu += slices) recorder.count(scope({ scenario: 'mixed' }), 'vus_made', 1);
    const lost = dropped(index);
    if (slice === 0 && lost > 0) recorder.count(scope({ scenario: 'mixed' }), 'dropped_iterations', lost);
    for (let i = slice; i < PER_SECOND - lost; i += slices) pull(recorder, lagUs(index, i), keyedRandom('open', index, i).next());
  };
  const totals = totalsOf({ slices, seconds, warmupSeconds: 2, vus: 12, second });
  const input = recordInput({ totals });
  return smallRecord({
    totals,
    load: { ...input.load, warmupEnd: 2_000 },
    plan: plan({
      name: 'mixed',
      scenarioPath: 'scenarios/mixed.ts',
      warmupMs: 2_000,
      scenarios: [{ ...OPEN_SCENARIO, executor: { ...OPEN_SCENARIO.executor, durationMs: (seconds - 2) * 1_000, onNoVU } }],
    }),
  });
}

/** 1 to 4 ms late; after the stall of the tenth second the starts come one after the other. */
function usualLag(second: number, i: number): number {
  return second === 10 ? 1_000_000 - i * 50_000 : Math.round(1_000 + 3_000 * keyedRandom('lag', second, i).next() ** 4);
}

function pull(recorder: Recorder, lagUs: number, share: number): void {
  const iteration = scope({ scenario: 'mixed' });
  const flow = scope({ scenario: 'mixed', flow: 'pull' });
  const us = (least: number, most: number) => Math.round(least + (most - least) * share ** 4);
  recorder.lag(iteration, lagUs);
  recorder.exchange(flow, exchange('manifest_get', { waiting: us(900, 12_000) }), lagUs);
  recorder.exchange(flow, exchange('blob_get', { sizeClass: '<1MiB', waiting: us(1_500, 20_000), receiving: us(800, 9_000) }), lagUs);
  recorder.flow(flow, us(4_000, 45_000), '', '', lagUs);
  recorder.iteration(iteration, us(4_100, 45_100), 'complete');
}
