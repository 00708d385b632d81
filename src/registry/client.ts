import type { Body, HttpResponse, Method, RequestHeaders, Send, Sink } from '../http/index.ts';
import type { Authorizer } from './auth/authorizer.ts';
import { parseChallenges } from './auth/challenge.ts';
import { scopeOfPath } from './auth/scope.ts';
import { Blobs } from './blobs.ts';
import { Catalog } from './catalog.ts';
import { RegistryError } from './errors.ts';
import { headerOf } from './headers.ts';
import { Manifests } from './manifests.ts';
import { operation, ownOperation } from './operations.ts';
import { Referrers } from './referrers.ts';
import { Tags } from './tags.ts';
import { type Call, Transport } from './transport.ts';
import type { PingResult } from './types.ts';
import { Uploads } from './uploads.ts';
import { parseBaseUrl, resolveUrl } from './url.ts';

const PING = operation('ping', 'GET', [200, 401]);

/** How a {@link RegistryClient} is made. */
export interface RegistryClientOptions {
  /** `http://host:5000`; may carry a path, after which `/v2/` comes. */
  readonly baseUrl: string;
  readonly send: Send;
  /** A VU's own, or shared by VUs that share connections. */
  readonly auth: Authorizer;
  /** Extra header fields, names in lower case; sent to the registry's own origin only. */
  readonly headers?: RequestHeaders;
  readonly userAgent: string;
  /**
   * Puts the base path before a `Location` or `Link` that starts with `/v2/`: for a registry that does not know the path it is reached by
   * (a proxy takes it away, or Distribution has both `http.prefix` and `http.relativeurls`). Default false: a URL is taken as it is.
   */
  readonly restoreBasePath?: boolean;
  /** Called for each exchange that repeats an earlier one; not after a challenge, and not for a fallback after 202. */
  readonly onRetry?: () => void;
}

/** A request of a scenario's own. */
export interface OwnRequest {
  /** Name in reports. */
  readonly operation: string;
  readonly method: Method;
  /** Path on the registry's host (`/api/v2.0/projects`), or an absolute URL. */
  readonly pathOrUrl: string;
  /** Names in lower case. */
  readonly headers?: RequestHeaders;
  readonly body?: Body;
  /** Takes the body of a 2xx answer. */
  readonly sink?: Sink;
  /** Statuses that are no failure. */
  readonly expect: readonly number[];
  /** Default true; credentials go to the registry's own origin only. */
  readonly auth?: boolean;
}

/** The registry API, one method an operation. Areas are made when they are first used, so that {@link RegistryClient.with} costs little. */
export class RegistryClient {
  readonly #transport: Transport;
  #manifests: Manifests | undefined;
  #blobs: Blobs | undefined;
  #uploads: Uploads | undefined;
  #tags: Tags | undefined;
  #catalog: Catalog | undefined;
  #referrers: Referrers | undefined;

  /** Throws InvalidConfigError when the base URL cannot be used. */
  constructor(options: RegistryClientOptions | Transport) {
    this.#transport = options instanceof Transport ? options : transportOf(options);
  }

  /** Without a slash at its end. */
  get baseUrl(): string {
    return this.#transport.target.base.text;
  }

  get manifests(): Manifests {
    this.#manifests ??= new Manifests(this.#transport);
    return this.#manifests;
  }

  get blobs(): Blobs {
    this.#blobs ??= new Blobs(this.#transport);
    return this.#blobs;
  }

  get uploads(): Uploads {
    this.#uploads ??= new Uploads(this.#transport);
    return this.#uploads;
  }

  get tags(): Tags {
    this.#tags ??= new Tags(this.#transport);
    return this.#tags;
  }

  get catalog(): Catalog {
    this.#catalog ??= new Catalog(this.#transport);
    return this.#catalog;
  }

  get referrers(): Referrers {
    this.#referrers ??= new Referrers(this.#transport);
    return this.#referrers;
  }

  /** Says that a push to this repository begins: clients that take one token for its reads and writes ask for that one from now on. */
  expectPush(repository: string): void {
    this.#transport.target.auth.expectPush(repository);
  }

  /** The same registry, credentials and caches through another `send`: another scope to measure under. */
  with(send: Send, onRetry?: () => void): RegistryClient {
    return new RegistryClient(this.#transport.with(send, onRetry));
  }

  /**
   * `GET /v2/` (end-1). Expects 200, 401: 401 means that our credentials, or the lack of them, were refused; a token server's refusal is
   * thrown. With `authenticate: false` none are sent, and 401 only tells how to come by them. What it says is kept in mind either way, so
   * that the requests after it carry their credentials at once.
   */
  async ping(options: { authenticate?: boolean } = {}): Promise<PingResult> {
    const { auth, base } = this.#transport.target;
    const call: Call = { operation: PING, path: base.prefix, scope: options.authenticate === false ? undefined : '' };
    const answer = await this.#transport.call(call);
    const { status, headers } = answer.response;
    const challenges = parseChallenges(headers['www-authenticate']);
    if (status === 401 && answer.origin === base.origin) {
      auth.learn(base.origin, challenges, { operation: PING.name, method: PING.method, url: answer.origin + answer.path });
    }
    const apiVersion = headerOf(headers, 'docker-distribution-api-version');
    const server = headerOf(headers, 'server');
    const date = headerOf(headers, 'date');
    return {
      status: status === 200 ? 200 : 401,
      challenges,
      ...(apiVersion === undefined ? {} : { apiVersion }),
      ...(server === undefined ? {} : { server }),
      ...(date === undefined ? {} : { date }),
    };
  }

  /**
   * A request of a scenario's own; any status resolves, redirects are followed. Below `/v2/` it is authorised as every other call; on the
   * rest of the registry's host, a product's own API, user name and password go as Basic at once, since nothing says how to be challenged
   * there.
   */
  async request(own: OwnRequest): Promise<HttpResponse> {
    const { base, auth } = this.#transport.target;
    const call = ownOperation(own.operation, own.method, own.expect);
    const url = resolveUrl({ origin: base.origin, path: '/' }, own.pathOrUrl);
    if (url === undefined) {
      const detail = 'it is neither a path nor an http or https URL';
      throw new RegistryError({ operation: call.name, method: call.method, status: 0, code: 'URL_UNUSABLE', detail, url: own.pathOrUrl });
    }
    const { headers, body, sink } = own;
    const api = url.path.startsWith(base.prefix) ? scopeOfPath(own.method, url.path.slice(base.prefix.length)) : undefined;
    const direct = api === undefined ? auth.direct() : undefined;
    const withAuth = own.auth !== false && headers?.['authorization'] === undefined;
    const answer = await this.#transport.exchange({
      operation: call,
      origin: url.origin,
      path: url.path,
      scope: withAuth ? (api ?? '') : undefined,
      authorization: direct,
      headers,
      body,
      sink,
    });
    return answer.response;
  }
}

function transportOf(options: RegistryClientOptions): Transport {
  const { baseUrl, auth, headers, userAgent, restoreBasePath = false, send, onRetry } = options;
  return new Transport({ base: parseBaseUrl(baseUrl), auth, headers, userAgent, restoreBasePath }, send, onRetry);
}
