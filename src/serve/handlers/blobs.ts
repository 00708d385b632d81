import { type Call, type Methods, reply, replyEmpty, replyHead } from '../call.ts';
import { ApiError } from '../errors.ts';
import { isDigest } from '../names.ts';
import { decideRange } from '../range.ts';
import { openFile, sendFile } from '../send-file.ts';
import type { BlobContent } from '../store.ts';

/** `/v2/<name>/blobs/<digest>` (spec, end-2 and end-10). */
export const blobs: Methods = {
  HEAD(call) {
    const size = call.registry.store.blobSize(call.repository, call.reference);
    if (size === undefined) throw unknown(call);
    replyHead(call.response, 200, [...describe(call.reference), 'Content-Length', String(size)]);
    call.response.end();
  },

  GET(call) {
    const blob = call.registry.store.blob(call.repository, call.reference);
    if (blob === undefined) throw unknown(call);
    const etag = `"${call.reference}"`;
    const { range, 'if-range': ifRange, 'if-none-match': ifNoneMatch } = call.request.headers;
    if (ifNoneMatch === etag) return replyEmpty(call.response, 304, describe(call.reference));

    const decision = decideRange(ifRange === undefined || ifRange === etag ? range : undefined, blob.size);
    if (decision.kind === 'unsatisfiable') {
      throw new ApiError('RANGE_INVALID', 'the range begins past the end of the blob', {
        headers: ['Content-Range', `bytes */${blob.size}`],
        detail: { range, size: blob.size },
      });
    }
    if (decision.kind === 'whole') return send(call, blob, 200, 0, blob.size, []);
    const { start, end } = decision;
    send(call, blob, 206, start, end, ['Content-Range', `bytes ${start}-${end - 1}/${blob.size}`]);
  },

  DELETE(call) {
    if (!call.registry.store.dropBlob(call.repository, call.reference)) throw unknown(call);
    replyEmpty(call.response, 202, []);
  },
};

function send(call: Call, blob: BlobContent, status: number, start: number, end: number, headers: readonly string[]): void {
  const fields = [...describe(call.reference), ...headers];
  if ('bytes' in blob) return reply(call.response, status, fields, blob.bytes.subarray(start, end));
  const file = openFile(blob.path);
  replyHead(call.response, status, [...fields, 'Content-Length', String(end - start)]);
  sendFile(call.response, file, start, end);
}

function describe(digest: string): string[] {
  const fields = ['Content-Type', 'application/octet-stream', 'Docker-Content-Digest', digest, 'ETag', `"${digest}"`];
  // What a digest names never changes.
  return [...fields, 'Accept-Ranges', 'bytes', 'Cache-Control', 'max-age=31536000'];
}

function unknown(call: Call): ApiError {
  const detail = { digest: call.reference };
  if (!isDigest(call.reference)) return new ApiError('DIGEST_INVALID', 'not a digest of a known algorithm', { detail });
  return new ApiError('BLOB_UNKNOWN', 'blob unknown to registry', { detail });
}
