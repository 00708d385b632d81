/**
 * Scopes of tokens: `repository:team/app:pull,push` (distribution's `docs/content/spec/auth/scope.md`). What an operation asks for is one
 * string with spaces between scopes.
 */

/** Reading from a repository. */
export const pullScope = (repository: string): string => `repository:${repository}:pull`;

/** Writing to a repository; reading is part of it. */
export const pushScope = (repository: string): string => `repository:${repository}:pull,push`;

/** Deleting from a repository. */
export const deleteScope = (repository: string): string => `repository:${repository}:delete`;

/** Listing repositories. */
export const CATALOG_SCOPE = 'registry:catalog:*';

/**
 * Joins scopes by resource, those of `first` before the others, since some token servers read only the first one; actions of a resource
 * are united and sorted, so that equal demands are equal text. Text that is no scope is kept as it is.
 */
export function mergeScopes(first: string, second: string): string[] {
  const actionsOf = new Map<string, Set<string>>();
  for (const scope of `${first} ${second}`.split(/\s+/)) {
    if (scope === '') continue;
    // The name may hold colons (`repository:host:5000/app:pull`), so the actions are what stands after the last one.
    const end = scope.lastIndexOf(':');
    const resource = end < 0 ? scope : scope.slice(0, end);
    const actions = actionsOf.get(resource) ?? new Set<string>();
    if (end >= 0) for (const action of scope.slice(end + 1).split(',')) actions.add(action);
    actionsOf.set(resource, actions);
  }
  return [...actionsOf].map(([resource, actions]) => (actions.size === 0 ? resource : `${resource}:${[...actions].sort().join(',')}`));
}

/** The scope that a path below `/v2/` will be asked for, for requests that a scenario writes itself; '' when it cannot be told. */
export function scopeOfPath(method: string, rest: string): string {
  if (rest.startsWith('_catalog')) return CATALOG_SCOPE;
  const repository = /^(.+)\/(?:manifests|blobs|tags|referrers)\//.exec(rest)?.[1];
  if (repository === undefined) return '';
  if (method === 'GET' || method === 'HEAD') return pullScope(repository);
  return method === 'DELETE' ? deleteScope(repository) : pushScope(repository);
}
