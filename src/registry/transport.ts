import { shown } from '../base/index.ts';
import type { HttpRequest, HttpResponse, RequestHeaders, Send } from '../http/index.ts';
import { parseChallenges } from './auth/challenge.ts';
import { type Answer, type Call, type FieldValue, type Hop, isReplayable, redirect, type Target } from './call.ts';
import { readErrorBody, redactUrl, RegistryError } from './errors.ts';
import { headerOf } from './headers.ts';
import { REDIRECTS } from './operations.ts';
import { resolveUrl, type SplitUrl } from './url.ts';

export type { Answer, Call, Target } from './call.ts';

const NO_FIELDS: RequestHeaders = {};

/** Redirects that one call may take. */
const MAX_REDIRECTS = 10;

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
  call(call: Call): Promise<Answer> {
    return this.#follow(call, call.operation.statuses);
  }

  /** Sends a call and resolves with its last answer, whatever status that has. */
  exchange(call: Call): Promise<Answer> {
    return this.#follow(call, undefined);
  }

  /** The straight way is this one function: each more that waits costs every request a promise, its closures and a turn of the queue. */
  async #follow(call: Call, wanted: readonly number[] | undefined): Promise<Answer> {
    const { operation } = call;
    const hop: Hop = { method: operation.method, origin: call.origin ?? this.target.base.origin, path: call.path, body: call.body };
    let visited: Set<string> | undefined;
    for (let redirects = 0; ; redirects += 1) {
      const found = this.#authorization(call, hop);
      const header = found instanceof Promise ? await found : found;
      const request = this.#request(
        call,
        hop,
        header,
        this.#mayBeChallenged(call, hop, header) ? operation.expectOrChallenge : operation.expect,
      );
      let response: HttpResponse;
      try {
        response = await this.send(request);
      } catch (error) {
        response = await this.#again(request, error);
      }
      if (response.status === 401) response = await this.#answered(call, hop, header, response);
      const answer: Answer = { response, method: hop.method, origin: hop.origin, path: hop.path };
      if (response.status < 300 || !REDIRECTS.includes(response.status)) {
        if (wanted !== undefined && !wanted.includes(response.status)) throw this.failure(call, answer);
        return answer;
      }
      const next = this.#next(call, answer);
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

  /** Where a redirect leads. */
  #next(call: Call, answer: Answer): SplitUrl {
    const location = headerOf(answer.response.headers, 'location');
    if (location === undefined) throw this.failure(call, answer, 'REDIRECT_UNUSABLE', 'the redirect names no Location');
    const next = this.resolve(answer, location);
    if (next === undefined) throw this.failure(call, answer, 'REDIRECT_UNUSABLE', 'the Location of the redirect is no http or https URL');
    if (call.staysOnPath === true && next.origin === this.target.base.origin && next.path !== call.path) {
      const detail = `the redirect leads to another path of the registry (${redactUrl(shown(next.path))}), which this request may not change`;
      throw this.failure(call, answer, 'REDIRECT_REFUSED', detail);
    }
    return next;
  }

  /** Whether a hop goes by what the authorizer says: it leads to the registry itself, and nobody wrote credentials by hand. */
  #byAuthorizer({ scope, authorization }: Call, hop: Hop): boolean {
    const { base, headers } = this.target;
    return hop.origin === base.origin && scope !== undefined && authorization === undefined && headers?.['authorization'] === undefined;
  }

  #authorization(call: Call, hop: Hop): FieldValue | undefined | Promise<string> {
    const { auth, base, headers } = this.target;
    if (hop.origin !== base.origin || call.scope === undefined) return undefined;
    // What the user wrote with -H stands; no challenge could better it.
    return call.authorization ?? headers?.['authorization'] ?? auth.authorization(hop.origin, call.scope, this);
  }

  /** A token may have been revoked, or be too narrow: the first 401 is a challenge too, and the repeat decides. */
  #mayBeChallenged(call: Call, hop: Hop, header: FieldValue | undefined): boolean {
    if (!this.#byAuthorizer(call, hop) || !this.target.auth.mayAnswer(hop.origin)) return false;
    return header === undefined || (typeof header === 'string' && header.startsWith('Bearer '));
  }

  /** What comes of a 401: the answer to the repeat with better credentials, or the 401 itself where there are none. */
  async #answered(call: Call, hop: Hop, header: FieldValue | undefined, response: HttpResponse): Promise<HttpResponse> {
    const { operation, scope } = call;
    if (scope === undefined || !this.#byAuthorizer(call, hop)) return response;
    const challenges = parseChallenges(response.headers['www-authenticate']);
    const challenged = { operation: operation.name, method: hop.method, url: hop.origin + hop.path };
    const used = typeof header === 'string' ? header : undefined;
    const better = await this.target.auth.answer(hop.origin, scope, challenges, used, challenged, this);
    if (better === undefined) return response;
    // A body is opened anew for the repeat: the registry refused the first one before it took any of it.
    const request = this.#request(call, hop, better, operation.expect);
    return this.send(request).catch((error: unknown) => this.#again(request, error));
  }

  /** Sends a request once more where that does no harm; else throws its error. */
  #again(request: HttpRequest, error: unknown): Promise<HttpResponse> {
    if (!isReplayable(error, request.method)) throw error;
    this.#onRetry?.();
    return this.send(request);
  }

  #request(call: Call, hop: Hop, authorization: FieldValue | undefined, expect: readonly number[]): HttpRequest {
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
    return request;
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
