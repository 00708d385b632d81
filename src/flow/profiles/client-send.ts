import { systemClock } from '../../base/index.ts';
import type { HttpRequest, HttpResponse, Send } from '../../http/index.ts';
import type { ClientProfile } from './profile.ts';
import { type FailedTry, nextDelay, type RetryRule } from './retry.ts';

/** What {@link clientSend} needs of the VU. */
export interface ClientSendOptions {
  /** How single requests are tried again; undefined: not at all. */
  readonly retry: RetryRule | undefined;
  /** Called for each exchange that repeats an earlier one, with the ms that were waited before it. */
  readonly onRetry: (waitedMs: number) => void;
  /** Ends a wait between two tries. */
  readonly signal: () => AbortSignal;
}

/**
 * A `send` that does what the client does below the protocol: its own header fields, and its tries again after an answer or a failure of
 * the network. Each try is an exchange of its own; the wait between two belongs to none.
 */
export function clientSend(send: Send, profile: ClientProfile, options: ClientSendOptions): Send {
  const { headersOf } = profile;
  const told: Send =
    Object.keys(headersOf).length === 0
      ? send
      : (request) => {
          const headers = headersOf[request.operation];
          return send(headers === undefined ? request : { ...request, headers: { ...headers, ...request.headers } });
        };
  return options.retry === undefined ? told : retrying(told, options.retry, options);
}

function retrying(send: Send, rule: RetryRule, { onRetry, signal }: ClientSendOptions): Send {
  return async (request) => {
    if (rule.except?.includes(request.operation) === true || isStreamed(request)) return send(request);
    let before: FailedTry | undefined;
    for (let tries = 1; ; tries += 1) {
      const watched = watch(request);
      let response: HttpResponse | undefined;
      let last: FailedTry;
      let failure: unknown;
      try {
        response = await send(watched.request);
        if (response.status < 400) return response;
        last = { status: response.status, retryAfter: textOf(response.headers['retry-after']) };
      } catch (error) {
        // A body that was taken in part cannot be taken again from its beginning; whoever takes it knows how to go on.
        if (watched.taken() || !isNetworkFailure(error)) throw error;
        failure = error;
        last = { status: undefined, retryAfter: undefined };
      }
      const wait = nextDelay(rule, tries, last, before, Date.now());
      if (wait === undefined) {
        if (response !== undefined) return response;
        throw failure;
      }
      before = last;
      const waitingSince = performance.now();
      if (wait > 0) await systemClock.sleep(wait, signal());
      signal().throwIfAborted();
      onRetry(wait > 0 ? performance.now() - waitingSince : 0);
    }
  };
}

function isStreamed({ body }: HttpRequest): boolean {
  return body !== undefined && !(body instanceof Uint8Array);
}

function watch(request: HttpRequest): { request: HttpRequest; taken: () => boolean } {
  const { sink } = request;
  if (sink === undefined) return { request, taken: () => false };
  let taken = false;
  const watched = {
    write(chunk: Uint8Array) {
      taken = true;
      sink.write(chunk);
    },
  };
  return { request: { ...request, sink: watched }, taken: () => taken };
}

/** Whether no answer came for a reason that lies in the network, and not in us. By name, as in `failureOf`. */
export function isNetworkFailure(error: unknown): boolean {
  return error instanceof Error && error.name === 'ExchangeError' && 'code' in error && error.code !== 'ABORTED';
}

function textOf(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}
