import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { bendBody } from './bend-response.ts';

/** Something that goes wrong with one request. Faults of a request are applied in the order given; those after one that answers are not. */
export type Fault =
  /** The request is answered `ms` milliseconds later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Answered with this status, and the error body of the spec unless another one is given. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly code?: string;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** 429 with `Retry-After`: seconds, or a date. */
  | { readonly kind: 'too-many'; readonly retryAfter?: string }
  /** The body breaks off after `after` bytes: the connection is gone before `Content-Length` bytes came. */
  | { readonly kind: 'cut'; readonly after: number }
  /** The body stops after `after` bytes and the connection stays open. */
  | { readonly kind: 'stall'; readonly after: number }
  /** A body of `to` bytes that is whole as far as HTTP can tell. */
  | { readonly kind: 'truncate'; readonly to: number }
  /** As many bytes as there should be, but the first one is another. */
  | { readonly kind: 'corrupt' }
  /** 307 (or another status) to a second host that has the same content. */
  | { readonly kind: 'redirect'; readonly status?: number }
  /** The connection is reset before any answer. */
  | { readonly kind: 'reset' }
  /** No answer, ever. */
  | { readonly kind: 'hang' };

/** Applies one fault; true when the request has had its answer by it. */
export async function applyFault(fault: Fault, request: IncomingMessage, response: ServerResponse, secondHost: string): Promise<boolean> {
  switch (fault.kind) {
    case 'delay':
      await sleep(fault.ms);
      return response.destroyed;
    case 'status': {
      const { status, code = 'UNKNOWN', headers = {} } = fault;
      const body = fault.body ?? JSON.stringify({ errors: [{ code, message: 'a fault that the test asked for' }] });
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers });
      response.end(request.method === 'HEAD' ? undefined : body);
      return true;
    }
    case 'too-many': {
      const headers = { 'retry-after': fault.retryAfter ?? '1' };
      return applyFault({ kind: 'status', status: 429, code: 'TOOMANYREQUESTS', headers }, request, response, secondHost);
    }
    case 'cut':
      bendBody(response, (bytes, at) => stopAt(fault.after, bytes, at, 'reset'));
      return false;
    case 'stall':
      bendBody(response, (bytes, at) => stopAt(fault.after, bytes, at, 'stall'));
      return false;
    case 'truncate':
      bendBody(
        response,
        (bytes, at) => stopAt(fault.to, bytes, at, 'end'),
        (whole) => Math.min(whole, fault.to),
      );
      return false;
    case 'corrupt':
      bendBody(response, (bytes, at) => ({ bytes: at === 0 ? otherFirstByte(bytes) : bytes, next: 'go on' }));
      return false;
    case 'redirect':
      response.writeHead(fault.status ?? 307, { location: `${secondHost}${request.url}`, 'content-length': 0 }).end();
      return true;
    case 'reset':
      request.socket.resetAndDestroy();
      return true;
    case 'hang':
      return true;
    default:
      return fault satisfies never;
  }
}

function stopAt(limit: number, bytes: Buffer, at: number, next: 'end' | 'reset' | 'stall') {
  return at + bytes.length < limit ? { bytes, next: 'go on' as const } : { bytes: bytes.subarray(0, Math.max(0, limit - at)), next };
}

/** A copy: the piece may be one that the registry keeps. */
function otherFirstByte(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[0] = ~(copy[0] ?? 0) & 0xff;
  return copy;
}
