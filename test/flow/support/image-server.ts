import type { IncomingMessage, ServerResponse } from 'node:http';
import { digestOf, MEDIA_TYPES } from '../../../src/registry/index.ts';
import { listen } from '../../support/listen.ts';

/** What is answered to GET and HEAD of one path: content, or a function that answers by itself. */
export type Reply =
  | { readonly bytes: Buffer; readonly type?: string; readonly digest?: string }
  | ((request: IncomingMessage, response: ServerResponse) => void);

/** A server of fixed answers under `/v2/`; everything else is 404 MANIFEST_UNKNOWN or BLOB_UNKNOWN. */
export async function imageServer(replies: Readonly<Record<string, Reply>>): Promise<{ url: string; requests: string[] }> {
  const requests: string[] = [];
  const { url } = await listen((request, response) => {
    const path = (request.url ?? '').replace('/v2/', '');
    requests.push(`${request.method} ${path}`);
    const reply = replies[path];
    if (typeof reply === 'function') {
      reply(request, response);
      return;
    }
    if (reply === undefined) {
      const code = path.includes('/blobs/') ? 'BLOB_UNKNOWN' : 'MANIFEST_UNKNOWN';
      response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify({ errors: [{ code, message: 'not here' }] }));
      return;
    }
    response.writeHead(200, {
      'content-type': reply.type ?? 'application/octet-stream',
      'content-length': reply.bytes.length,
      'docker-content-digest': reply.digest ?? digestOf(reply.bytes),
    });
    response.end(request.method === 'HEAD' ? undefined : reply.bytes);
  });
  return { url, requests };
}

/** A blob with the descriptor that names it. */
export function blob(content: string, mediaType: string = MEDIA_TYPES.ociLayer) {
  const bytes = Buffer.from(content);
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
}

/** A manifest as JSON bytes. */
export function manifest(fields: Record<string, unknown>): Buffer {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, ...fields }));
}
