import { createHash } from 'node:crypto';
import { type Call, type Methods, reply, replyEmpty, replyHead } from '../call.ts';
import { ApiError } from '../errors.ts';
import { MANIFEST } from '../limits.ts';
import { inspectManifest } from '../manifest.ts';
import { algorithmOf, isDigest, isTag } from '../names.ts';
import type { StoredManifest } from '../store.ts';

/** `/v2/<name>/manifests/<tag or digest>` (spec, end-3, end-7 and end-9). The stored type is sent, whatever `Accept` says. */
export const manifests: Methods = {
  HEAD(call) {
    const manifest = find(call);
    replyHead(call.response, 200, [...describe(manifest), 'Content-Length', String(manifest.entry.size)]);
    call.response.end();
  },

  GET(call) {
    const manifest = find(call);
    if (call.request.headers['if-none-match'] === `"${manifest.digest}"`) return replyEmpty(call.response, 304, describe(manifest));
    reply(call.response, 200, describe(manifest), manifest.bytes());
  },

  async PUT(call) {
    const { registry, repository, reference, response } = call;
    const byDigest = isDigest(reference);
    if (!byDigest && !isTag(reference)) throw new ApiError('TAG_INVALID', 'neither a tag nor a digest', { detail: { reference } });
    const bytes = await readManifest(call);
    const algorithm = byDigest ? algorithmOf(reference) : 'sha256';
    const digest = `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
    if (byDigest && digest !== reference) {
      throw new ApiError('DIGEST_INVALID', 'the digest does not match the manifest', { detail: { digest: reference, found: digest } });
    }
    const { entry, blobs, manifests: children } = inspectManifest(bytes, call.request.headers['content-type']);
    const held = registry.store.repository(repository);
    const missing = [...blobs.filter((blob) => !held?.blobs.has(blob)), ...children.filter((child) => !held?.manifests.has(child))];
    if (missing.length > 0) {
      throw new ApiError('MANIFEST_BLOB_UNKNOWN', 'the manifest refers to what the repository does not have', { detail: { missing } });
    }
    registry.store.addManifest(repository, digest, bytes, entry, byDigest ? undefined : reference);
    const subject = entry.subject === undefined ? [] : ['OCI-Subject', entry.subject];
    const location = `${registry.prefix}/v2/${repository}/manifests/${digest}`;
    replyEmpty(response, 201, ['Location', location, 'Docker-Content-Digest', digest, ...subject]);
  },

  DELETE(call) {
    if (!call.registry.store.dropManifest(call.repository, call.reference)) throw unknown(call);
    replyEmpty(call.response, 202, []);
  },
};

async function readManifest(call: Call): Promise<Buffer> {
  if (Number(call.request.headers['content-length'] ?? 0) > MANIFEST) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  // The rest of a body that is too large is read and dropped, so that the client gets to see the answer.
  for await (const chunk of call.request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MANIFEST) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (size > MANIFEST) throw tooLarge();
  return Buffer.concat(chunks);
}

function tooLarge(): ApiError {
  return new ApiError('SIZE_INVALID', `a manifest may have at most ${MANIFEST} bytes`, { status: 413 });
}

function find(call: Call): StoredManifest {
  const manifest = call.registry.store.manifest(call.repository, call.reference);
  if (manifest === undefined) throw unknown(call);
  return manifest;
}

function describe({ digest, entry }: StoredManifest): string[] {
  return ['Content-Type', entry.mediaType, 'Docker-Content-Digest', digest, 'ETag', `"${digest}"`];
}

function unknown(call: Call): ApiError {
  return new ApiError('MANIFEST_UNKNOWN', 'manifest unknown to registry', { detail: { reference: call.reference } });
}
