import { InvalidConfigError } from '../base/index.ts';

/** A URL in the two parts that a request wants; `path` has the query, never a fragment. */
export interface SplitUrl {
  /** `http://host:5000` */
  readonly origin: string;
  /** `/v2/…?…` */
  readonly path: string;
}

/** A base URL, read. */
export interface BaseUrl {
  /** Without a slash at its end. */
  readonly text: string;
  readonly origin: string;
  /** What every API path starts with: `/v2/`, or `/link/to/docker/registry/v2/`. */
  readonly prefix: string;
}

/** Reads the base URL of a registry. Throws InvalidConfigError. */
export function parseBaseUrl(text: string): BaseUrl {
  if (!URL.canParse(text)) throw unusable('the base URL cannot be read');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    throw unusable('the base URL carries credentials', 'use --username and --password-stdin, or LOADREG_USERNAME and LOADREG_PASSWORD');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw unusable(`the base URL starts with ${url.protocol}//`);
  if (url.search !== '' || url.hash !== '') throw unusable('the base URL has a query or a fragment');
  const path = url.pathname.replace(/\/+$/, '');
  return { text: url.origin + path, origin: url.origin, prefix: `${path}/v2/` };
}

function unusable(what: string, fix = 'a base URL looks like http://localhost:5000 or https://host/path/to/registry'): InvalidConfigError {
  return new InvalidConfigError([{ where: 'registry', what, fix }]);
}

/** Splits a URL that {@link resolveUrl} or {@link joinUrl} made. */
export function splitUrl(url: string): SplitUrl {
  const slash = url.indexOf('/', 8); // behind `https://`
  return { origin: url.slice(0, slash), path: url.slice(slash) };
}

/** The two parts as one text. */
export function joinUrl(url: SplitUrl): string {
  return url.origin + url.path;
}

/**
 * Resolves a `Location` or `Link` target against the URL that produced it; undefined when it is no http(s) URL. Path and query are opaque
 * and kept as they are, letter by letter: they may be signed. Userinfo and fragment are dropped.
 */
export function resolveUrl(base: SplitUrl, target: string): SplitUrl | undefined {
  const hash = target.indexOf('#');
  const text = hash < 0 ? target : target.slice(0, hash);
  const clean = /^[\x21-\x7e]+$/.test(text);
  if (clean && text.startsWith('/') && !text.startsWith('//')) return { origin: base.origin, path: text };
  const [, head, rest] = (clean && /^(https?:\/\/[^/?\\]+)(.*)$/i.exec(text)) || [];
  try {
    if (head !== undefined && rest !== undefined) {
      return { origin: new URL(head).origin, path: rest.startsWith('/') ? rest : `/${rest}` };
    }
    const url = new URL(text, joinUrl(base));
    return /^https?:$/.test(url.protocol) ? { origin: url.origin, path: url.pathname + url.search } : undefined;
  } catch {
    return undefined;
  }
}

/** Adds one parameter to a path that may have a query already. */
export function withParameter(path: string, name: string, value: string): string {
  return `${path}${path.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(value)}`;
}
