import type { Body, HttpRequest, HttpResponse, Method, RequestHeaders, Sink } from '../http/index.ts';
import type { SizeClass } from '../measure/index.ts';
import type { Authorizer } from './auth/authorizer.ts';
import type { Operation } from './operations.ts';
import type { BaseUrl, SplitUrl } from './url.ts';

/** What all calls to one registry have in common. */
export interface Target {
  readonly base: BaseUrl;
  readonly auth: Authorizer;
  /** Extra header fields for the registry's own origin. */
  readonly headers: RequestHeaders | undefined;
  readonly userAgent: string;
  /** Put the base path before a `Location` or `Link` that came without it. */
  readonly restoreBasePath: boolean;
}

/** One call of the API. */
export interface Call {
  readonly operation: Operation;
  /** Default: the registry's. */
  readonly origin?: string;
  readonly path: string;
  /** What a token has to allow ('' : whatever a challenge says); undefined: no credentials. */
  readonly scope: string | undefined;
  /** An `Authorization` to send instead of asking the authorizer. */
  readonly authorization?: string | undefined;
  readonly headers?: RequestHeaders | undefined;
  readonly body?: Body | undefined;
  readonly sink?: Sink | undefined;
  /** Default: '', no blob. */
  readonly sizeClass?: SizeClass;
  readonly verify?: HttpRequest['verify'] | undefined;
  /**
   * Changes what its path names, and nothing else: a redirect to another path of the registry is refused. Servers make a path canonical by one,
   * and what is then written, with our credentials, is another repository.
   */
  readonly staysOnPath?: boolean;
}

/** The answer to a call, and the URL that gave it: the base of every relative URL in it. */
export interface Answer extends SplitUrl {
  readonly response: HttpResponse;
  readonly method: Method;
}

/** One field to send. */
export type FieldValue = RequestHeaders[string];

/** Where a call stands on its way through redirects. */
export interface Hop {
  method: Method;
  origin: string;
  path: string;
  body: Body | undefined;
}

/** Moves a hop on: 303 turns into GET, and so does a POST by 301 or 302, as in browsers; 307 and 308 repeat method and body. */
export function redirect(hop: Hop, status: number, next: SplitUrl): void {
  hop.origin = next.origin;
  hop.path = next.path;
  if ((status === 303 && hop.method !== 'HEAD') || (status < 303 && hop.method === 'POST')) {
    hop.method = 'GET';
    hop.body = undefined;
  }
}

/**
 * Whether a request may be sent again although its outcome is unknown: `send` says that a kept connection was closed before any byte of an
 * answer, and the request changes nothing.
 */
export function isReplayable(error: unknown, method: Method): boolean {
  return (method === 'GET' || method === 'HEAD') && error instanceof Error && 'retryable' in error && error.retryable === true;
}
