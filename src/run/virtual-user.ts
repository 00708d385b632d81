import { codeOf, keyedRandom, messageOf, type Random } from '../base/index.ts';
import { GRACE_IS_OVER, type IterationPlace, type IterationRunner } from '../executor/index.ts';
import { clientSend, type Exec } from '../flow/index.ts';
import { Dispatchers, HttpClient, type Send, tappedSender } from '../http/index.ts';
import type { Exchange, IterationOutcome, Scope } from '../measure/index.ts';
import { OpenUploads, RegistryClient, type TokenCache } from '../registry/index.ts';
import { type CallResult, resultOf } from './call-result.ts';
import { VuIteration } from './iteration.ts';
import { TestAborted, vuExec } from './vu-exec.ts';
import type { VuRole } from './vu-role.ts';
import { VuTags } from './vu-tags.ts';
import { type Bound, type VuOwner, VuView } from './vu-view.ts';

export type { CallResult } from './call-result.ts';

/** How long a cut-off iteration may take to unwind before it is left behind, ms. */
const UNWIND_MS = 2_000;

/** Flows of which a VU keeps a view. */
const MOST_VIEWS = 100;

/** Scopes for which a VU keeps a sender and a client. */
const MOST_BOUND = 200;

/** The signal of a VU before its first iteration. */
const NEVER = new AbortController().signal;

/** One virtual user: a host of its own, with its connections, its tokens and its choices. */
export class VirtualUser implements IterationRunner, VuOwner {
  readonly role: VuRole;
  readonly #dispatchers: Dispatchers;
  readonly #http: HttpClient;
  readonly #registry: RegistryClient;
  readonly #tokens: TokenCache;
  readonly #uploads = new OpenUploads();
  readonly #bound = new Map<Scope, Bound>();
  readonly #views = new Map<string, VuView>();
  #group = '';
  #place: IterationPlace = { inVu: 0, inScenario: 0 };
  #random: Random | undefined;
  #signal: AbortSignal = NEVER;
  /** The signal that this VU listens to. */
  #heard: AbortSignal = NEVER;
  /** Ends the call under way. */
  #end: ((result: CallResult) => void) | undefined = undefined;
  #unwinding: NodeJS.Timeout | undefined = undefined;
  #flowFailed = false;
  /** Made when the scenario or a flow first asks for it: with ten thousand VUs every KiB counts. */
  #exec: Exec | undefined;
  /** Made when the scenario first asks for them. */
  #tags: VuTags | undefined;
  #iteration = new VuIteration(undefined);
  #iterations = 0;
  #threw = 0;

  constructor(role: VuRole) {
    this.role = role;
    const { context } = role;
    const onConnected = () => context.observer.count(role.scopes.get('', ''), 'connections_opened', 1);
    this.#dispatchers = context.sharedDispatchers ?? new Dispatchers({ ...context.dispatcherOptions, onConnected });
    this.#http = new HttpClient({ dispatchers: this.#dispatchers, timeouts: context.dispatcherOptions.timeouts });
    const auth = context.authorizer();
    this.#tokens = auth.cache;
    this.#registry = new RegistryClient({ ...context.registry, auth, send: this.#sender(role.scopes.get('', '')) });
  }

  get exec(): Exec {
    this.#exec ??= vuExec(
      this.role,
      () => this.#place,
      () => (this.#tags ??= new VuTags()),
    );
    return this.#exec;
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

  get iteration(): VuIteration {
    return this.#iteration;
  }

  setGroup(path: string): string {
    const before = this.#group;
    this.#group = path;
    return before;
  }

  flowFailed(): void {
    this.#flowFailed = true;
  }

  freshHost(): void {
    if (this.role.context.sharedDispatchers !== undefined) return;
    this.#dispatchers.renew();
    this.#tokens.clear();
  }

  /** This VU within a flow; '' is outside of any. */
  view(flow: string): VuView {
    let view = this.#views.get(flow);
    if (view === undefined) {
      view = new VuView(this, flow);
      if (this.#views.size < MOST_VIEWS) this.#views.set(flow, view); // the views of names made up as they come are not kept
    }
    return view;
  }

  /** Scope, sender and registry client for a flow within the current group. */
  bound(flow: string): Bound {
    const scope = this.role.scopes.get(flow, this.#group, this.#tags);
    let bound = this.#bound.get(scope);
    if (bound === undefined) {
      if (this.#bound.size >= MOST_BOUND) this.#bound.clear(); // tags with ever new values
      const { observer, settings } = this.role.context;
      const onRetry = (waitedMs = 0) => {
        observer.count(scope, 'retries', 1);
        if (waitedMs > 0) observer.retryWait(scope, Math.round(waitedMs * 1000));
      };
      const { profile, retry } = settings;
      const send = clientSend(this.#sender(scope), profile, { retry: retry.request, onRetry, signal: () => this.#signal });
      bound = { scope, send, registry: this.#registry.with(send, onRetry) };
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
    if (context.freshConnections) this.#dispatchers.renew();
    const startedAt = context.clock.now();
    const lagUs = place.dueAt === undefined ? undefined : Math.max(0, Math.round((startedAt - place.dueAt) * 1000));
    if (lagUs !== undefined) context.observer.lag(scopes.get('', '', this.#tags), lagUs);
    const iteration = new VuIteration(lagUs);
    this.#iteration = iteration;
    const result = await this.call(() => fn(this.view(''), data), signal);
    const aborts = result.state === 'threw' && result.error instanceof TestAborted;
    if (result.state === 'threw' && !aborts) this.#exception(result.error);
    const outcome: IterationOutcome = signal.aborted ? 'interrupted' : result.state === 'threw' || this.#flowFailed ? 'failed' : 'complete';
    const durationMs = context.clock.now() - startedAt;
    context.observer.iteration(scopes.get('', '', this.#tags), Math.round(durationMs * 1000), outcome);
    if (outcome !== 'interrupted' && !aborts) this.#watch(iteration, result, durationMs);
    if (outcome === 'interrupted') context.instance.iterationsInterrupted += 1;
    else context.instance.iterationsCompleted += 1;
    return outcome;
  }

  /** Runs a function of the scenario to its end, or until shortly after the signal aborts, which ends its requests. Never rejects. */
  async call(run: () => unknown, signal: AbortSignal): Promise<CallResult> {
    this.#uploads.take(); // what an earlier call left behind is none of this one's
    this.#signal = signal;
    this.#http.reopen();
    const result = await new Promise<CallResult>((resolve) => {
      this.#end = resolve;
      this.#listen(signal);
      void resultOf(run).then(resolve);
    });
    this.#end = undefined;
    if (!signal.aborted) return result;
    clearTimeout(this.#unwinding);
    await this.#cancelUploads();
    return { state: 'aborted' };
  }

  /** One listener for all iterations with the same signal: to add and remove one for each took 1 % of the time of a small request. */
  #listen(signal: AbortSignal): void {
    if (signal !== this.#heard) {
      this.#heard.removeEventListener('abort', this.#cutOff);
      this.#heard = signal;
      signal.addEventListener('abort', this.#cutOff);
    }
    if (signal.aborted) this.#cutOff();
  }

  readonly #cutOff = (): void => {
    if (this.#end === undefined) return; // between two calls
    // What hung through the whole graceful stop must not vanish from the figures: the slowest requests of all are among it.
    if (isGraceOver(this.#signal)) this.#http.abort('CUT_OFF', 'no answer until the graceful stop was over');
    else this.#http.abort('ABORTED', 'cut off by the end of the run');
    this.#unwinding = setTimeout(this.#end, UNWIND_MS, { state: 'aborted' });
  };

  #watch(iteration: VuIteration, result: CallResult, durationMs: number): void {
    const { context, scenario } = this.role;
    const threw = result.state === 'threw';
    this.#iterations += 1;
    if (threw) this.#threw += 1;
    // What it sends on before its error comes up is no missing await.
    const left = !threw && iteration.end(this.#http);
    context.watch.ended(scenario, { threw, requests: iteration.requests, left, durationMs }, threw ? result.error : undefined);
  }

  #exception(error: unknown): void {
    const code = codeOf(error) ?? (error instanceof Error && typeof error.name === 'string' ? error.name : 'Error');
    this.role.context.observer.exception(this.role.scopes.get('', '', this.#tags), code, messageOf(error));
    this.role.onException(error);
  }

  #sender(scope: Scope): Send {
    const { context } = this.role;
    const { observer, budget, tap } = context;
    const record = (exchange: Readonly<Exchange>) => {
      // Cut off by us: the iteration is counted, and it is no failure of the registry.
      if (exchange.errorCode === 'ABORTED' && this.#signal.aborted) return;
      this.#iteration.requestEnded();
      observer.exchange(scope, exchange, this.#iteration.lagUs);
      if (exchange.method !== 'GET' && exchange.method !== 'HEAD') budget.spend(exchange.bytesSent);
    };
    const send = tap === undefined ? this.#http.sender(record) : tappedSender(this.#http, record, (tapped) => tap(scope, tapped));
    const watched = this.#uploads.watch(send);
    return (request) => {
      if (this.#iteration.sends()) context.watch.wasLeft(this.role.scenario, this.#iteration.requests === 0);
      return watched(request);
    };
  }

  /** Gives up, as well as the registry allows and for a moment only, the uploads that were cut off. These requests are recorded nowhere. */
  async #cancelUploads(): Promise<void> {
    const http = new HttpClient({ dispatchers: this.#dispatchers, timeouts: this.role.context.dispatcherOptions.timeouts });
    const { uploads } = this.#registry.with(http.sender(() => {}));
    await this.#uploads.cancelAll(uploads, () => http.abort('ABORTED', 'the registry took too long to cancel an upload'));
  }

  /** Says how its iterations went, and closes its connections, if they are its own. */
  async close(): Promise<void> {
    this.#heard.removeEventListener('abort', this.#cutOff);
    this.role.context.watch.vuEnded(this.role.scenario, this.#iterations, this.#threw);
    if (this.role.context.sharedDispatchers === undefined) await this.#dispatchers.destroy();
  }
}

function isGraceOver(signal: AbortSignal): boolean {
  return signal.reason instanceof DOMException && signal.reason.message === GRACE_IS_OVER;
}
