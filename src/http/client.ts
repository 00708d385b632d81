import type { Exchange } from '../measure/index.ts';
import type { Dispatchers } from './dispatcher.ts';
import { ExchangeHandler, type ExchangeHost } from './exchange.ts';
import { ExchangeError, failureCode, failureDetail } from './failure.ts';
import { type HttpRequest, type HttpResponse, lengthOf, type Send } from './request.ts';
import type { Timeouts } from './timeouts.ts';
import { subscribeToWire } from './wire-events.ts';

/** What an {@link HttpClient} is made of. */
export interface HttpClientOptions {
  /** May be shared with other clients. */
  readonly dispatchers: Dispatchers;
  readonly timeouts: Timeouts;
}

/** The HTTP side of one VU: sends requests, has each of them recorded, and can end all that are under way. */
export class HttpClient {
  readonly #dispatchers: Dispatchers;
  readonly #timeouts: Timeouts;
  readonly #underWay = new Set<ExchangeHandler>();
  #aborted: { code: string; detail: string } | undefined;

  constructor(options: HttpClientOptions) {
    this.#dispatchers = options.dispatchers;
    this.#timeouts = options.timeouts;
    subscribeToWire();
  }

  /** A `send` whose exchanges go to `record`. Made once for each scope and kept. */
  sender(record: (exchange: Readonly<Exchange>) => void): Send {
    const host: ExchangeHost = {
      timeouts: this.#timeouts,
      recorded: record,
      ended: (exchange) => this.#underWay.delete(exchange),
    };
    return (request) => new Promise((resolve, reject) => this.#dispatch(request, host, resolve, reject));
  }

  #dispatch(request: HttpRequest, host: ExchangeHost, resolve: (r: HttpResponse) => void, reject: (e: ExchangeError) => void): void {
    const exchange = new ExchangeHandler(request, host, resolve, reject);
    this.#underWay.add(exchange);
    if (this.#aborted !== undefined) {
      exchange.abort(this.#aborted.code, this.#aborted.detail);
      return;
    }
    try {
      const route = this.#dispatchers.route(request.origin);
      const body = exchange.body();
      route.pool.dispatch(
        {
          path: route.pathPrefix === '' ? request.path : route.pathPrefix + request.path,
          method: request.method,
          headers: headersFor(request, route.headers, body),
          body: body as null,
          // undici closes the connection after a HEAD, in fear of servers that send a body; registries are not among them, and clients keep it.
          reset: false,
          // The empty PUT that ends an upload waits for the registry to commit it, as one with a body does.
          headersTimeout: request.method === 'PUT' || request.body !== undefined ? this.#timeouts.uploadHeaders : this.#timeouts.headers,
        },
        exchange,
      );
    } catch (error) {
      exchange.abort(failureCode(error, false), failureDetail(error)); // undici refuses a request that HTTP does not allow
    }
  }

  /** Whether an exchange that was begun at this time (of `performance.now()`) or later has not ended. */
  hasUnderWaySince(ms: number): boolean {
    for (const exchange of this.#underWay) if (exchange.queuedAt >= ms) return true;
    return false;
  }

  /** Ends every exchange under way with this code; those sent later end at once, until {@link reopen}. */
  abort(code: string, detail: string): void {
    this.#aborted = { code, detail };
    for (const exchange of this.#underWay) exchange.abort(code, detail);
  }

  /** Sends again after {@link abort}: a VU that a ramp took away was given a place again. */
  reopen(): void {
    this.#aborted = undefined;
  }
}

function headersFor(
  { headers, body }: HttpRequest,
  extra: Readonly<Record<string, string>> | undefined,
  opened: ReturnType<ExchangeHandler['body']>,
): Record<string, string | string[]> {
  const own = headers as Record<string, string | string[]>;
  const streamed = body !== undefined && !(opened instanceof Uint8Array);
  if (extra === undefined && !streamed) return own;
  const all = { ...own, ...extra };
  // undici frames what it is given piece by piece with chunked transfer encoding, unless it is told the length.
  const length = streamed ? lengthOf(body) : undefined;
  if (length !== undefined) all['content-length'] = String(length);
  return all;
}
