import { onTestFinished } from 'vitest';
import type { Clock } from '../../../src/base/index.ts';
import { DEFAULT_TIMEOUTS, Dispatchers, HttpClient, NO_PROXIES, type RequestHeaders, type Send } from '../../../src/http/index.ts';
import type { Exchange } from '../../../src/measure/index.ts';
import { Authorizer, type Credentials, RegistryClient, RegistryError, type TokenCache } from '../../../src/registry/index.ts';

/** How a client under test is made. */
export interface TestClientOptions {
  readonly credentials?: Credentials;
  readonly cache?: TokenCache;
  readonly clock?: Clock;
  readonly headers?: RequestHeaders;
  readonly restoreBasePath?: boolean;
  readonly onRetry?: () => void;
  /** Stands between the client and the network. */
  readonly through?: (send: Send) => Send;
}

/** A client over real sockets, and every exchange that it made. */
export interface TestClient {
  readonly client: RegistryClient;
  readonly exchanges: readonly Exchange[];
  /** Exchanges in short: `blob_get GET storage 200`, with a `!` at the end when it counts as failed. */
  readonly story: readonly string[];
}

export function testClient(baseUrl: string, options: TestClientOptions = {}): TestClient {
  const dispatchers = new Dispatchers({
    connections: 8,
    tls: { ca: undefined, cert: undefined, key: undefined, insecureSkipVerify: false },
    timeouts: DEFAULT_TIMEOUTS,
    proxy: NO_PROXIES,
    onConnected: () => {},
  });
  onTestFinished(() => dispatchers.destroy());
  const exchanges: Exchange[] = [];
  const http = new HttpClient({ dispatchers, timeouts: DEFAULT_TIMEOUTS });
  const story: string[] = [];
  const send = http.sender((exchange) => {
    exchanges.push({ ...exchange });
    const { operation, method, hostRole, status, expected } = exchange;
    story.push(`${operation} ${method} ${hostRole} ${status}${expected ? '' : '!'}`);
  });
  const client = new RegistryClient({
    baseUrl,
    send: options.through?.(send) ?? send,
    auth: new Authorizer({
      credentials: options.credentials,
      ...(options.cache && { cache: options.cache }),
      ...(options.clock && { clock: options.clock }),
    }),
    userAgent: 'loadreg/test',
    ...(options.headers && { headers: options.headers }),
    ...(options.restoreBasePath && { restoreBasePath: true }),
    ...(options.onRetry && { onRetry: options.onRetry }),
  });
  return { client, exchanges, story };
}

/** The RegistryError that a call ends with; fails when it ends otherwise. */
export async function registryError(call: Promise<unknown>): Promise<RegistryError> {
  const outcome = await call.then(
    (value) => value,
    (error: unknown) => error,
  );
  if (outcome instanceof RegistryError) return outcome;
  throw new Error(`a RegistryError was expected, not ${String(outcome)}`, { cause: outcome });
}
