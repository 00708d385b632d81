import { codeOf, keyedRandom, type Logger, messageOf, type Random } from '../base/index.ts';
import type { IterationPlace, IterationRunner } from '../executor/index.ts';
import type { Exec, VU, VuInternals, VuRequest, VuResponse } from '../flow/index.ts';
import { Dispatchers, HttpClient, type Send } from '../http/index.ts';
import type { IterationOutcome, Scope } from '../measure/index.ts';
import { RegistryClient } from '../registry/index.ts';
import type { Scopes } from './scopes.ts';
import type { SliceContext } from './slice-context.ts';
import { sendVuRequest } from './vu-request.ts';

/** How long a cut-off iteration may take to unwind before it is left behind, ms. */
const UNWIND_MS = 2_000;

/** Thrown by `vu.exec.test.abort()`; ends the iteration that called it. */
export class TestAborted extends Error {
  override readonly name = 'TestAborted';
}

/** What a VU runs: one scenario's function, as the plan names it. */
export interface VuRole {
  readonly context: SliceContext;
  readonly scopes: Scopes;
  /** For `vu.exec.scenario`. */
  readonly scenario: string;
  readonly executor: string;
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

/** How a call of a scenario's function ended. */
export type CallResult =
  | { readonly state: 'done'; readonly value: unknown }
  | { readonly state: 'threw'; readonly error: unknown }
  | { readonly state: 'aborted' };

/** A scope with what belongs to it on this VU's connections. */
interface Bound {
  readonly scope: Scope;
  readonly send: Send;
  readonly registry: RegistryClient;
}

/** One virtual user: a host of its own, with its connections, its tokens and its choices. */
export class VirtualUser implements IterationRunner {
  readonly role: VuRole;
  readonly exec: Exec;
  readonly #dispatchers: Dispatchers;
  readonly #http: HttpClient;
  readonly #registry: RegistryClient;
  readonly #bound = new Map<Scope, Bound>();
  readonly #views = new Map<string, View>();
  #group = '';
  #place: IterationPlace = { inVu: 0, inScenario: 0 };
  #random: Random | undefined;
  #signal: AbortSignal = new AbortController().signal;
  #flowFailed = false;

  constructor(role: VuRole) {
    this.role = role;
    const { context } = role;
    const onConnected = () => context.observer.count(role.scopes.get('', ''), 'connections_opened', 1);
    this.#dispatchers = context.sharedDispatchers ?? new Dispatchers({ ...context.dispatcherOptions, onConnected });
    this.#http = new HttpClient({ dispatchers: this.#dispatchers, timeouts: context.dispatcherOptions.timeouts });
    this.#registry = new RegistryClient({ ...context.registry, auth: context.authorizer(), send: this.#sender(role.scopes.get('', '')) });
    this.exec = this.#makeExec();
  }

  get random(): Random {
    if (this.#random === undefined) {
      const { context, scenario, index, randomByScenarioIteration } = this.role;
      const { seed } = context.settings;
      this.#random = randomByScenarioIteration
        ? keyedRandom(seed, scenario, 'iteration', this.#place.inScenario)
        : keyedRandom(seed, scenario, 'vu', index, this.#place.inVu);
    }
    return this.#random;
  }

  get signal(): AbortSignal {
    return this.#signal;
  }

  get group(): string {
    return this.#group;
  }

  setGroup(path: string): string {
    const before = this.#group;
    this.#group = path;
    return before;
  }

  flowFailed(): void {
    this.#flowFailed = true;
  }

  /** This VU within a flow; '' is outside of any. */
  view(flow: string): View {
    let view = this.#views.get(flow);
    if (view === undefined) {
      view = new View(this, flow);
      this.#views.set(flow, view);
    }
    return view;
  }

  /** Scope, sender and registry client for a flow within the current group. */
  bound(flow: string): Bound {
    const scope = this.role.scopes.get(flow, this.#group);
    let bound = this.#bound.get(scope);
    if (bound === undefined) {
      const send = this.#sender(scope);
      const { observer } = this.role.context;
      bound = { scope, send, registry: this.#registry.with(send, () => observer.count(scope, 'retries', 1)) };
      this.#bound.set(scope, bound);
    }
    return bound;
  }

  async run(place: IterationPlace, signal: AbortSignal): Promise<IterationOutcome> {
    const { context, scopes, fn, data } = this.role;
    this.#place = place;
    this.#random = undefined;
    this.#group = '';
    this.#flowFailed = false;
    const startedAt = performance.now();
    const result = await this.call(() => fn(this.view(''), data), signal);
    if (result.state === 'threw' && !(result.error instanceof TestAborted)) this.#exception(result.error);
    const outcome: IterationOutcome = signal.aborted ? 'interrupted' : result.state === 'threw' || this.#flowFailed ? 'failed' : 'complete';
    context.observer.iteration(scopes.get('', ''), Math.round((performance.now() - startedAt) * 1000), outcome);
    if (outcome !== 'interrupted') context.instance.iterationsCompleted += 1;
    return outcome;
  }

  /** Runs a function of the scenario to its end, or until shortly after the signal aborts, which ends its requests. Never rejects. */
  call(run: () => unknown, signal: AbortSignal): Promise<CallResult> {
    this.#signal = signal;
    return new Promise((resolve) => {
      let unwinding: NodeJS.Timeout | undefined;
      const onAbort = () => {
        this.#http.abort('ABORTED', 'cut off by the end of the run');
        unwinding = setTimeout(() => end({ state: 'aborted' }), UNWIND_MS);
      };
      const end = (result: CallResult) => {
        signal.removeEventListener('abort', onAbort);
        clearTimeout(unwinding);
        resolve(signal.aborted ? { state: 'aborted' } : result);
      };
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort);
      callAsync(run).then(
        (value) => end({ state: 'done', value }),
        (error: unknown) => end({ state: 'threw', error }),
      );
    });
  }

  #exception(error: unknown): void {
    const code = codeOf(error) ?? (error instanceof Error ? error.name : 'Error');
    this.role.context.observer.exception(this.role.scopes.get('', ''), code, messageOf(error));
    this.role.onException(error);
  }

  #sender(scope: Scope): Send {
    const { observer, budget } = this.role.context;
    return this.#http.sender((exchange) => {
      observer.exchange(scope, exchange);
      if (exchange.method !== 'GET' && exchange.method !== 'HEAD') budget.spend(exchange.bytesSent);
    });
  }

  #makeExec(): Exec {
    const { scenario, executor, index, context } = this.role;
    const place = () => this.#place;
    return {
      scenario: {
        name: scenario,
        executor,
        get iterationInInstance() {
          return place().inScenario;
        },
        get iterationInTest() {
          return place().inScenario;
        },
      },
      vu: {
        idInInstance: index + 1, // k6 counts VUs from 1, and iterations from 0
        idInTest: index + 1,
        get iterationInInstance() {
          return place().inVu;
        },
        get iterationInScenario() {
          return place().inVu;
        },
      },
      instance: {
        get vusActive() {
          return context.instance.vusActive;
        },
        get iterationsCompleted() {
          return context.instance.iterationsCompleted;
        },
        get currentTestRunDuration() {
          return context.clock.now() - context.instance.loadStartedAt;
        },
      },
      test: {
        abort(message = 'test.abort() was called'): never {
          context.abortTest(message);
          throw new TestAborted(message);
        },
        fail: (message = 'test.fail() was called') => context.failTest(message),
      },
    };
  }

  /** Closes this VU's connections, if they are its own. */
  async close(): Promise<void> {
    if (this.role.context.sharedDispatchers === undefined) await this.#dispatchers.destroy();
  }
}

/** What a scenario and its flows see of a virtual user. */
class View implements VU {
  readonly #user: VirtualUser;
  readonly #flow: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  readonly exec: Exec;
  readonly internals: VuInternals;

  constructor(user: VirtualUser, flow: string) {
    this.#user = user;
    this.#flow = flow;
    const { context, env } = user.role;
    this.env = env;
    this.log = context.log;
    this.exec = user.exec;
    this.internals = {
      settings: context.settings,
      observer: context.observer,
      shared: context.shared,
      get scope() {
        return user.bound(flow).scope;
      },
      get send() {
        return user.bound(flow).send;
      },
      inFlow: (name) => user.view(name),
      setGroup: (path) => user.setGroup(path),
      flowFailed: () => user.flowFailed(),
      pushed: context.pushed,
    };
  }

  get random(): Random {
    return this.#user.random;
  }

  get signal(): AbortSignal {
    return this.#user.signal;
  }

  get registry(): RegistryClient {
    return this.#user.bound(this.#flow).registry;
  }

  request(request: VuRequest): Promise<VuResponse> {
    return sendVuRequest(this.registry, request);
  }
}

async function callAsync(run: () => unknown): Promise<unknown> {
  return await run();
}
