import type net from 'node:net';
import type { Dispatcher } from 'undici';
import { codeOfStatus } from '../base/index.ts';
import type { Exchange, Phases } from '../measure/index.ts';
import { takeConnectTimes } from './connector.ts';
import { ExchangeError, failureCode, failureDetail } from './failure.ts';
import { inPieces, isSmall } from './pieces.ts';
import { type HttpRequest, type HttpResponse, lengthOf, type ResponseHeaders } from './request.ts';
import { stallDetail, StallWatch, takenOf } from './stall.ts';
import type { Timeouts } from './timeouts.ts';
import { announceStart, type WireListener } from './wire-events.ts';

const ERROR_BODY_LIMIT = 65_536;

const CLOSED_BY_PEER: readonly string[] = ['ECONNRESET', 'EPIPE', 'CONNECTION_CLOSED'];

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
 * | queued | `onRequestStart` | blocked |
 * | sending | `onSent` (diagnostics channel) | sending |
 * | waiting | `onResponseStart` | waiting; 0 when the answer came before the request was sent |
 * | receiving | `onResponseEnd` | receiving |
 *
 * Any state ends with `onResponseError`, a time-out or `abort`; times of the phases reached so far are kept.
 */
export class ExchangeHandler implements Dispatcher.DispatchHandler, WireListener {
  readonly #request: HttpRequest;
  readonly #host: ExchangeHost;
  readonly #resolve: (response: HttpResponse) => void;
  readonly #reject: (error: ExchangeError) => void;

  /** When it was begun, in ms of `performance.now()`. */
  readonly queuedAt = performance.now();
  #startedAt = 0;
  #sentAt = 0;
  #respondedAt = 0;
  /** When the last byte of the answer came. */
  #receivedAt = 0;
  #connecting = 0;
  #tlsHandshaking = 0;

  #controller: Dispatcher.DispatchController | undefined;
  #socket: net.Socket | undefined;
  #readBefore = 0;
  #writtenBefore = 0;
  #status = 0;
  #headers: ResponseHeaders = {};
  #bodyBytes = 0;
  #errorBody = '';
  #settled = false;
  #abortedBy: ExchangeError | undefined;
  readonly #totalTimer: NodeJS.Timeout;
  #stallWatch: StallWatch | undefined;

  constructor(request: HttpRequest, host: ExchangeHost, resolve: (response: HttpResponse) => void, reject: (error: ExchangeError) => void) {
    this.#request = request;
    this.#host = host;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#totalTimer = setTimeout(endOverdue, host.timeouts.total, this);
  }

  /** The request's body as undici takes it. */
  body(): Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array> | null {
    const { body } = this.#request;
    if (body === undefined) return null;
    if (!(body instanceof Uint8Array)) return body.open();
    return isSmall(body) ? body : inPieces(body);
  }

  /** Ends the exchange now: it fails with this code, and its connection is closed. */
  abort(code: string, detail: string): void {
    if (this.#settled) return;
    this.#abortedBy = new ExchangeError(code, this.#request.operation, detail);
    if (this.#controller === undefined) this.#fail(this.#abortedBy);
    else this.#controller.abort(this.#abortedBy);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#settled) {
      controller.abort(this.#abortedBy ?? new Error('aborted')); // was given up while it waited for a connection
      return;
    }
    this.#startedAt = performance.now();
    announceStart(this);
  }

  onSocket(socket: net.Socket): void {
    this.#socket = socket;
    this.#readBefore = socket.bytesRead;
    this.#writtenBefore = socket.bytesWritten;
    const { body } = this.#request;
    if (body !== undefined && !isSmall(body)) {
      this.#stallWatch = new StallWatch(socket, this.#host.timeouts.stall, (standingMs) => this.#stalled(standingMs));
    }
    const times = takeConnectTimes(socket);
    if (times === undefined) return;
    // The first exchange on a connection pays for it, unless the dial was begun for one that has ended since.
    this.#connecting = times.connecting;
    this.#tlsHandshaking = times.tlsHandshaking;
  }

  onSent(): void {
    if (this.#sentAt === 0) this.#sentAt = performance.now();
    this.#stallWatch?.handedOver();
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: ResponseHeaders): void {
    if (status < 200) return; // 103 Early Hints and the like announce, they do not answer
    this.#respondedAt = performance.now();
    this.#receivedAt = this.#respondedAt;
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bodyBytes += chunk.length;
    this.#receivedAt = performance.now();
    if (this.#status < 300) {
      this.#request.sink?.write(chunk);
    } else if (this.#errorBody.length < ERROR_BODY_LIMIT) {
      this.#errorBody += chunk.toString('utf8', 0, Math.min(chunk.length, ERROR_BODY_LIMIT - this.#errorBody.length));
    }
  }

  onResponseEnd(): void {
    if (this.#settled) return;
    const phases = this.#phases(performance.now());
    const response: HttpResponse = {
      status: this.#status,
      headers: this.#headers,
      bodyBytes: this.#bodyBytes,
      errorBody: this.#errorBody,
      phases,
      mismatch: undefined,
    };
    const mismatch = this.#request.verify?.(response);
    const expected = mismatch === undefined && this.#request.expect.includes(this.#status);
    if (expected) {
      this.#record(phases, true, '', '');
    } else {
      const said = mismatch === undefined ? this.#request.explain?.(this.#errorBody) : undefined;
      const code = mismatch?.code ?? said?.codes[0] ?? codeOfStatus(this.#status);
      this.#record(phases, false, code, mismatch?.detail ?? said?.detail ?? this.#errorBody.slice(0, 200));
    }
    const settled = mismatch === undefined ? response : { ...response, mismatch };
    // undici takes the socket back in a setImmediate that it queues after this callback. Ours is queued behind that one, so that whoever
    // waits for this promise finds the connection free and does not open another.
    queueMicrotask(() => setImmediate(this.#resolve, settled));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#settled) return;
    this.#fail(this.#abortedBy ?? error);
  }

  #fail(error: Error): void {
    const code = failureCode(error, this.#respondedAt > 0);
    const detail = error instanceof ExchangeError || code !== 'STALLED' ? failureDetail(error) : this.#stalledReceiving();
    this.#record(this.#phases(performance.now()), false, code, detail);
    const { operation } = this.#request;
    // A server may close a kept connection at the moment when it is used again: then the request was not taken, and may be sent once more.
    const retryable = this.#readBefore > 0 && this.#respondedAt === 0 && CLOSED_BY_PEER.includes(code);
    setImmediate(this.#reject, error instanceof ExchangeError ? error : new ExchangeError(code, operation, detail, error, retryable));
  }

  /** The body of the request has not moved for too long. */
  #stalled(standingMs: number): void {
    const { operation, body } = this.#request;
    const bytes = this.#socket === undefined ? 0 : takenOf(this.#socket) - this.#writtenBefore;
    const whole = body === undefined ? undefined : lengthOf(body);
    this.abort('STALLED', stallDetail({ operation, standingMs, way: 'sent', bytes, whole }));
  }

  /** The same of the answer, which undici watches. */
  #stalledReceiving(): string {
    const length = Number(this.#headers['content-length'] ?? Number.NaN);
    return stallDetail({
      operation: this.#request.operation,
      standingMs: performance.now() - this.#receivedAt,
      way: 'received',
      bytes: this.#bodyBytes,
      whole: Number.isSafeInteger(length) ? length : undefined,
    });
  }

  #phases(endedAt: number): Phases {
    const startedAt = this.#startedAt || endedAt;
    const respondedAt = this.#respondedAt || endedAt;
    const sentAt = Math.min(this.#sentAt || respondedAt, respondedAt);
    return {
      blocked: micros(startedAt - this.queuedAt),
      connecting: this.#connecting,
      tlsHandshaking: this.#tlsHandshaking,
      sending: micros(sentAt - startedAt),
      waiting: micros(respondedAt - sentAt),
      receiving: micros(endedAt - respondedAt),
    };
  }

  #record(phases: Phases, expected: boolean, errorCode: string, errorDetail: string): void {
    this.#settled = true;
    clearTimeout(this.#totalTimer);
    this.#stallWatch?.end();
    const { operation, method, hostRole, sizeClass } = this.#request;
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
      bytesSent: this.#socket === undefined ? 0 : this.#socket.bytesWritten - this.#writtenBefore,
      bytesReceived: this.#socket === undefined ? 0 : this.#socket.bytesRead - this.#readBefore,
      ...phases,
    });
  }
}

function micros(ms: number): number {
  return Math.max(0, Math.round(ms * 1000));
}

function endOverdue(exchange: ExchangeHandler): void {
  // The sockets are looked at once more: after a stall of ours what they wait for may have come.
  setImmediate(() => exchange.abort('TOTAL_TIMEOUT', 'the exchange took longer than its total time-out'));
}
