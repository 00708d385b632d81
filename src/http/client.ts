import type { Exchange } from '../measure/index.ts';
import type { Dispatchers } from './dispatcher.ts';
import { ExchangeHandler, type ExchangeHost } from './exchange.ts';
import { ExchangeError, failureCode, failureDetail } from './failure.ts';
import type { HttpRequest, HttpResponse, Send } from './request.ts';
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
      route.pool.dispatch(
        {
          path: route.pathPrefix === '' ? request.path : route.pathPrefix + request.path,
          method: request.method,
          headers: this.#headers(request, route.headers),
          body: exchange.body() as null,
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

  #headers(request: HttpRequest, extra: Readonly<Record<string, string>> | undefined): Record<string, string | string[]> {
    const headers = request.headers as Record<string, string | string[]>;
    const { body } = request;
    if (extra === undefined && (body === undefined || body instanceof Uint8Array)) return headers;
    const all = { ...headers, ...extra };
    // undici frames a source without Content-Length by chunks.
    if (body !== undefined && !(body instanceof Uint8Array) && body.length !== undefined) all['content-length'] = String(body.length);
    return all;
  }

  /** Ends every exchange under way with this code; those sent later end at once. */
  abort(code: string, detail: string): void {
    this.#aborted = { code, detail };
    for (const exchange of this.#underWay) exchange.abort(code, detail);
  }
}
