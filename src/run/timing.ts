import type { RunPlan } from '../plan/index.ts';

/** When a scenario starts, ms from the start of the load: one that starts at once runs through the warm-up. */
export function startOf(startTimeMs: number, warmupMs: number): number {
  return startTimeMs === 0 ? 0 : warmupMs + startTimeMs;
}

/** When the plan starts no more iterations, ms from the start of the load; Infinity when that depends on the iterations. */
export function plannedEnd(plan: RunPlan): number {
  const ends = plan.scenarios.map(({ executor, startTimeMs }) =>
    executor.executor === 'constant-vus'
      ? startOf(startTimeMs, plan.warmupMs) + executor.warmupMs + executor.durationMs
      : Number.POSITIVE_INFINITY,
  );
  return Math.max(...ends);
}
