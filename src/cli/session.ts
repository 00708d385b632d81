import { keyedRandom, type Logger, systemClock } from '../base/index.ts';
import { type ClientName, CLIENTS, clientSend, type FlowSettings, type PushedManifest, type VU, type VuInternals } from '../flow/index.ts';
import {
  type BodySource,
  DEFAULT_TIMEOUTS,
  Dispatchers,
  ExchangeError,
  HttpClient,
  type HttpRequest,
  proxySettings,
  type Send,
  type Sink,
  type Timeouts,
} from '../http/index.ts';
import type { Exchange, Observer, Scope } from '../measure/index.ts';
import { Authorizer, OpenUploads, redactUrl, RegistryClient } from '../registry/index.ts';
import type { TransferAccess } from './transfer-access.ts';

/** An exchange of a session, with what it asked for. */
export interface SentExchange extends Readonly<Exchange> {
  /** Path and query as sent. The query may be signed: show it redacted. */
  readonly path: string;
  /** Bytes of body: of the request where it had one, else of the answer. */
  readonly bodyBytes: number;
}

/** What a session is opened with. */
export interface SessionOptions {
  readonly access: TransferAccess;
  /** Ends every request when it aborts. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Told about the bytes of request bodies as they go out; negative when a body is sent again from its start. */
  readonly onSent?: (bytes: number) => void;
  /** The client that requests imitate. Default `plain`. */
  readonly client?: ClientName;
  readonly timeouts?: Partial<Timeouts>;
  /** Instead of the defaults. */
  readonly settings?: Partial<FlowSettings>;
}

/** A sink that wants to know the status of the answer that its bytes belonged to, whole or not: 0 when there was none. */
export interface AwareSink extends Sink {
  ended(status: number): void;
}

/** One simulated host outside of any run: what `pull` and `push` by hand work with. */
export interface Session {
  readonly registry: RegistryClient;
  /** Enough of a VU for the flows `pull()` and `push()`. */
  readonly vu: VU;
  /** Every exchange so far, in the order in which they ended. */
  readonly exchanges: readonly SentExchange[];
  /** Exchanges that repeated an earlier one, and resumed downloads. */
  readonly retries: number;
  /** Counts a retry that the caller made itself. */
  countRetry(): void;
  /** Manifests that flows pushed. */
  readonly pushed: readonly PushedManifest[];
  /** Closes every connection. What is still under way is given up. */
  close(): Promise<void>;
  /**
   * Once the session is closed: cancels the uploads that it left open, over new connections and for a moment only. Resolves with the number of
   * those that may still be open.
   */
  cancelUploads(): Promise<number>;
}

const SCOPE: Scope = { stage: 'run', scenario: '', flow: '', group: '', tags: {} };

/** Opens a session with the registry of `access`. Sends nothing yet. */
export function openSession(options: SessionOptions): Session {
  const { access, signal, log } = options;
  const { target, tls } = access;
  const profile = CLIENTS[options.client ?? 'plain'];
  const exchanges: SentExchange[] = [];
  const pushed: PushedManifest[] = [];
  let retries = 0;
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const { down, up } = profile.layerConcurrency;
  const connections = Math.max(down + (profile.configOutsideLimit ? 1 : 0), options.settings?.push?.layerConcurrency ?? up);
  const dispatcherOptions = { connections, tls, timeouts, proxy: proxySettings(process.env), onConnected: () => {} };
  const dispatchers = new Dispatchers(dispatcherOptions);
  const http = new HttpClient({ dispatchers, timeouts });
  const onAbort = () => http.abort('ABORTED', 'interrupted');
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort);

  const countRetry = () => void (retries += 1);
  const openUploads = new OpenUploads();
  const recording = openUploads.watch(recordingSend(http, exchanges, options.onSent ?? (() => {})));
  const send = clientSend(recording, profile, { retry: profile.retry.request, onRetry: countRetry, signal: () => signal });
  const auth = new Authorizer({ credentials: access.access.credentials, style: profile.authStyle });
  const registry = new RegistryClient({
    baseUrl: target.registry,
    headers: { ...profile.extraHeaders, ...lowerCase(target.headers) },
    userAgent: access.values.userAgent ?? profile.userAgent ?? target.userAgent,
    restoreBasePath: target.restoreBasePath,
    auth,
    send,
    onRetry: countRetry,
  });
  const settings: FlowSettings = {
    verify: 'full',
    repoPrefix: '',
    seed: 1,
    runId: 'by-hand',
    profile,
    retry: profile.retry,
    layerConcurrency: down,
    scenarioDir: process.cwd(),
    ...options.settings,
  };
  const observer: Observer = {
    ...SILENT,
    count: (_scope, counter, amount) => void (retries += counter === 'retries' ? amount : 0),
  };
  const vu = sessionVu({
    registry,
    send,
    settings,
    observer,
    signal,
    log,
    pushed,
    freshHost() {
      dispatchers.renew();
      auth.cache.clear();
    },
  });
  return {
    registry,
    vu,
    exchanges,
    pushed,
    get retries() {
      return retries;
    },
    countRetry,
    async close() {
      signal.removeEventListener('abort', onAbort);
      http.abort('ABORTED', 'given up'); // or their rows would speak of a client that is destroyed
      await dispatchers.destroy();
    },
    async cancelUploads() {
      const fresh = new Dispatchers(dispatcherOptions);
      const quick = new HttpClient({ dispatchers: fresh, timeouts });
      const { uploads } = registry.with(quick.sender(() => {}));
      const left = await openUploads.cancelAll(uploads, () => quick.abort('ABORTED', 'the registry took too long to cancel an upload'));
      await fresh.destroy();
      return left;
    },
  };
}

function recordingSend(http: HttpClient, exchanges: SentExchange[], onSent: (bytes: number) => void): Send {
  const counted = new WeakMap<BodySource, number>();
  return async (request) => {
    let received = 0;
    const { sink, body } = request;
    const watched: HttpRequest = {
      ...request,
      sink: {
        write(chunk) {
          received += chunk.length;
          sink?.write(chunk);
        },
      },
      ...(body === undefined || body instanceof Uint8Array ? {} : { body: countedBody(body, counted, onSent) }),
    };
    const sent = () => (body === undefined ? 0 : body instanceof Uint8Array ? body.length : (counted.get(body) ?? 0));
    const record = (exchange: Readonly<Exchange>) => {
      exchanges.push({ ...exchange, path: request.path, bodyBytes: body === undefined ? received : sent() });
      if (isAware(sink)) sink.ended(exchange.status);
    };
    try {
      return await http.sender(record)(watched);
    } catch (error) {
      throw error instanceof ExchangeError ? withRequest(error, request) : error;
    }
  };
}

/** The same failure, and of which request: `write EPIPE` alone tells nobody anything. */
function withRequest({ code, operation, message, retryable, cause }: ExchangeError, { method, origin, path }: HttpRequest): ExchangeError {
  const said = message.includes(code) ? message : `${code}: ${message}`;
  const detail = `${operation} failed: ${said} (${method} ${redactUrl(origin + path)})`;
  return new ExchangeError(code, operation, detail, cause, retryable);
}

function isAware(sink: Sink | undefined): sink is AwareSink {
  return sink !== undefined && 'ended' in sink;
}

/** The same body; what goes out is counted, and taken back when the body is opened again. */
function countedBody(body: BodySource, counted: WeakMap<BodySource, number>, onSent: (bytes: number) => void): BodySource {
  const open = async function* () {
    onSent(-(counted.get(body) ?? 0));
    counted.set(body, 0);
    for await (const chunk of body.open()) {
      yield chunk;
      counted.set(body, (counted.get(body) ?? 0) + chunk.length);
      onSent(chunk.length);
    }
  };
  return { ...('length' in body ? { length: body.length } : {}), open } as BodySource;
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

const SILENT: Observer = {
  exchange: () => {},
  flow: () => {},
  lag: () => {},
  iteration: () => {},
  exception: () => {},
  group: () => {},
  check: () => {},
  count: () => {},
  retryWait: () => {},
  blobThroughput: () => {},
  custom: () => {},
};

interface VuParts extends Pick<VuInternals, 'settings' | 'observer' | 'send' | 'freshHost'>, Pick<VU, 'registry' | 'signal' | 'log'> {
  readonly pushed: PushedManifest[];
}

function sessionVu({ registry, send, settings, observer, signal, log, pushed, freshHost }: VuParts): VU {
  const startedAt = systemClock.now();
  const vu: VU = {
    env: {},
    random: keyedRandom(settings.seed),
    registry,
    signal,
    log,
    exec: {
      scenario: { name: '', executor: '', startTime: 0, progress: 0, iterationInInstance: 0, iterationInTest: 0 },
      vu: { idInInstance: 1, idInTest: 1, iterationInInstance: 0, iterationInScenario: 0, metrics: { tags: {} } },
      instance: {
        vusActive: 1,
        vusInitialized: 1,
        iterationsCompleted: 0,
        iterationsInterrupted: 0,
        get currentTestRunDuration() {
          return systemClock.now() - startedAt;
        },
      },
      test: {
        abort(message = 'test.abort() was called'): never {
          throw new Error(message);
        },
        fail: () => {},
        options: {},
      },
    },
    request: () => Promise.reject(new Error('a session has no requests of its own')),
    internals: {
      settings,
      observer,
      scope: SCOPE,
      iteration: { lagUs: undefined, flowsUnderWay: 0 },
      send,
      inFlow: () => vu,
      setGroup: () => '',
      freshHost,
      flowFailed: () => {},
      pushed: (what) => void pushed.push(what),
      shared: new Map(),
    },
  };
  return vu;
}
