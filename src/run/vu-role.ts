import type { VU } from '../flow/index.ts';
import type { Scopes } from './scopes.ts';
import type { SliceContext } from './slice-context.ts';

/** What a VU runs: one scenario's function, as the plan names it. */
export interface VuRole {
  readonly context: SliceContext;
  readonly scopes: Scopes;
  /** For `vu.exec.scenario`. */
  readonly scenario: string;
  readonly executor: string;
  readonly scenarioState: { readonly startedAt: number; progress(): number };
  /** Number of the VU in the whole test, from 0. */
  readonly index: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly fn: (vu: VU, data: unknown) => unknown;
  readonly data: unknown;
  /** Whether choices follow the scenario's iteration number instead of the VU's own. */
  readonly randomByScenarioIteration: boolean;
  /** Called for each iteration that threw. */
  readonly onException: (error: unknown) => void;
}
