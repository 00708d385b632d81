import type net from 'node:net';
import { errors } from 'undici';
import { codeOfStatus } from '../base/index.ts';
import type { Exchange, Phases } from '../measure/index.ts';
import { closedByPeer, ExchangeError, failureCode, failureDetail } from './failure.ts';
import type { Place, PoolHandler } from './host-pool.ts';
import { Moments } from './moments.ts';
import { isSmall } from './pieces.ts';
import { ReceivedResponse } from './received-response.ts';
import { type HttpRequest, type HttpResponse, lengthOf } from './request.ts';
import { ResponseHead } from './response-head.ts';
import { stallDetail, StallWatch, takenOf } from './stall.ts';
import type { Timeouts } from './timeouts.ts';

const ERROR_BODY_LIMIT = 65_536;

/** What an exchange needs from the client that it belongs to. */
export interface ExchangeHost {
  readonly timeouts: Timeouts;
  /** Called once, before the promise of the exchange settles. */
  recorded(exchange: Readonly<Exchange>): void;
  /** Called once, when nothing more will come. */
  ended(exchange: ExchangeHandler): void;
}

/**
 * The one handler for every request: undici's callbacks in, one recorded exchange and one settled promise out.
 *
 * | state | left by | phases |
 * |---|---|---|
 * | queued | `onConnect`, when the head is about to be written | blocked |
 * | sending | `onRequestSent`, when all was given to the socket | sending |
 * | waiting | `onHeaders` | waiting; 0 when the answer came before the request was sent |
 * | receiving | `onComplete` | receiving |
 *
 * Any state ends with `onError`, a time-out or `abort`; times of the phases reached so far are kept.
 */
export class ExchangeHandler implements PoolHandler {
  readonly #request: HttpRequest;
  readonly #host: ExchangeHost;
  readonly #resolve: (response: HttpResponse) => void;
  readonly #reject: (error: ExchangeError) => void;
  /** How far it has come. */
  readonly moments = new Moments();
  /** Where it stands among those of its client. */
  index = 0;
  /** Set by the pool. */
  place: Place | undefined = undefined;
  #abort: ((error: Error) => void) | undefined = undefined;
  #socket: net.Socket | undefined = undefined;
  #readBefore = 0;
  #writtenBefore = 0;
  #status = 0;
  #head: ResponseHead | undefined = undefined;
  #bodyBytes = 0;
  #errorBody = '';
  #settled = false;
  #abortedBy: Error | undefined = undefined;
  #stallWatch: StallWatch | undefined = undefined;

  constructor(request: HttpRequest, host: ExchangeHost, resolve: (response: HttpResponse) => void, reject: (error: ExchangeError) => void) {
    this.#request = request;
    this.#host = host;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Ends the exchange now: it fails with this code, and its connection is closed. */
  abort(code: string, detail: string): void {
    this.#end(new ExchangeError(code, this.#request.operation, detail));
  }

  #end(error: Error): void {
    if (this.#settled) return;
    this.#abortedBy = error;
    if (this.#abort === undefined) this.#fail(error);
    else this.#abort(error);
  }

  onConnect(abort: (error?: Error) => void): void {
    this.#abort = abort;
    if (this.#settled) {
      abort(this.#abortedBy ?? new Error('aborted')); // was given up while it waited for a connection
      return;
    }
    this.moments.startedAt = performance.now();
    if (this.place?.socket !== undefined) this.#goesTo(this.place, this.place.socket);
  }

  #goesTo(place: Place, socket: net.Socket): void {
    this.#socket = socket;
    const times = place.begin();
    if (times !== undefined) {
      this.moments.connecting = times.connecting;
      this.moments.tlsHandshaking = times.tlsHandshaking;
    }
    this.#readBefore = place.bytesRead;
    this.#writtenBefore = place.bytesWritten;
    const { body } = this.#request;
    if (body !== undefined && !isSmall(body)) {
      this.#stallWatch = new StallWatch(socket, this.#host.timeouts.stall, (standingMs) => this.#stalled(standingMs));
    }
  }

  /** undici calls it, although its types do not know it. */
  onRequestSent(): void {
    if (this.moments.sentAt === 0) this.moments.sentAt = performance.now();
    this.#stallWatch?.handedOver();
  }

  onHeaders(status: number, raw: Buffer[]): boolean {
    if (status < 200) return true; // 103 Early Hints and the like announce, they do not answer
    this.moments.respondedAt = performance.now();
    this.moments.receivedAt = this.moments.respondedAt;
    this.#status = status;
    this.#head = new ResponseHead(raw);
    return true;
  }

  onData(chunk: Buffer): boolean {
    this.#bodyBytes += chunk.length;
    this.moments.receivedAt = performance.now();
    if (this.#status < 300) {
      this.#request.sink?.write(chunk);
    } else if (this.#errorBody.length < ERROR_BODY_LIMIT) {
      this.#errorBody += chunk.toString('utf8', 0, Math.min(chunk.length, ERROR_BODY_LIMIT - this.#errorBody.length));
    }
    return true;
  }

  onComplete(): void {
    if (this.#settled) return;
    const phases = this.moments.phases(performance.now());
    const response = new ReceivedResponse(this.#status, this.#head, this.#bodyBytes, this.#errorBody, phases);
    const mismatch = this.#request.verify?.(response);
    response.mismatch = mismatch;
    const expected = mismatch === undefined && this.#request.expect.includes(this.#status);
    if (expected) {
      this.#record(phases, true, '', '');
    } else {
      const said = mismatch === undefined ? this.#request.explain?.(this.#errorBody) : undefined;
      const code = mismatch?.code ?? said?.codes[0] ?? codeOfStatus(this.#status);
      this.#record(phases, false, code, mismatch?.detail ?? said?.detail ?? this.#errorBody.slice(0, 200));
    }
    // By then undici is done with this answer. It takes the socket back a little later still, but a request that comes before that keeps its
    // timers and its socket's reference as they are, which is worth 3 % of a small request.
    setImmediate(settle, this, response);
  }

  /** @internal Whoever waits for the promise finds the connection free, and does not open another. */
  settle(response: HttpResponse): void {
    if (this.#socket?.destroyed === false && this.place?.socket === this.#socket) this.place.free();
    this.#resolve(response);
  }

  onError(error: Error): void {
    if (this.#settled) return;
    this.#fail(this.#abortedBy ?? error);
  }

  /** Ends it where one of its time-outs is over. */
  lookAt(now: number): void {
    // The sockets are looked at once more: after a stall of ours what it waits for may have come, and timers come before sockets.
    if (this.#overdue(now) === undefined) return;
    setImmediate(() => {
      const error = this.#overdue(performance.now());
      if (error !== undefined) this.#end(error);
    });
  }

  #overdue(now: number): Error | undefined {
    const { method, operation, body } = this.#request;
    // The empty PUT that ends an upload waits for the registry to commit it, as one with a body does.
    switch (this.moments.overdue(now, this.#host.timeouts, method === 'PUT' || body !== undefined)) {
      case 'total':
        return new ExchangeError('TOTAL_TIMEOUT', operation, 'the exchange took longer than its total time-out');
      case 'headers':
        return new errors.HeadersTimeoutError();
      case 'stall':
        return new errors.BodyTimeoutError();
      case undefined:
        return undefined;
    }
  }

  #fail(error: Error): void {
    const code = failureCode(error, this.moments.respondedAt > 0);
    const detail = error instanceof ExchangeError || code !== 'STALLED' ? failureDetail(error) : this.#stalledReceiving();
    this.#record(this.moments.phases(performance.now()), false, code, detail);
    // A server may close a kept connection at the moment when it is used again: then the request was not taken, and may be sent once more.
    const retryable = this.#readBefore > 0 && this.moments.respondedAt === 0 && closedByPeer(code);
    setImmediate(
      this.#reject,
      error instanceof ExchangeError ? error : new ExchangeError(code, this.#request.operation, detail, error, retryable),
    );
  }

  /** The body of the request has not moved for too long. */
  #stalled(standingMs: number): void {
    const { operation, body } = this.#request;
    const bytes = this.#socket === undefined ? 0 : takenOf(this.#socket) - this.#writtenBefore;
    const whole = body === undefined ? undefined : lengthOf(body);
    this.abort('STALLED', stallDetail({ operation, standingMs, way: 'sent', bytes, whole }));
  }

  /** The same of the answer. */
  #stalledReceiving(): string {
    const length = Number(this.#head?.fields['content-length'] ?? Number.NaN);
    return stallDetail({
      operation: this.#request.operation,
      standingMs: performance.now() - this.moments.receivedAt,
      way: 'received',
      bytes: this.#bodyBytes,
      whole: Number.isSafeInteger(length) ? length : undefined,
    });
  }

  #record(phases: Phases, expected: boolean, errorCode: string, errorDetail: string): void {
    this.#settled = true;
    this.#stallWatch?.end();
    const { operation, method, hostRole, sizeClass } = this.#request;
    const { blocked, connecting, tlsHandshaking, sending, waiting, receiving } = phases;
    const place = this.place?.socket === this.#socket ? this.place : undefined;
    place?.count();
    this.#host.ended(this);
    this.#host.recorded({
      operation,
      method,
      hostRole,
      status: this.#status,
      expected,
      errorCode,
      errorDetail,
      sizeClass,
      bytesSent: place === undefined ? 0 : place.bytesWritten - this.#writtenBefore,
      bytesReceived: place === undefined ? 0 : place.bytesRead - this.#readBefore,
      blocked,
      connecting,
      tlsHandshaking,
      sending,
      waiting,
      receiving,
    });
  }
}

function settle(exchange: ExchangeHandler, response: HttpResponse): void {
  exchange.settle(response);
}
