import { countAbove, LATE_START_US, percentiles, type RunTotals, type Starts, startsOf } from '../measure/index.ts';
import type { RecordedArrivals } from './schema-arrivals.ts';
import type { Row } from './schema-rows.ts';
import { rowsOf, sumCounters } from './select.ts';

/** Executors that plan when iterations start. */
const OPEN: ReadonlySet<string> = new Set(['constant-arrival-rate', 'ramping-arrival-rate']);

/** Whether an executor of this name plans when iterations start, whatever the registry does: an open model, in which latency does not hold load back. */
export function isOpenModel(executor: string): boolean {
  return OPEN.has(executor);
}

/** The scenarios of a run, as its plan or its record has them. */
export type ScenarioOptions = readonly { readonly name: string; readonly executor: { readonly executor: string } }[];

/** How the starts of each open scenario went; for the verdict on the generator. */
export function openStarts(scenarios: ScenarioOptions, totals: Pick<RunTotals, 'rows'>): Starts[] {
  return openScenarios(scenarios).map(({ name, maxVus, onNoVu }) => startsOf(totals.rows, { name, maxVus, queues: onNoVu === 'queue' }));
}

/**
 * The same for people, with rates: one for each open scenario. What was due counts over the whole measured window of `seconds`: what is dropped
 * at its end was due within it.
 */
export function recordedArrivals(
  scenarios: ScenarioOptions,
  starts: readonly Starts[],
  rows: readonly Row[],
  seconds: number,
): RecordedArrivals[] {
  return openScenarios(scenarios).map(({ name, preAllocated, maxVus, onNoVu }, i) => {
    const { started, dropped, lag, vusMade } = starts[i] as Starts;
    const completed = sumCounters(rowsOf(rows, 'iterations', { scenario: name }));
    const [p50Us = 0, p95Us = 0, p99Us = 0] = percentiles(lag, [50, 95, 99]);
    return {
      scenario: name,
      due: started + dropped,
      offeredRate: seconds > 0 ? (started + dropped) / seconds : 0,
      started,
      dropped,
      late: countAbove(lag, LATE_START_US),
      lateUs: LATE_START_US,
      completed: completed.count,
      achievedRate: completed.rate,
      lag: started === 0 ? null : { p50Us, p95Us, p99Us, maxUs: lag.max },
      vus: { preAllocated, made: vusMade, max: maxVus },
      onNoVu,
    };
  });
}

function openScenarios(scenarios: ScenarioOptions) {
  return scenarios
    .filter(({ executor }) => isOpenModel(executor.executor))
    .map(({ name, executor }) => {
      // Plan and record hold the same options, but the record's are of any kind: it may come from another version.
      const { preAllocatedVUs = 0, maxVUs = 0, onNoVU = 'drop' } = executor as Readonly<Record<string, unknown>>;
      return { name, preAllocated: Number(preAllocatedVUs), maxVus: Number(maxVUs), onNoVu: String(onNoVU) };
    });
}
