import { createExecutor } from '../executor/index.ts';
import type { RunPlan } from '../plan/index.ts';

/** When a scenario starts, ms from the start of the load: one that starts at once runs through the warm-up. */
export function startOf(startTimeMs: number, warmupMs: number): number {
  return startTimeMs === 0 ? 0 : warmupMs + startTimeMs;
}

/** When the plan starts no more iterations, ms from the start of the load; Infinity when that depends on the iterations. */
export function plannedEnd(plan: Pick<RunPlan, 'scenarios' | 'warmupMs'>): number {
  const ends = plan.scenarios.map(
    ({ executor, startTimeMs }) => startOf(startTimeMs, plan.warmupMs) + createExecutor(executor).plannedEndMs,
  );
  return Math.max(...ends);
}
