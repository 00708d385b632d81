/** The areas of the API; one handler file each. */
export type Area = 'ping' | 'catalog' | 'tags' | 'manifests' | 'blobs' | 'uploads' | 'referrers';

/** Where a path leads. */
export interface Route {
  readonly area: Area;
  /** Repository name as sent, not yet checked; empty where the area has none. */
  readonly repository: string;
  /** Tag, digest or upload session; empty where there is none. */
  readonly reference: string;
}

const PING: Route = { area: 'ping', repository: '', reference: '' };
const CATALOG: Route = { area: 'catalog', repository: '', reference: '' };

/**
 * Reads a path from its end, since a repository name may itself hold words such as `blobs`. Undefined when no area of the API is meant.
 * @param path without base path and query
 */
export function routeOf(path: string): Route | undefined {
  if (path === '/v2/' || path === '/v2') return PING;
  if (!path.startsWith('/v2/')) return undefined;
  if (path === '/v2/_catalog') return CATALOG;

  const rest = path.slice(4);
  const tags = before(rest, '/tags/list');
  if (tags !== undefined) return { area: 'tags', repository: tags, reference: '' };
  const start = before(rest, '/blobs/uploads/') ?? before(rest, '/blobs/uploads');
  if (start !== undefined) return { area: 'uploads', repository: start, reference: '' };

  const slash = rest.lastIndexOf('/');
  const reference = rest.slice(slash + 1);
  if (slash < 1 || reference === '') return undefined;
  const head = rest.slice(0, slash);
  for (const [end, area] of ENDINGS) {
    const repository = before(head, end);
    if (repository !== undefined) return { area, repository, reference };
  }
  return undefined;
}

const ENDINGS: readonly (readonly [string, Area])[] = [
  ['/blobs', 'blobs'],
  ['/manifests', 'manifests'],
  ['/blobs/uploads', 'uploads'],
  ['/referrers', 'referrers'],
];

function before(text: string, end: string): string | undefined {
  return text.length > end.length && text.endsWith(end) ? text.slice(0, -end.length) : undefined;
}
