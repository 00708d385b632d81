import type { Clock, Logger } from '../base/index.ts';
import type { FlowSettings, PushedManifest } from '../flow/index.ts';
import type { Dispatchers, DispatcherOptions, TappedExchange } from '../http/index.ts';
import type { Observer, Scope } from '../measure/index.ts';
import type { Authorizer, RegistryClientOptions } from '../registry/index.ts';
import type { ScenarioWatch } from './scenario-watch.ts';
import type { WriteBudget } from './write-budget.ts';

/** What all VUs of a slice have in common. */
export interface SliceContext {
  readonly clock: Clock;
  readonly log: Logger;
  readonly observer: Observer;
  readonly settings: FlowSettings;
  readonly dispatcherOptions: DispatcherOptions;
  /** Whether every iteration begins without connections. */
  readonly freshConnections: boolean;
  /** The one set of connections when VUs share them; undefined when each VU has its own. */
  readonly sharedDispatchers: Dispatchers | undefined;
  /** What every registry client is made of, save its `send` and `auth`. */
  readonly registry: Omit<RegistryClientOptions, 'send' | 'auth'>;
  /** An authorizer with a token cache of its own, or the shared one. */
  readonly authorizer: () => Authorizer;
  readonly budget: WriteBudget;
  /** Finds scenarios that measure nothing because of how they are written. */
  readonly watch: ScenarioWatch;
  /** Caches of flows and images, for the length of the run. */
  readonly shared: Map<string, unknown>;
  readonly pushed: (what: PushedManifest) => void;
  /** Counts that `vu.exec.instance` tells. */
  readonly instance: {
    vusActive: number;
    vusInitialized: number;
    iterationsCompleted: number;
    iterationsInterrupted: number;
    loadStartedAt: number;
  };
  /** Gets every exchange in full; undefined: nobody looks. */
  readonly tap: ((scope: Scope, exchange: TappedExchange) => void) | undefined;
  /** For `exec.test.options`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Ends the run (`exec.test.abort`). */
  readonly abortTest: (message: string) => void;
  /** Marks the run as failed (`exec.test.fail`). */
  readonly failTest: (message: string) => void;
}
