import { RegistryError } from './errors.ts';
import { nextLink } from './headers.ts';
import type { Operation } from './operations.ts';
import type { Answer, Transport } from './transport.ts';
import { joinUrl } from './url.ts';

/** Pages that are read at most, against a registry that invents links for ever. */
const MAX_PAGES = 10_000;

/** How a list is cut into pages. */
export interface PageOptions {
  /** Entries a page at most; default: as the registry likes. */
  readonly n?: number;
  /** The entry before the first one wanted. */
  readonly last?: string;
}

/** Query of the first page: '', `?n=100`, `?n=100&last=…`. */
export function pageQuery({ n, last }: PageOptions): string {
  const parameters = [n === undefined ? '' : `n=${n}`, last === undefined ? '' : `last=${encodeURIComponent(last)}`].filter(Boolean);
  return parameters.length === 0 ? '' : `?${parameters.join('&')}`;
}

/**
 * Absolute URL of the page after this answer (`Link`, relative to the URL that gave it); undefined on the last one. A page with fewer
 * entries than asked for is not the end: only a missing `Link` is.
 */
export function nextPage(transport: Transport, answer: Answer): string | undefined {
  const link = nextLink(answer.response.headers);
  const next = link === undefined ? undefined : transport.resolve(answer, link);
  return next === undefined ? undefined : joinUrl(next);
}

/** Walks through pages. Throws RegistryError `LINK_LOOP` when a page links back to one that was read, or there is no end. */
export async function* followPages<Page extends { readonly next?: string }>(
  operation: Operation,
  first: Promise<Page>,
  follow: (url: string) => Promise<Page>,
): AsyncGenerator<Page> {
  const visited = new Set<string>();
  let page = await first;
  yield page;
  while (page.next !== undefined) {
    if (visited.has(page.next) || visited.size === MAX_PAGES) {
      const detail = visited.has(page.next) ? 'a page links back to one before it' : `the list has more than ${MAX_PAGES} pages`;
      throw new RegistryError({
        operation: operation.name,
        method: operation.method,
        status: 200,
        code: 'LINK_LOOP',
        detail,
        url: page.next,
      });
    }
    visited.add(page.next);
    page = await follow(page.next);
    yield page;
  }
}
