import type { LoadedScenario } from '../scenario/index.ts';
import type { RunPlan } from '../plan/index.ts';
import type { EmbeddedRegistry } from './embedded.ts';
import type { RunHooks } from './hooks.ts';
import type { SliceContext } from './slice-context.ts';
import type { Stopper } from './stopper.ts';

/** What the stages of a run have in common. */
export interface RunParts {
  readonly plan: RunPlan;
  readonly loaded: LoadedScenario;
  readonly hooks: RunHooks;
  /** Undefined when the registry was named. */
  readonly embedded: EmbeddedRegistry | undefined;
  readonly context: SliceContext;
  readonly stopper: Stopper;
  /** Sentences for the record; stages add theirs. */
  readonly warnings: string[];
}
