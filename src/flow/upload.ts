import { InvalidConfigError, parseSize } from '../base/index.ts';
import type { BodySource, Send } from '../http/index.ts';
import type { ImageBlob } from '../image/index.ts';
import type { RegistryClient, UploadSession } from '../registry/index.ts';
import { FlowError } from './failure.ts';
import { observeThroughput, THROUGHPUT_FROM } from './transfer.ts';
import type { VU } from './vu.ts';

/** How the bytes of a blob go up (distribution-spec, "Pushing blobs"). */
export type UploadMode = 'monolithic' | 'stream' | 'chunked' | 'single-post';

/** How blobs are uploaded. */
export interface UploadOptions {
  /**
   * `monolithic` (default): POST, then one PUT with the blob, as containerd does. `stream`: POST, one PATCH with the blob, an empty PUT, as docker
   * and skopeo do. `chunked`: POST, a PATCH for each chunk, an empty PUT. `single-post`: one POST with the blob; where the registry does not
   * take that, PUT to the session that it opened.
   */
  readonly mode?: UploadMode;
  /** Bytes of a chunk, or text (`'5MiB'`), for `chunked`; raised to the least that the registry asks for. Default 5 MiB. */
  readonly chunkSize?: string | number;
  /** A repository that may have what is missing: tried by a cross-repository mount before the upload. Fresh blobs are never mounted. */
  readonly mountFrom?: string | ((blob: ImageBlob) => string | undefined);
}

/** How a blob came to be in the repository. */
export type BlobFate = 'uploaded' | 'existed' | 'mounted';

/** Puts one blob into a repository unless it is there: HEAD, then a mount where asked for, then the upload. */
export async function pushBlob(vu: VU, repository: string, blob: ImageBlob, options: UploadOptions): Promise<BlobFate> {
  const found = await vu.registry.blobs.exists(repository, blob.digest);
  if (found !== undefined) {
    if (blob.fresh) throw new FlowError('FRESH_BLOB_EXISTS', 'the registry has a blob already that was made for this run alone');
    return 'existed';
  }
  if (blob.body === undefined) {
    throw new FlowError('BLOB_MISSING', `${repository} does not have a blob of the image that the push builds on`);
  }
  const registry = observed(vu, blob.size);
  const from = typeof options.mountFrom === 'function' ? options.mountFrom(blob) : options.mountFrom;
  let session: UploadSession | undefined;
  if (from !== undefined && from !== repository && !blob.fresh) {
    const mount = await registry.uploads.mount(repository, blob.digest, from);
    if (mount.mounted) return 'mounted';
    session = mount.session;
  }
  await UPLOADS[options.mode ?? 'monolithic']({ registry, repository, digest: blob.digest, body: blob.body, session, options });
  return 'uploaded';
}

interface Upload {
  readonly registry: RegistryClient;
  readonly repository: string;
  readonly digest: string;
  readonly body: BodySource;
  /** Session that a mount left open. */
  readonly session: UploadSession | undefined;
  readonly options: UploadOptions;
}

const UPLOADS: Record<UploadMode, (upload: Upload) => Promise<void>> = {
  async monolithic(upload) {
    await upload.registry.uploads.put(await sessionOf(upload), upload.digest, upload.body);
  },

  async stream(upload) {
    const session = await upload.registry.uploads.patch(await sessionOf(upload), upload.body);
    await upload.registry.uploads.finish(session, upload.digest);
  },

  async chunked(upload) {
    let session = await sessionOf(upload);
    const chunkSize = Math.max(parseChunkSize(upload.options.chunkSize ?? 5 * 1024 * 1024), session.minChunk ?? 0);
    let start = 0;
    for await (const chunk of inChunks(upload.body, chunkSize)) {
      session = await upload.registry.uploads.chunk(session, chunk, start);
      start += chunk.length;
    }
    await upload.registry.uploads.finish(session, upload.digest);
  },

  async 'single-post'(upload) {
    const { uploads } = upload.registry;
    if (upload.session !== undefined) return uploads.put(upload.session, upload.digest, upload.body);
    const posted = await uploads.post(upload.repository, upload.digest, upload.body);
    if (!posted.done) await uploads.put(posted.session, upload.digest, upload.body);
  },
};

function sessionOf(upload: Upload): Promise<UploadSession> | UploadSession {
  return upload.session ?? upload.registry.uploads.start(upload.repository);
}

/** Cuts a body into chunks of `size` bytes, the last one shorter, in one buffer that is used again for each. */
async function* inChunks(body: BodySource, size: number): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(Math.min(size, body.length));
  let filled = 0;
  for await (const piece of body.open()) {
    for (let at = 0; at < piece.length; ) {
      const taken = Math.min(piece.length - at, buffer.length - filled);
      buffer.set(piece.subarray(at, at + taken), filled);
      at += taken;
      filled += taken;
      if (filled === buffer.length) {
        yield buffer;
        filled = 0;
      }
    }
  }
  if (filled > 0) yield buffer.subarray(0, filled);
}

function parseChunkSize(size: string | number): number {
  const bytes = parseSize(size);
  if (bytes !== undefined && bytes > 0) return bytes;
  const what = `${JSON.stringify(size)} is no size of a chunk`;
  throw new InvalidConfigError([{ where: 'push(…, { chunkSize })', what, fix: "bytes, or text such as '5MiB'" }]);
}

const UPLOAD_OPERATIONS: ReadonlySet<string> = new Set(['upload_put', 'upload_patch', 'upload_post', 'upload_chunk']);

/** The client of the VU, with the transfer rate of large bodies measured on their way. */
function observed(vu: VU, size: number): RegistryClient {
  if (size < THROUGHPUT_FROM) return vu.registry;
  const send: Send = async (request) => {
    const response = await vu.internals.send(request);
    if (response.status < 300 && UPLOAD_OPERATIONS.has(request.operation)) {
      observeThroughput(vu, request.operation, request.body?.length ?? 0, response.phases);
    }
    return response;
  };
  return vu.registry.with(send);
}
