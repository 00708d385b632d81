/** A token for one set of scopes, shared by everybody who asks for the same. */
export interface Grant {
  readonly realm: string;
  readonly service: string;
  readonly scopes: readonly string[];
  /** Value of `Authorization`; '' before the first fetch. */
  header: string;
  /** On the clock's `now()`: from then on the token is fetched anew. */
  refreshAt: number;
  /** The fetch under way, for everybody to wait on. */
  pending: Promise<string> | undefined;
}

/** How an origin wants to be authorised, once it has challenged us. `none`: in no way that our credentials allow. */
export type KnownOrigin =
  | { readonly scheme: 'basic' | 'none' }
  | {
      readonly scheme: 'bearer';
      readonly realm: string;
      readonly service: string;
      /** By what an operation asks for. A challenge may have added scopes to that, and they stay added. */
      readonly grants: Map<string, Grant>;
    };

/**
 * What is known about origins and token servers, and the tokens they gave: for one VU, or shared by VUs that share connections. All who
 * share one must have the same credentials, since tokens are kept by realm, service and scopes alone.
 */
export class TokenCache {
  /** @internal By origin. */
  readonly origins = new Map<string, KnownOrigin>();
  /** @internal By realm and service: refresh tokens that a token server gave. */
  readonly refreshTokens = new Map<string, string>();
  /** @internal Realms that refused an OAuth2 POST, so that no token costs two requests from then on. */
  readonly withoutPost = new Set<string>();
  /** @internal Scopes of reading that are asked for together with writing, since a push to the same repository is under way. */
  readonly pushing = new Set<string>();
  readonly #grants = new Map<string, Grant>();
  readonly #capacity: number;

  /** `capacity`: tokens kept, oldest dropped first; default 256. A run that pushes to ever new repositories must not grow for ever. */
  constructor(options: { capacity?: number } = {}) {
    this.#capacity = options.capacity ?? 256;
  }

  /** Forgets everything, as a client does that starts anew. Tokens under way still reach those who wait for them. */
  clear(): void {
    this.origins.clear();
    this.refreshTokens.clear();
    this.withoutPost.clear();
    this.pushing.clear();
    this.#grants.clear();
  }

  /** @internal What is known about a bearer origin; made anew when its token server has moved. */
  bearer(origin: string, realm: string, service: string): Extract<KnownOrigin, { scheme: 'bearer' }> {
    const known = this.origins.get(origin);
    if (known?.scheme === 'bearer' && known.realm === realm && known.service === service) return known;
    const made = { scheme: 'bearer', realm, service, grants: new Map<string, Grant>() } as const;
    this.origins.set(origin, made);
    return made;
  }

  /** @internal The grant for a set of scopes, kept for the demand `wanted` too. */
  grant(known: Extract<KnownOrigin, { scheme: 'bearer' }>, wanted: string, scopes: readonly string[]): Grant {
    const key = [known.realm, known.service, ...[...scopes].sort()].join('\n');
    let grant = this.#grants.get(key);
    if (grant === undefined) {
      grant = { realm: known.realm, service: known.service, scopes, header: '', refreshAt: Number.NEGATIVE_INFINITY, pending: undefined };
      this.#keep(this.#grants, key, grant);
    }
    this.#keep(known.grants, wanted, grant);
    return grant;
  }

  #keep(map: Map<string, Grant>, key: string, grant: Grant): void {
    map.set(key, grant);
    if (map.size <= this.#capacity) return;
    for (const oldest of map.keys()) {
      map.delete(oldest);
      return;
    }
  }
}
