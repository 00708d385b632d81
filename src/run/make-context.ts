import path from 'node:path';
import { systemClock } from '../base/index.ts';
import { CLIENTS } from '../flow/index.ts';
import { Dispatchers } from '../http/index.ts';
import type { Observer, Scope } from '../measure/index.ts';
import { Authorizer, TokenCache } from '../registry/index.ts';
import type { RunHooks } from './hooks.ts';
import { connectionsPerVu } from './limits.ts';
import type { RunPlan } from '../plan/index.ts';
import { ScenarioWatch } from './scenario-watch.ts';
import type { SliceContext } from './slice-context.ts';
import type { Stopper } from './stopper.ts';
import { testOptions } from './test-options.ts';
import { WriteBudget } from './write-budget.ts';

/** Connections that VUs share belong to no scenario. */
const NO_SCENARIO: Scope = { stage: 'run', scenario: '', flow: '', group: '', tags: {} };

/** What a context is made of. */
export interface ContextParts {
  readonly plan: RunPlan;
  readonly hooks: RunHooks;
  readonly runId: string;
  readonly baseUrl: string;
  readonly scenarioPath: string;
  readonly observer: Observer;
  readonly stopper: Stopper;
  readonly pushed: SliceContext['pushed'];
}

/** What all VUs of a run have in common: connections and tokens of their own each, or shared ones. */
export function makeContext({ plan, hooks, runId, baseUrl, scenarioPath, observer, stopper, pushed }: ContextParts): SliceContext {
  const { target, layerConcurrency, push, cache, verify, repoPrefix, seed } = plan;
  const profile = CLIENTS[plan.client];
  const shared = target.connections === 'per-vu' ? undefined : target.connections.shared;
  const dispatcherOptions = {
    connections: shared ?? connectionsPerVu(plan),
    noReuse: target.noConnectionReuse,
    tls: hooks.tls,
    timeouts: plan.timeouts,
    proxy: hooks.proxy,
    onConnected: () => observer.count(NO_SCENARIO, 'connections_opened', 1),
  };
  const sharedCache = shared === undefined ? undefined : new TokenCache();
  const { credentials } = hooks;
  return {
    clock: systemClock,
    log: hooks.log,
    observer,
    settings: {
      verify,
      repoPrefix,
      seed,
      runId,
      profile,
      retry: plan.retries,
      layerConcurrency,
      push,
      cache,
      scenarioDir: path.dirname(scenarioPath),
    },
    dispatcherOptions,
    freshConnections: target.noVUConnectionReuse,
    sharedDispatchers: shared === undefined ? undefined : new Dispatchers(dispatcherOptions),
    registry: {
      baseUrl,
      headers: { ...profile.extraHeaders, ...target.headers },
      userAgent: target.userAgent,
      restoreBasePath: target.restoreBasePath,
    },
    authorizer: () =>
      new Authorizer({ credentials, style: profile.authStyle, ...(sharedCache === undefined ? {} : { cache: sharedCache }) }),
    budget: new WriteBudget(plan.maxWrite, (message) => stopper.abort('max-write', message)),
    watch: new ScenarioWatch(hooks.log),
    shared: new Map(),
    pushed,
    instance: { vusActive: 0, vusInitialized: 0, iterationsCompleted: 0, iterationsInterrupted: 0, loadStartedAt: systemClock.now() },
    tap: hooks.onExchange,
    options: testOptions(plan),
    abortTest: (message) => stopper.abort('test.abort', message),
    failTest: (message) => stopper.fail('test.fail', message),
  };
}
