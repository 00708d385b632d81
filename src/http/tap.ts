import type { Exchange } from '../measure/index.ts';
import type { HttpClient } from './client.ts';
import { type Body, type HttpRequest, type HttpResponse, lengthOf, type ResponseHeaders, type Send } from './request.ts';

/** Bytes of each body that a tap keeps. */
const KEPT = 1_024;

/** The beginning of a body. */
export interface BodyHead {
  readonly head: Buffer;
  /** Bytes of the whole body, or of as much of it as was transferred. */
  readonly bytes: number;
}

/** One exchange as it went over the wire, for a person to look at. Nothing is left out of it: show it redacted. */
export interface TappedExchange {
  readonly request: HttpRequest;
  /** What of the request's body went out; undefined without one. */
  readonly sent: BodyHead | undefined;
  /** Undefined when no answer came whole. */
  readonly answer: { readonly status: number; readonly headers: ResponseHeaders } | undefined;
  readonly received: BodyHead;
  /** As it was recorded. */
  readonly exchange: Readonly<Exchange>;
}

/** Like the client's own `sender`; each exchange is handed to `tap` as well, once it has ended. For single iterations: it costs closures and copies. */
export function tappedSender(
  http: HttpClient,
  record: (exchange: Readonly<Exchange>) => void,
  tap: (tapped: TappedExchange) => void,
): Send {
  return async (request) => {
    const sent = request.body === undefined ? undefined : new Keeper();
    const received = new Keeper();
    const { sink, body } = request;
    const watched: HttpRequest = {
      ...request,
      ...(body === undefined || sent === undefined ? {} : { body: kept(body, sent) }),
      sink: {
        write(chunk) {
          received.take(chunk);
          sink?.write(chunk);
        },
      },
    };
    let exchange: Readonly<Exchange> | undefined;
    let answer: HttpResponse | undefined;
    const send = http.sender((recorded) => {
      exchange = { ...recorded };
      record(recorded);
    });
    try {
      answer = await send(watched);
      return answer;
    } finally {
      // Bodies of answers that were not expected do not go to a sink.
      if (answer !== undefined && answer.status >= 300) received.is(Buffer.from(answer.errorBody), answer.bodyBytes);
      if (exchange !== undefined) tap({ request, sent, answer, received, exchange });
    }
  };
}

/** Keeps the beginning of a body and counts the rest. */
class Keeper implements BodyHead {
  head: Buffer = Buffer.alloc(0);
  bytes = 0;

  take(chunk: Uint8Array): void {
    if (this.head.length < KEPT) this.head = Buffer.concat([this.head, chunk.subarray(0, KEPT - this.head.length)]);
    this.bytes += chunk.length;
  }

  is(body: Buffer, bytes: number): void {
    this.head = body.subarray(0, KEPT);
    this.bytes = bytes;
  }
}

/** The same body; what goes out of it is kept. Another pass over it begins anew. */
function kept(body: Body, keeper: Keeper): Body {
  if (body instanceof Uint8Array) {
    keeper.is(Buffer.from(body.subarray(0, KEPT)), body.byteLength);
    return body;
  }
  return {
    length: lengthOf(body),
    async *open() {
      keeper.is(Buffer.alloc(0), 0);
      for await (const chunk of body.open()) {
        keeper.take(chunk);
        yield chunk;
      }
    },
  };
}
