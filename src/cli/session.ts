import type { Logger } from '../base/index.ts';
import { type ClientName, CLIENTS, clientSend, type FlowSettings, type PushedManifest, type VU } from '../flow/index.ts';
import { DEFAULT_TIMEOUTS, Dispatchers, HttpClient, proxySettings, type Timeouts } from '../http/index.ts';
import type { Observer } from '../measure/index.ts';
import { Authorizer, OpenUploads, RegistryClient } from '../registry/index.ts';
import { recordingSend, type SentExchange } from './session-send.ts';
import { sessionVu, SILENT } from './session-vu.ts';
import type { TransferAccess } from './transfer-access.ts';

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

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
