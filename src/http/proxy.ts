/** Which proxy to use for which origin, as curl and Go read the environment. */
export interface ProxySettings {
  /** `HTTP_PROXY`: for `http:` origins. */
  readonly http: string | undefined;
  /** `HTTPS_PROXY`: for `https:` origins. */
  readonly https: string | undefined;
  /** `NO_PROXY`: hosts, domain suffixes, `host:port`, or `*`. */
  readonly no: readonly string[];
}

/** No proxy at all. */
export const NO_PROXIES: ProxySettings = { http: undefined, https: undefined, no: [] };

/** Reads `HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY` and their lower-case forms, which go first. */
export function proxySettings(env: Readonly<Record<string, string | undefined>>): ProxySettings {
  const read = (name: string) => env[name.toLowerCase()] || env[name] || undefined;
  return {
    http: read('HTTP_PROXY'),
    https: read('HTTPS_PROXY'),
    no: (read('NO_PROXY') ?? '')
      .split(/[\s,]+/)
      .map((entry) => entry.toLowerCase())
      .filter((entry) => entry !== ''),
  };
}

/** The proxy for an origin, or undefined to go there directly. Loopback is never proxied, as in Go. */
export function proxyFor(origin: URL, settings: ProxySettings): URL | undefined {
  const proxy = origin.protocol === 'https:' ? settings.https : settings.http;
  if (proxy === undefined || isLoopback(origin.hostname)) return undefined;
  const host = origin.hostname.toLowerCase();
  const port = origin.port || (origin.protocol === 'https:' ? '443' : '80');
  for (const entry of settings.no) {
    if (entry === '*') return undefined;
    const [name = '', entryPort] = entry.split(/:(?=\d+$)/);
    if (entryPort !== undefined && entryPort !== port) continue;
    const suffix = name.replace(/^\*?\./, '');
    if (host === suffix || host.endsWith(`.${suffix}`)) return undefined;
  }
  return new URL(proxy.includes('://') ? proxy : `http://${proxy}`);
}

/** Whether a host name means this machine: `localhost`, 127.0.0.0/8 or ::1. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || hostname === '::1' || hostname.startsWith('127.')
  );
}

/** `Proxy-Authorization` from the user and password of the proxy's URL. */
export function proxyAuthorization(proxy: URL): string | undefined {
  if (proxy.username === '') return undefined;
  const user = decodeURIComponent(proxy.username);
  return `Basic ${Buffer.from(`${user}:${decodeURIComponent(proxy.password)}`).toString('base64')}`;
}
