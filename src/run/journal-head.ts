import type { RunPlan } from '../plan/index.ts';
import type { JournalEntry, RecordHead } from '../record/index.ts';
import type { LoadedScenario } from '../scenario/index.ts';
import type { RunHooks } from './hooks.ts';
import { INTERVAL_MS } from './run-slice.ts';

/** The first entry of a run's journal: what its record says and how it is judged, without any value that may be secret. */
export function journalHead(
  head: RecordHead,
  plan: RunPlan,
  { customMetrics }: LoadedScenario,
  { baseline }: Pick<RunHooks, 'baseline'>,
  warnings: readonly string[],
): JournalEntry {
  const { thresholds, disabledThresholds, noThresholds, warmupMs } = plan;
  return {
    kind: 'head',
    head,
    intervalMs: INTERVAL_MS,
    customMetrics: customMetrics.map(({ name, type, contains }) => ({ name, type, contains })),
    judged: {
      thresholds,
      disabledThresholds,
      noThresholds,
      warmupMs,
      scenarios: plan.scenarios.map((scenario) => ({ ...scenario, env: {} })),
    },
    baseline: baseline && { file: baseline.file, runId: baseline.runId, values: baseline.values.map((value) => value ?? null) },
    warnings: [...warnings],
  };
}
