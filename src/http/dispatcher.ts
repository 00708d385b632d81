import { type ConnectTimes, timedConnector, type TlsSettings } from './connector.ts';
import { HostPool } from './host-pool.ts';
import { type ProxySettings, proxyAuthorization, proxyFor } from './proxy.ts';
import type { Timeouts } from './timeouts.ts';

/** How the connections of one simulated host are made. */
export interface DispatcherOptions {
  /** Most connections to one origin. */
  readonly connections: number;
  /** Every request opens a connection, says `Connection: close`, and closes it. Default false. */
  readonly noReuse?: boolean;
  readonly tls: TlsSettings;
  readonly timeouts: Timeouts;
  readonly proxy: ProxySettings;
  readonly onConnected: (times: ConnectTimes) => void;
}

/** Where requests to one origin go. */
export interface Route {
  readonly pool: HostPool;
  /** What goes before the path: the whole origin when a proxy fetches plain HTTP for us. */
  readonly pathPrefix: string;
  /** Header fields that the route needs (`host` and `proxy-authorization` behind a proxy). */
  readonly headers: Readonly<Record<string, string>> | undefined;
}

/**
 * The connections of one simulated host: one pool for each origin, made when first used. A VU owns one of these, so that it is seen as a
 * host of its own by load balancers and TLS; VUs that share connections share one.
 */
export class Dispatchers {
  readonly #options: DispatcherOptions;
  readonly #routes = new Map<string, Route>();
  /** Pools of before {@link renew}, with requests still under way. */
  readonly #leaving = new Set<HostPool>();

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  route(origin: string): Route {
    let route = this.#routes.get(origin);
    if (route === undefined) {
      route = this.#open(new URL(origin));
      this.#routes.set(origin, route);
    }
    return route;
  }

  #open(origin: URL): Route {
    const proxy = proxyFor(origin, this.#options.proxy);
    const forwarded = proxy !== undefined && origin.protocol === 'http:';
    const pool = new HostPool(forwarded ? proxy.origin : origin.origin, this.#options.connections, {
      pipelining: this.#options.noReuse === true ? 0 : 1, // undici's word for no keep-alive
      // A registry may keep a connection for long; undici's own 4 s would make VUs with think time reconnect all the time. Go's default is 90 s.
      keepAliveTimeout: 90_000,
      keepAliveMaxTimeout: 600_000,
      headersTimeout: this.#options.timeouts.headers,
      bodyTimeout: this.#options.timeouts.stall,
      connect: timedConnector({
        tls: this.#options.tls,
        timeoutMs: this.#options.timeouts.connect,
        tunnel: forwarded ? undefined : proxy,
        onConnected: this.#options.onConnected,
      }),
    });
    if (!forwarded) return { pool, pathPrefix: '', headers: undefined };
    const authorization = proxyAuthorization(proxy);
    return {
      pool,
      pathPrefix: origin.origin,
      headers: { host: origin.host, ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }) },
    };
  }

  /** Begins without connections: the open ones end with what is under way on them, the next request opens another. */
  renew(): void {
    for (const { pool } of this.#routes.values()) {
      this.#leaving.add(pool);
      const left = () => this.#leaving.delete(pool);
      pool.close().then(left, left);
    }
    this.#routes.clear();
  }

  /** Closes every connection at once; requests under way fail as aborted. */
  async destroy(): Promise<void> {
    const pools = [...this.#leaving, ...[...this.#routes.values()].map((route) => route.pool)];
    this.#routes.clear();
    this.#leaving.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }
}
