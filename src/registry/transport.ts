import { shown } from '../base/index.ts';
import type { Body, HttpRequest, HttpResponse, Method, RequestHeaders, Send, Sink } from '../http/index.ts';
import type { SizeClass } from '../measure/index.ts';
import type { Authorizer } from './auth/authorizer.ts';
import { parseChallenges } from './auth/challenge.ts';
import { readErrorBody, redactUrl, RegistryError } from './errors.ts';
import { headerOf } from './headers.ts';
import { type Operation, REDIRECTS } from './operations.ts';
import { type BaseUrl, resolveUrl, type SplitUrl } from './url.ts';

const NO_FIELDS: RequestHeaders = {};

/** Redirects that one call may take. */
const MAX_REDIRECTS = 10;

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

type FieldValue = RequestHeaders[string];

/** Where a call stands on its way through redirects. */
interface Hop {
  method: Method;
  origin: string;
  path: string;
  body: Body | undefined;
}

/**
 * Brings calls to the registry: authorises them, answers one challenge, and follows redirects by hand so that each hop is an exchange of its
 * own. What stands here runs for every request of a load, tens of thousands a second: no URL is parsed on the straight way.
 */
export class Transport {
  readonly target: Target;
  readonly send: Send;
  readonly #onRetry: (() => void) | undefined;

  constructor(target: Target, send: Send, onRetry?: () => void) {
    this.target = target;
    this.send = send;
    this.#onRetry = onRetry;
  }

  /** The same target through another `send`. */
  with(send: Send, onRetry?: () => void): Transport {
    return new Transport(this.target, send, onRetry ?? this.#onRetry);
  }

  /** `/v2/`, with the base path before it. */
  get prefix(): string {
    return this.target.base.prefix;
  }

  /** Also makes this a `Sender` of token requests. */
  get userAgent(): string {
    return this.target.userAgent;
  }

  /** Sends a call; throws RegistryError when its answer has none of the operation's statuses. */
  async call(call: Call): Promise<Answer> {
    const answer = await this.exchange(call);
    if (!call.operation.statuses.includes(answer.response.status)) throw this.failure(call, answer);
    return answer;
  }

  /** Sends a call and resolves with its last answer, whatever status that has. */
  async exchange(call: Call): Promise<Answer> {
    const hop: Hop = {
      method: call.operation.method,
      origin: call.origin ?? this.target.base.origin,
      path: call.path,
      body: call.body,
    };
    let visited: Set<string> | undefined;
    for (let redirects = 0; ; redirects += 1) {
      const response = await this.#authorised(call, hop);
      const answer: Answer = { response, method: hop.method, origin: hop.origin, path: hop.path };
      if (response.status < 300 || !REDIRECTS.includes(response.status)) return answer;
      const location = headerOf(response.headers, 'location');
      if (location === undefined) throw this.failure(call, answer, 'REDIRECT_UNUSABLE', 'the redirect names no Location');
      const next = this.resolve(answer, location);
      if (next === undefined) throw this.failure(call, answer, 'REDIRECT_UNUSABLE', 'the Location of the redirect is no http or https URL');
      if (call.staysOnPath === true && next.origin === this.target.base.origin && next.path !== call.path) {
        const detail = `the redirect leads to another path of the registry (${redactUrl(shown(next.path))}), which this request may not change`;
        throw this.failure(call, answer, 'REDIRECT_REFUSED', detail);
      }
      if (redirects === MAX_REDIRECTS) {
        throw this.failure(call, answer, 'TOO_MANY_REDIRECTS', `more than ${MAX_REDIRECTS} redirects`);
      }
      visited ??= new Set();
      visited.add(`${hop.method} ${hop.origin}${hop.path}`);
      redirect(hop, response.status, next);
      if (visited.has(`${hop.method} ${hop.origin}${hop.path}`)) {
        throw this.failure(call, answer, 'REDIRECT_LOOP', 'the redirects lead back to where they came from');
      }
    }
  }

  /** One hop, with credentials where it goes to the registry itself, and repeated once after a challenge. */
  async #authorised(call: Call, hop: Hop): Promise<HttpResponse> {
    const { operation, scope } = call;
    const { auth, base, headers } = this.target;
    if (hop.origin !== base.origin || scope === undefined) return this.#transmit(call, hop, undefined, operation.expect);
    // What the user wrote with -H stands; no challenge could better it.
    const fixed = call.authorization ?? headers?.['authorization'];
    if (fixed !== undefined) return this.#transmit(call, hop, fixed, operation.expect);
    const found = auth.authorization(hop.origin, scope, this);
    const header = typeof found === 'object' ? await found : found;
    // A token may have been revoked, or be too narrow: the first 401 is a challenge too, and the repeat decides.
    const challengeable = auth.mayAnswer(hop.origin) && (header === undefined || header.startsWith('Bearer '));
    const response = await this.#transmit(call, hop, header, challengeable ? operation.expectOrChallenge : operation.expect);
    if (response.status !== 401) return response;
    const challenges = parseChallenges(response.headers['www-authenticate']);
    const challenged = { operation: operation.name, method: hop.method, url: hop.origin + hop.path };
    const better = await auth.answer(hop.origin, scope, challenges, header, challenged, this);
    // A body is opened anew for the repeat: the registry refused the first one before it took any of it.
    return better === undefined ? response : this.#transmit(call, hop, better, operation.expect);
  }

  async #transmit(call: Call, hop: Hop, authorization: FieldValue | undefined, expect: readonly number[]): Promise<HttpResponse> {
    const { operation, sink, verify } = call;
    const own = hop.origin === this.target.base.origin;
    const request: { -readonly [Key in keyof HttpRequest]: HttpRequest[Key] } = {
      operation: operation.name,
      method: hop.method,
      origin: hop.origin,
      path: hop.path,
      headers: this.#headers(call, hop, own, authorization),
      expect,
      hostRole: own ? 'registry' : 'storage',
      sizeClass: call.sizeClass ?? '',
      explain: readErrorBody,
    };
    if (hop.body !== undefined) request.body = hop.body;
    if (sink !== undefined) request.sink = sink;
    if (verify !== undefined) request.verify = verify;
    try {
      return await this.send(request);
    } catch (error) {
      if (!isReplayable(error, hop.method)) throw error;
      this.#onRetry?.();
      return this.send(request);
    }
  }

  /** Fields of the operation (`Accept`, `Range`, …) go along every redirect; the user's own and credentials stay with the registry. */
  #headers(call: Call, hop: Hop, own: boolean, authorization: FieldValue | undefined): RequestHeaders {
    const headers: RequestHeaders = { 'user-agent': this.target.userAgent };
    if (own && this.target.headers !== undefined) Object.assign(headers, this.target.headers);
    const fields = call.headers ?? NO_FIELDS;
    for (const name in fields) {
      if (hop.body !== call.body && name.startsWith('content-')) continue; // a redirect took the body away
      if (name === 'authorization' && hop.origin !== (call.origin ?? this.target.base.origin)) continue; // a scenario's own
      headers[name] = fields[name] ?? '';
    }
    if (authorization !== undefined) headers['authorization'] = authorization;
    return headers;
  }

  /** Resolves a `Location` or `Link` of an answer; undefined when it is no http or https URL. */
  resolve(answer: SplitUrl, target: string): SplitUrl | undefined {
    const url = resolveUrl(answer, target);
    const { base, restoreBasePath } = this.target;
    if (!restoreBasePath || url === undefined || url.origin !== base.origin || !url.path.startsWith('/v2/')) return url;
    return { origin: url.origin, path: base.prefix + url.path.slice('/v2/'.length) };
  }

  /** The error for an answer that a call cannot go on with. */
  failure(call: Call, answer: Answer, code?: string, detail?: string): RegistryError {
    const { status, errorBody } = answer.response;
    const said = readErrorBody(errorBody);
    const hint = answer.origin === this.target.base.origin ? this.#hint(status, answer.path) : undefined;
    return new RegistryError({
      operation: call.operation.name,
      method: answer.method,
      status,
      codes: said.codes,
      ...(code === undefined ? {} : { code }),
      detail: detail ?? said.detail,
      url: answer.origin + answer.path,
      retryAfter: headerOf(answer.response.headers, 'retry-after'),
      ...(hint === undefined ? {} : { hint }),
    });
  }

  #hint(status: number, path: string): string | undefined {
    const { base, restoreBasePath } = this.target;
    if (status === 404 && !restoreBasePath && path.startsWith('/v2/') && !base.prefix.startsWith('/v2/')) {
      return 'a Location of the registry came without the path of its base URL: try --restore-base-path';
    }
    if (status !== 401) return undefined;
    return this.target.auth.anonymous
      ? 'no credentials were given: use --username and --password-stdin, LOADREG_USERNAME and LOADREG_PASSWORD, or docker login'
      : 'the registry refuses these credentials, or they do not allow this';
  }
}

/** Moves a hop on: 303 turns into GET, and so does a POST by 301 or 302, as in browsers; 307 and 308 repeat method and body. */
function redirect(hop: Hop, status: number, next: SplitUrl): void {
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
function isReplayable(error: unknown, method: Method): boolean {
  return (method === 'GET' || method === 'HEAD') && error instanceof Error && 'retryable' in error && error.retryable === true;
}
