import { type BodySource, ExchangeError, type HttpClient, type HttpRequest, type Send, type Sink } from '../http/index.ts';
import type { Exchange } from '../measure/index.ts';
import { redactUrl } from '../registry/index.ts';

/** An exchange of a session, with what it asked for. */
export interface SentExchange extends Readonly<Exchange> {
  /** Path and query as sent. The query may be signed: show it redacted. */
  readonly path: string;
  /** Bytes of body: of the request where it had one, else of the answer. */
  readonly bodyBytes: number;
}

/** A sink that wants to know the status of the answer that its bytes belonged to, whole or not: 0 when there was none. */
export interface AwareSink extends Sink {
  ended(status: number): void;
}

/** A sender that adds every exchange to `exchanges`, and tells `onSent` of the bytes of bodies as they go out (negative when a body starts again). */
export function recordingSend(http: HttpClient, exchanges: SentExchange[], onSent: (bytes: number) => void): Send {
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
