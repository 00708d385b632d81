import { type Clock, systemClock } from '../../base/index.ts';
import { RegistryError, type RegistryErrorFields } from '../errors.ts';
import type { Challenge } from '../types.ts';
import type { Credentials } from './credentials.ts';
import { basicHeader, fetchToken, type Sender } from './fetch-token.ts';
import { mergeScopes, pullScope } from './scope.ts';
import { type Grant, TokenCache } from './token-cache.ts';
import { PLAIN_TOKENS, type TokenStyle } from './token-style.ts';

/** Milliseconds before its end at which a token is fetched anew, so that none ends on its way. */
const EXPIRY_SKEW = 10_000;

/** Repositories that a push is expected to at most. */
const MOST_PUSHED = 1_024;

/** How an {@link Authorizer} is made. */
export interface AuthorizerOptions {
  /** Default: anonymous. */
  readonly credentials?: Credentials | undefined;
  /** Default: one of its own. Share one only between authorizers with the same credentials. */
  readonly cache?: TokenCache;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** How token servers are asked. Default {@link PLAIN_TOKENS}. */
  readonly style?: TokenStyle;
}

/** The request that was challenged, for messages. */
export type Challenged = Pick<RegistryErrorFields, 'operation' | 'method' | 'url'>;

/**
 * Turns credentials into `Authorization` headers: Basic, or Bearer with tokens from the token server that a challenge names. Nothing is
 * sent before the first challenge of an origin; from then on every request carries its header at once.
 */
export class Authorizer {
  readonly cache: TokenCache;
  /** True when there are no credentials. */
  readonly anonymous: boolean;
  readonly #credentials: Credentials | undefined;
  readonly #clock: Clock;
  readonly #style: TokenStyle;
  readonly #basic: string | undefined;
  /** A bearer token given ready; there is nothing else to try. */
  readonly #ready: string | undefined;

  constructor(options: AuthorizerOptions = {}) {
    const { credentials } = options;
    this.cache = options.cache ?? new TokenCache();
    this.anonymous = credentials === undefined;
    this.#credentials = credentials;
    this.#clock = options.clock ?? systemClock;
    this.#style = options.style ?? PLAIN_TOKENS;
    this.#basic = credentials !== undefined && 'password' in credentials ? basicHeader(credentials) : undefined;
    this.#ready = credentials !== undefined && 'registryToken' in credentials ? `Bearer ${credentials.registryToken}` : undefined;
  }

  /**
   * The header for a request that asks for `scope` ('' : unknown). At hand it comes at once, not as a promise: this is on the way of every
   * request. Undefined: send none, and see whether a challenge comes.
   */
  authorization(origin: string, asked: string, sender: Sender): string | undefined | Promise<string> {
    if (this.#ready !== undefined) return this.#ready;
    const scope = this.#widened(asked);
    const known = this.cache.origins.get(origin);
    if (known === undefined) return undefined;
    if (known.scheme !== 'bearer') return known.scheme === 'basic' ? this.#basic : undefined;
    let grant = known.grants.get(scope);
    if (grant === undefined) {
      if (scope === '') return undefined; // only a challenge can tell
      // The token of a push serves its reads too, while it lasts.
      const wider = scope.endsWith(':pull') ? known.grants.get(`${scope},push`) : undefined;
      if (wider !== undefined && this.#clock.now() < wider.refreshAt) return wider.header;
      grant = this.cache.grant(known, scope, mergeScopes('', scope));
    }
    return this.#clock.now() < grant.refreshAt ? grant.header : this.#renew(grant, sender);
  }

  /** Whether a challenge of this origin can be answered: then a first 401 is no failure. */
  mayAnswer(origin: string): boolean {
    return this.#ready === undefined && this.cache.origins.get(origin)?.scheme !== 'none';
  }

  /** From now on reading from this repository asks for a token that serves writing too, where the client is one that does so for a push. */
  expectPush(repository: string): void {
    if (!this.#style.onePushToken) return;
    if (this.cache.pushing.size >= MOST_PUSHED) this.cache.pushing.clear(); // costs a token more, and never memory without end
    this.cache.pushing.add(pullScope(repository));
  }

  #widened(scope: string): string {
    return this.cache.pushing.size > 0 && this.cache.pushing.has(scope) ? `${scope},push` : scope;
  }

  /** Header for the product's own API on the registry's host, which has no challenges to go by. */
  direct(): string | undefined {
    return this.#ready ?? this.#basic;
  }

  /** Keeps in mind how an origin wants to be authorised, without fetching anything. */
  learn(origin: string, challenges: readonly Challenge[], request: Challenged): void {
    const challenge = this.#choose(challenges);
    if (challenge?.scheme === 'bearer') this.#bearer(origin, challenge, request);
    else if (challenge?.scheme === 'basic') this.cache.origins.set(origin, { scheme: 'basic' });
    // A 401 without a usable challenge says nothing new about an origin that gave one before (seen at GCR).
    else if (!this.cache.origins.has(origin)) this.cache.origins.set(origin, { scheme: 'none' });
  }

  /**
   * The header to repeat a request with that was answered by 401; undefined when there is nothing better than `used`, the header it had.
   * Throws RegistryError when the challenge cannot be used or the token server refuses.
   */
  async answer(
    origin: string,
    asked: string,
    challenges: readonly Challenge[],
    used: string | undefined,
    request: Challenged,
    sender: Sender,
  ): Promise<string | undefined> {
    if (this.#ready !== undefined) return undefined;
    this.learn(origin, challenges, request);
    const challenge = this.#choose(challenges);
    if (challenge === undefined) return undefined;
    if (challenge.scheme === 'basic') return used === this.#basic ? undefined : this.#basic;
    const known = this.#bearer(origin, challenge, request);
    const scope = this.#widened(asked);
    const scopes = mergeScopes(challenge.parameters['scope'] ?? '', scope);
    const grant = this.cache.grant(known, scope, scopes);
    if (grant.header === used) grant.refreshAt = Number.NEGATIVE_INFINITY; // refused; unless somebody has a newer one by now
    return this.#clock.now() < grant.refreshAt ? grant.header : this.#renew(grant, sender);
  }

  /** The first challenge that our credentials can answer. */
  #choose(challenges: readonly Challenge[]): Challenge | undefined {
    return challenges.find(({ scheme }) => scheme === 'bearer' || (scheme === 'basic' && this.#basic !== undefined));
  }

  #bearer(origin: string, challenge: Challenge, request: Challenged) {
    const realm = challenge.parameters['realm'] ?? '';
    const fault = realmFault(realm, origin);
    if (fault !== undefined) {
      throw new RegistryError({
        ...request,
        status: 401,
        code: 'CHALLENGE_UNUSABLE',
        detail: `the registry's challenge cannot be answered: ${fault.what}`,
        hint: fault.hint,
      });
    }
    return this.cache.bearer(origin, realm, challenge.parameters['service'] ?? '');
  }

  async #renew(grant: Grant, sender: Sender): Promise<string> {
    if (grant.pending !== undefined) {
      try {
        return await grant.pending;
      } catch (error) {
        if (error instanceof RegistryError) throw error;
        // Whoever fetched it may have been cut off; that is not our end, so one attempt of our own follows.
      }
    }
    grant.pending ??= this.#fetch(grant, sender).finally(() => {
      grant.pending = undefined;
    });
    return grant.pending;
  }

  async #fetch(grant: Grant, sender: Sender): Promise<string> {
    const { realm, service, scopes } = grant;
    const server = `${realm}\n${service}`;
    const { cache } = this;
    const answer = await fetchToken(
      {
        realm,
        service,
        scopes,
        credentials: this.#credentials,
        style: this.#style,
        refreshToken: cache.refreshTokens.get(server),
        withoutPost: cache.withoutPost.has(realm),
      },
      sender,
    );
    if (answer.postRefused) {
      // A refresh token from an earlier answer may merely have ended; only a server that never took one knows no POST.
      if (!cache.refreshTokens.delete(server)) cache.withoutPost.add(realm);
    }
    if (answer.refreshToken !== undefined) cache.refreshTokens.set(server, answer.refreshToken);
    const lifetime = answer.expiresIn * 1000;
    grant.header = `Bearer ${answer.token}`;
    grant.refreshAt = this.#clock.now() + lifetime - EXPIRY_SKEW - ageOf(answer.issuedAt, this.#clock.wallTime(), lifetime);
    return grant.header;
  }
}

/** How old a token was when it arrived. Clocks of two machines differ; an age that cannot be is taken for such a difference. */
function ageOf(issuedAt: number | undefined, now: number, lifetime: number): number {
  if (issuedAt === undefined) return 0;
  const age = now - issuedAt;
  return age > 0 && age < lifetime - EXPIRY_SKEW ? age : 0;
}

/** What is wrong with a realm, and what helps. */
function realmFault(realm: string, origin: string): { what: string; hint: string } | undefined {
  if (realm === '') return { what: 'it names no realm', hint: 'the registry is to send realm="<URL of its token server>"' };
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return {
      what: `its realm is no http or https URL ("${url === undefined ? '' : `${url.protocol}//`}…")`,
      hint: 'the registry does not know its own address: look at its base URL or token settings',
    };
  }
  if (url.protocol === 'http:' && origin.startsWith('https:')) {
    return {
      what: `its realm ${url.origin} is http while the registry is https, so that credentials would go in the clear`,
      hint: 'the proxy in front of the registry has to tell it about TLS (X-Forwarded-Proto)',
    };
  }
  return undefined;
}
