import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Sessions } from './sessions.ts';
import type { Store } from './store.ts';

/** What the handlers share. */
export interface Registry {
  readonly store: Store;
  readonly sessions: Sessions;
  /** Base path before `/v2/`, with a leading and without a trailing slash; empty when there is none. */
  readonly prefix: string;
}

/** One request on its way to an answer. */
export interface Call {
  readonly registry: Registry;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  /** Checked; empty in areas without one. */
  readonly repository: string;
  /** Tag, digest or upload session, not checked; empty in areas without one. */
  readonly reference: string;
}

/** Answers one method of one area, or throws an `ApiError`. */
type Handler = (call: Call) => void | Promise<void>;

/** The methods of an area. */
export type Methods = Readonly<Partial<Record<string, Handler>>>;

const API_VERSION = ['Docker-Distribution-API-Version', 'registry/2.0'];

/**
 * Sends an answer whole.
 * @param headers names and values in turn: Node.js writes such a list as it is, without going through a map
 */
export function reply(response: ServerResponse, status: number, headers: readonly string[], body?: Buffer): void {
  const length = body === undefined ? [] : ['Content-Length', String(body.length)];
  response.writeHead(status, [...API_VERSION, ...length, ...headers]);
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** Sends a head whose body, of a length that the headers state, the caller writes; to a HEAD request nothing follows. */
export function replyHead(response: ServerResponse, status: number, headers: readonly string[]): void {
  response.writeHead(status, [...API_VERSION, ...headers]);
}

/** Sends an answer without a body. */
export function replyEmpty(response: ServerResponse, status: number, headers: readonly string[]): void {
  // A 204 must not state a length (RFC 9110, section 8.6).
  replyHead(response, status, status === 204 ? headers : ['Content-Length', '0', ...headers]);
  response.end();
}

/** Sends JSON. */
export function replyJson(response: ServerResponse, headers: readonly string[], mediaType: string, value: unknown): void {
  reply(response, 200, ['Content-Type', mediaType, ...headers], Buffer.from(JSON.stringify(value)));
}
