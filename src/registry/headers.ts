import type { ResponseHeaders } from '../http/index.ts';

/** One value of a header field; the first one where it was repeated. */
export function headerOf(headers: ResponseHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** A header field that holds a whole number, such as `Content-Length`. */
export function numberOf(headers: ResponseHeaders, name: string): number | undefined {
  const value = headerOf(headers, name);
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

/** Target of the `Link` with `rel="next"` (RFC 8288), as it was sent; undefined on the last page. */
export function nextLink(headers: ResponseHeaders): string | undefined {
  const { link } = headers;
  for (const value of Array.isArray(link) ? link : [link ?? '']) {
    for (const [, target, parameters = ''] of value.matchAll(/<([^>]*)>([^<]*)/g)) {
      const rel = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i.exec(parameters);
      const names = (rel?.[1] ?? rel?.[2] ?? '').toLowerCase().split(/\s+/);
      if (names.includes('next')) return target;
    }
  }
  return undefined;
}
