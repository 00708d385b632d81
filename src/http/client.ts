import type { Exchange } from '../measure/index.ts';
import { type DeadlineWatch, watchFor, type Watched } from './deadlines.ts';
import type { Dispatchers } from './dispatcher.ts';
import { ExchangeHandler, type ExchangeHost } from './exchange.ts';
import { ExchangeError, failureCode, failureDetail } from './failure.ts';
import { inPieces, isSmall } from './pieces.ts';
import { type Body, type HttpRequest, type HttpResponse, lengthOf, type Send } from './request.ts';
import type { Timeouts } from './timeouts.ts';

/** What an {@link HttpClient} is made of. */
export interface HttpClientOptions {
  /** May be shared with other clients. */
  readonly dispatchers: Dispatchers;
  readonly timeouts: Timeouts;
}

/** The HTTP side of one VU: sends requests, has each of them recorded, and can end all that are under way. */
export class HttpClient implements Watched {
  readonly #dispatchers: Dispatchers;
  readonly #timeouts: Timeouts;
  readonly #watch: DeadlineWatch;
  /** In no order: each knows its place, and the last one takes that of one that has ended. */
  readonly #underWay: ExchangeHandler[] = [];
  #watched = false;
  #aborted: { code: string; detail: string } | undefined;

  constructor(options: HttpClientOptions) {
    this.#dispatchers = options.dispatchers;
    this.#timeouts = options.timeouts;
    this.#watch = watchFor(options.timeouts);
  }

  /** A `send` whose exchanges go to `record`. Made once for each scope and kept. */
  sender(record: (exchange: Readonly<Exchange>) => void): Send {
    const host: ExchangeHost = {
      timeouts: this.#timeouts,
      recorded: record,
      ended: (exchange) => this.#ended(exchange),
    };
    return (request) => new Promise((resolve, reject) => this.#dispatch(request, host, resolve, reject));
  }

  #dispatch(request: HttpRequest, host: ExchangeHost, resolve: (r: HttpResponse) => void, reject: (e: ExchangeError) => void): void {
    const exchange = new ExchangeHandler(request, host, resolve, reject);
    exchange.index = this.#underWay.length;
    this.#underWay.push(exchange);
    if (!this.#watched) {
      this.#watched = true;
      this.#watch.add(this);
    }
    if (this.#aborted !== undefined) {
      exchange.abort(this.#aborted.code, this.#aborted.detail);
      return;
    }
    try {
      const route = this.#dispatchers.route(request.origin);
      const body = opened(request.body);
      route.pool.dispatch(
        {
          path: route.pathPrefix === '' ? request.path : route.pathPrefix + request.path,
          method: request.method,
          headers: headersFor(request, route.headers, body),
          body: body as null,
          // undici closes the connection after a HEAD, in fear of servers that send a body; registries are not among them, and clients keep it.
          reset: false,
          // The time-outs of an exchange are kept by ourselves.
          headersTimeout: 0,
          bodyTimeout: 0,
        },
        exchange,
      );
    } catch (error) {
      exchange.abort(failureCode(error, false), failureDetail(error)); // undici refuses a request that HTTP does not allow
    }
  }

  #ended(exchange: ExchangeHandler): void {
    const last = this.#underWay.pop() as ExchangeHandler;
    if (last === exchange) return;
    this.#underWay[exchange.index] = last;
    last.index = exchange.index;
  }

  /** @internal For the watch of time-outs. */
  lookAt(now: number): boolean {
    for (const exchange of this.#underWay) exchange.lookAt(now);
    this.#watched = this.#underWay.length > 0;
    return this.#watched;
  }

  /** Whether an exchange that was begun at this time (of `performance.now()`) or later has not ended. */
  hasUnderWaySince(ms: number): boolean {
    for (const exchange of this.#underWay) if (exchange.moments.queuedAt >= ms) return true;
    return false;
  }

  /** Ends every exchange under way with this code; those sent later end at once, until {@link reopen}. */
  abort(code: string, detail: string): void {
    this.#aborted = { code, detail };
    for (const exchange of this.#underWay.slice()) exchange.abort(code, detail); // each leaves the list
  }

  /** Sends again after {@link abort}: a VU that a ramp took away was given a place again. */
  reopen(): void {
    this.#aborted = undefined;
  }
}

/** A body as undici takes it. */
type OpenBody = Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array> | null;

function opened(body: Body | undefined): OpenBody {
  if (body === undefined) return null;
  if (!(body instanceof Uint8Array)) return body.open();
  return isSmall(body) ? body : inPieces(body);
}

function headersFor(
  { headers, body }: HttpRequest,
  extra: Readonly<Record<string, string>> | undefined,
  open: OpenBody,
): Record<string, string | string[]> {
  const own = headers as Record<string, string | string[]>;
  const streamed = body !== undefined && !(open instanceof Uint8Array);
  if (extra === undefined && !streamed) return own;
  const all = { ...own, ...extra };
  // undici frames what it is given piece by piece with chunked transfer encoding, unless it is told the length.
  const length = streamed ? lengthOf(body) : undefined;
  if (length !== undefined) all['content-length'] = String(length);
  return all;
}
