import type { IncomingHttpHeaders } from 'node:http';

/** What a request means, in the words of the registry client. */
export interface Meant {
  /** `blob_get`, `upload_start`, …; `other` when it is none of the API. */
  readonly operation: string;
  readonly repository: string;
  /** Tag, digest or upload session. */
  readonly reference: string;
}

/**
 * Tells the operation of a request. `Content-Range` tells a chunk from a stream, and with an empty body the PUT that finishes an upload from the
 * one that is an upload.
 */
export function operationOf(method: string, url: string, headers: IncomingHttpHeaders = {}): Meant {
  const { pathname, searchParams } = new URL(url, 'http://registry');
  const path = decodeURIComponent(pathname);
  const verb = method.toLowerCase();
  if (/\/v2\/?$/.test(path)) return { operation: 'ping', repository: '', reference: '' };
  if (path.endsWith('/v2/_catalog')) return { operation: 'catalog_list', repository: '', reference: '' };
  const [, repository = '', area = '', reference = ''] =
    /\/v2\/(.+)\/(tags|manifests|blobs\/uploads|blobs|referrers)(?:\/([^/]*))?$/.exec(path) ?? [];
  const meant = (operation: string) => ({ operation, repository, reference });
  switch (area) {
    case 'tags':
      return meant('tags_list');
    case 'referrers':
      return meant('referrers_list');
    case 'manifests':
      return meant(`manifest_${verb}`);
    case 'blobs':
      return meant(`blob_${verb}`);
    case 'blobs/uploads':
      return meant(uploadOperation(method, searchParams, headers));
    default:
      return meant('other');
  }
}

function uploadOperation(method: string, query: URLSearchParams, headers: IncomingHttpHeaders): string {
  const inPlace = headers['content-range'] !== undefined;
  switch (method) {
    case 'POST':
      return query.has('mount') ? 'upload_mount' : query.has('digest') ? 'upload_post' : 'upload_start';
    case 'PATCH':
      return inPlace ? 'upload_chunk' : 'upload_patch';
    case 'PUT':
      return inPlace || headers['content-length'] === '0' ? 'upload_finish' : 'upload_put';
    case 'GET':
      return 'upload_status';
    default:
      return 'upload_cancel';
  }
}
