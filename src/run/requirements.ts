import { createExecutor, type Executor } from '../executor/index.ts';
import type { RunPlan, ScenarioPlan } from '../plan/index.ts';
import { startOf } from './timing.ts';

/** What one scenario of a plan needs. */
export interface ScenarioRequirements {
  readonly scenario: ScenarioPlan;
  readonly executor: Executor;
  /** From the start of the load, ms. */
  readonly startTimeMs: number;
}

/** What a plan needs, at most. */
export interface Requirements {
  readonly scenarios: readonly ScenarioRequirements[];
  /** Most VUs at work at once. */
  readonly maxVus: number;
  /** VUs that the scenarios may make between them; their connections stay to the end of the load. */
  readonly vusMade: number;
  /** From the start of the load to the end of its last scenario, graceful stop included. */
  readonly maxDurationMs: number;
}

/** What a plan needs: k6's execution requirements. */
export function requirementsOf(plan: RunPlan): Requirements {
  const scenarios = plan.scenarios.map((scenario) => ({
    scenario,
    executor: createExecutor(scenario.executor),
    startTimeMs: startOf(scenario.startTimeMs, plan.warmupMs),
  }));
  const endOf = ({ startTimeMs, executor }: ScenarioRequirements) => startTimeMs + executor.maxDurationMs;
  // The number only grows where a scenario starts.
  const vusAt = (ms: number) =>
    scenarios.filter((own) => own.startTimeMs <= ms && ms < endOf(own)).reduce((sum, { executor }) => sum + executor.maxVus, 0);
  return {
    scenarios,
    maxVus: Math.max(...scenarios.map(({ startTimeMs }) => vusAt(startTimeMs))),
    vusMade: scenarios.reduce((sum, { executor }) => sum + executor.maxVus, 0),
    maxDurationMs: Math.max(...scenarios.map(endOf)),
  };
}
