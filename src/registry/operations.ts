import type { Method } from '../http/index.ts';

/** Names of the API calls, as they stand in reports (tag `operation`). */
export type OperationName =
  | 'ping'
  | 'manifest_head'
  | 'manifest_get'
  | 'manifest_put'
  | 'manifest_delete'
  | 'blob_head'
  | 'blob_get'
  | 'blob_delete'
  | 'upload_start'
  | 'upload_put'
  | 'upload_patch'
  | 'upload_chunk'
  | 'upload_finish'
  | 'upload_post'
  | 'upload_mount'
  | 'upload_status'
  | 'upload_cancel'
  | 'tags_list'
  | 'catalog_list'
  | 'referrers_list'
  | 'token_get'
  | 'token_post';

/** One API call: its name, its method and the statuses that are no failure. Made once each, so that a request allocates no lists. */
export interface Operation {
  /** An {@link OperationName}, or the name that a scenario gave to a request of its own. */
  readonly name: string;
  readonly method: Method;
  /** Statuses that the method which sends it can go on with. */
  readonly statuses: readonly number[];
  /** `statuses` and the redirects. */
  readonly expect: readonly number[];
  /** `expect` and 401, for a request without credentials: a challenge is no failure. */
  readonly expectOrChallenge: readonly number[];
}

/** Statuses of a redirect that is followed. Drafts of the specification allow one on every request. */
export const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** Describes an operation of the API. */
export function operation(name: OperationName, method: Method, statuses: readonly number[]): Operation {
  return ownOperation(name, method, statuses);
}

/** Describes a request of a scenario's own, under the name that the scenario gave it. */
export function ownOperation(name: string, method: Method, statuses: readonly number[]): Operation {
  const expect = [...new Set([...statuses, ...REDIRECTS])];
  return { name, method, statuses, expect, expectOrChallenge: [...new Set([...expect, 401])] };
}
