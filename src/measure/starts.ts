import { emptyHistogram } from './packed.ts';
import { selectRows } from './rows.ts';
import type { PackedHistogram } from './snapshot.ts';
import type { TotalRow } from './totals.ts';

/** An open scenario, as its options have it: its executor plans when iterations start. */
export interface OpenScenario {
  readonly name: string;
  /** Most VUs that it may have. */
  readonly maxVus: number;
  /** Whether iterations wait when no VU is free (`onNoVU: 'queue'`), and are not dropped. */
  readonly queues: boolean;
}

/** How the starts of one open scenario went, after the warm-up. */
export interface Starts extends OpenScenario {
  readonly started: number;
  /** Iterations that were due and never started. */
  readonly dropped: number;
  /** How late each start was, µs. */
  readonly lag: PackedHistogram;
  /** VUs made in all, warm-up included. */
  readonly vusMade: number;
}

/** The starts of one open scenario, from the rows of the run. */
export function startsOf(rows: readonly TotalRow[], scenario: OpenScenario): Starts {
  const tags = { scenario: scenario.name };
  const lags = selectRows(rows, 'iteration_lag', tags);
  const dropped = selectRows(rows, 'dropped_iterations', tags);
  const lag = lags?.type === 'trend' ? lags.histogram : emptyHistogram();
  const made = rows.filter((row) => row.metric === 'vus_made' && row.tags['scenario'] === scenario.name);
  return {
    ...scenario,
    started: lag.count,
    dropped: dropped?.type === 'counter' ? dropped.value : 0,
    lag,
    vusMade: made.reduce((sum, { columns }) => sum + (columns.type === 'counter' ? columns.value.reduce((a, b) => a + b, 0) : 0), 0),
  };
}
