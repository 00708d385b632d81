import { type BodySource, lengthOf, type Send } from '../http/index.ts';
import type { ImageBlob } from '../image/index.ts';
import type { RegistryClient, UploadSession } from '../registry/index.ts';
import { BodyCursor } from './body-cursor.ts';
import { failureOf, FlowError } from './failure.ts';
import { countRetry, waitToRetry } from './retries.ts';
import { observeThroughput, THROUGHPUT_FROM } from './transfer.ts';
import { parseChunkSize, retryRule, type UploadMode, type UploadOptions } from './upload-options.ts';
import { commitInDoubt, remedyFor, Tries } from './upload-tries.ts';
import type { VU } from './vu.ts';

/** How a blob came to be in the repository. */
export type BlobFate = 'uploaded' | 'existed' | 'mounted';

/** Puts one blob into a repository unless it is there: HEAD, then a mount where asked for, then the upload. */
export async function pushBlob(vu: VU, repository: string, blob: ImageBlob, options: UploadOptions): Promise<BlobFate> {
  if (options.headBefore !== false || blob.body === undefined) {
    const found = await vu.registry.blobs.exists(repository, blob.digest);
    if (found !== undefined) {
      if (blob.fresh) throw new FlowError('FRESH_BLOB_EXISTS', 'the registry has a blob already that was made for this run alone');
      return 'existed';
    }
  }
  if (blob.body === undefined) {
    throw new FlowError('BLOB_MISSING', `${repository} does not have a blob of the image that the push builds on`);
  }
  const registry = observed(vu, blob.size);
  let session: UploadSession | undefined;
  for (const from of sourcesOf(vu, repository, blob, options)) {
    if (session !== undefined) await registry.uploads.cancel(session); // that of a source that did not have it
    const mount = await registry.uploads.mount(repository, blob.digest, from);
    if (mount.mounted) {
      if (options.headAfter === true) await vu.registry.blobs.head(repository, blob.digest);
      return 'mounted';
    }
    if (mount.refused) countRetry(vu);
    session = mount.session;
  }
  const { mode = 'monolithic' } = options;
  const { digest, size, body } = blob;
  await upload({ vu, registry, repository, digest, size, body, options, mode, session, tries: new Tries(retryRule(vu, options)) });
  if (options.headAfter === true) await vu.registry.blobs.head(repository, digest);
  return 'uploaded';
}

/** Repositories to mount the blob from, as many as the client tries for one of its size. */
function sourcesOf(vu: VU, repository: string, blob: ImageBlob, { mountFrom }: UploadOptions): readonly string[] {
  if (mountFrom === undefined || blob.fresh) return [];
  const named = typeof mountFrom === 'function' ? mountFrom(blob) : mountFrom;
  const sources = (typeof named === 'string' ? [named] : (named ?? [])).filter((source) => source !== repository);
  const { attempts = 0 } = vu.internals.settings.profile.mountAttempts.find(({ upTo }) => blob.size <= upTo) ?? {};
  return sources.slice(0, attempts);
}

/** One blob on its way. */
interface Upload {
  readonly vu: VU;
  readonly registry: RegistryClient;
  readonly repository: string;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly body: BodySource;
  readonly options: UploadOptions;
  readonly tries: Tries;
  mode: UploadMode;
  /** The one that the registry has open for it, as far as we know. */
  session: UploadSession | undefined;
}

/** Uploads one blob, from a new session again where that may help. A session that a mount left open comes with the blob. */
async function upload(blob: Upload): Promise<void> {
  for (;;) {
    try {
      await WAYS[blob.mode](blob, blob.session);
      return;
    } catch (error) {
      blob.vu.signal.throwIfAborted();
      const wait = blob.tries.waitAfter(error);
      if (!blob.tries.startOver(error)) throw error;
      await waitToRetry(blob.vu, wait);
      countRetry(blob.vu);
      if (commitInDoubt(error) && (await blob.registry.blobs.exists(blob.repository, blob.digest)) !== undefined) return;
      await abandon(blob, error);
    }
  }
}

/**
 * Gives the session up, and cancels it where the client does so: a registry keeps what is left open until it is purged. One that the registry
 * itself has ended needs no cancelling. Best effort: what comes of it does not matter to the upload.
 */
async function abandon(blob: Upload, after: unknown): Promise<void> {
  const { session, vu } = blob;
  blob.session = undefined;
  if (session === undefined || remedyFor(after) === 'restart' || !vu.internals.settings.profile.cancelAbandoned) return;
  try {
    await blob.registry.uploads.cancel(session);
  } catch (error) {
    vu.signal.throwIfAborted();
    if (failureOf(error) === undefined) throw error;
  }
}

const WAYS: Record<UploadMode, (blob: Upload, session: UploadSession | undefined) => Promise<void>> = {
  async monolithic(blob, session) {
    await blob.registry.uploads.put(session ?? (await start(blob)), blob.digest, blob.body, { size: blob.size });
  },

  async stream(blob, session) {
    const { uploads } = blob.registry;
    const opened = session ?? (await start(blob));
    blob.session = await uploads.patch(opened, blob.options.framing === 'chunked' ? unsized(blob.body) : blob.body, { size: blob.size });
    await uploads.finish(blob.session, blob.digest);
  },

  async chunked(blob, session) {
    const opened = session ?? (await start(blob));
    const finished = await sendChunks(blob, opened);
    await blob.registry.uploads.finish(finished, blob.digest);
  },

  async 'single-post'(blob, session) {
    const { uploads } = blob.registry;
    if (session !== undefined) return WAYS.monolithic(blob, session);
    const posted = await uploads.post(blob.repository, blob.digest, blob.body, { size: blob.size });
    if (posted.done) return undefined;
    blob.mode = 'monolithic'; // the registry has dropped the body, and would do so again
    blob.session = posted.session;
    countRetry(blob.vu);
    return WAYS.monolithic(blob, posted.session);
  },
};

async function start(blob: Upload): Promise<UploadSession> {
  return (blob.session = await blob.registry.uploads.start(blob.repository));
}

/** Sends the blob chunk by chunk, each of them streamed; after a failure goes on where the registry says it stands. */
async function sendChunks(blob: Upload, opened: UploadSession): Promise<UploadSession> {
  const { size, registry, tries } = blob;
  const chunkSize = Math.max(parseChunkSize(blob.options.chunkSize ?? 5 * 1024 * 1024), opened.minChunk ?? 0);
  const cursor = new BodyCursor(blob.body);
  let session = opened;
  try {
    for (let resumed = false; session.offset < size; ) {
      const { offset } = session;
      const part = cursor.part(offset, Math.min(chunkSize, size - offset));
      try {
        session = await registry.uploads.chunk(session, part, offset);
        blob.session = session;
        tries.reached(session.offset);
      } catch (error) {
        session = await resume(blob, session, offset + part.length, resumed, error);
        resumed = true;
      }
    }
  } finally {
    await cursor.close();
  }
  return session;
}

/**
 * The session as the registry says it stands after a chunk failed, to go on with; throws the error where it does not help to ask. `sent` bytes
 * went to it at most; only one that was `resumed` before may have bytes that nobody counted.
 */
async function resume(blob: Upload, session: UploadSession, sent: number, resumed: boolean, error: unknown): Promise<UploadSession> {
  blob.vu.signal.throwIfAborted();
  if (!blob.tries.mayResume(error)) throw error;
  await waitToRetry(blob.vu, blob.tries.waitAfter(error));
  const refused = remedyFor(error) === 'resume';
  let known: UploadSession;
  try {
    known = await blob.registry.uploads.status(session, { sent, refused: refused && resumed ? session.offset : undefined });
  } catch (statusError) {
    if (remedyFor(statusError) === 'none' && failureOf(statusError) === undefined) throw statusError;
    if (remedyFor(statusError) === 'restart') blob.session = undefined; // the registry has ended it
    throw error; // the session cannot be asked: what failed decides whether a new one may help
  }
  if (refused && known.offset === session.offset) throw error; // it refuses the very byte that it asks for
  blob.tries.resume(error);
  countRetry(blob.vu);
  blob.session = known;
  blob.tries.reached(known.offset);
  return known;
}

/** The same body without its length: it goes with chunked transfer encoding. */
function unsized(body: BodySource): BodySource {
  return { length: undefined, open: () => body.open() };
}

const UPLOAD_OPERATIONS: ReadonlySet<string> = new Set(['upload_put', 'upload_patch', 'upload_post', 'upload_chunk']);

/** The client of the VU, with the transfer rate of large bodies measured on their way. */
function observed(vu: VU, size: number): RegistryClient {
  if (size < THROUGHPUT_FROM) return vu.registry;
  const send: Send = async (request) => {
    const response = await vu.internals.send(request);
    // A single POST that is answered by 202 was dropped, read or not.
    const taken = request.operation === 'upload_post' ? response.status === 201 : response.status < 300;
    if (taken && request.body !== undefined && UPLOAD_OPERATIONS.has(request.operation)) {
      observeThroughput(vu, request.operation, lengthOf(request.body) ?? size, response.phases);
    }
    return response;
  };
  return vu.registry.with(send);
}
