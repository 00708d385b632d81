import { InvalidConfigError, parseSize } from '../base/index.ts';
import { type BodySource, lengthOf, type Send } from '../http/index.ts';
import type { ImageBlob } from '../image/index.ts';
import type { RegistryClient, UploadSession } from '../registry/index.ts';
import { BodyCursor } from './body-cursor.ts';
import { failureOf, FlowError } from './failure.ts';
import { sleep } from './sleep.ts';
import { observeThroughput, THROUGHPUT_FROM } from './transfer.ts';
import { commitInDoubt, remedyFor, Tries } from './upload-tries.ts';
import type { VU } from './vu.ts';

/** How the bytes of a blob go up (distribution-spec, "Pushing blobs"). */
export type UploadMode = 'monolithic' | 'stream' | 'chunked' | 'single-post';

/** Every {@link UploadMode}, for option tables and messages. */
export const UPLOAD_MODES: readonly UploadMode[] = ['monolithic', 'stream', 'chunked', 'single-post'];

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
  /**
   * How the one PATCH of `stream` is framed: with `Content-Length` (default), as crane and skopeo do, or with chunked transfer encoding, as docker
   * does, which learns the size only while it compresses.
   */
  readonly framing?: 'length' | 'chunked';
  /**
   * A repository that may have what is missing: tried by a cross-repository mount before the upload. Several are tried one after another, as
   * many as the client does. Fresh blobs are never mounted.
   */
  readonly mountFrom?: string | readonly string[] | ((blob: ImageBlob) => string | undefined);
  /** Ask by HEAD whether the blob is there before it is uploaded. Default true. A blob without bytes of its own is always asked for. */
  readonly headBefore?: boolean;
  /** Ask by HEAD for a blob that was uploaded, as docker does. Default false. */
  readonly headAfter?: boolean;
  /**
   * Tries more, a blob, after a failure that says nothing about the upload itself: a reset, a time-out, 408, 429 or 5xx. Default 0. A body that was
   * cut off never goes to the same offset again: `chunked` asks the session where it stands and goes on there (progress starts the count
   * again), every other mode starts a new session. What the protocol itself asks for is done without: 202 after a single POST, 416, a
   * session that is gone, a digest that did not fit. Each of these counts in the metric `retries`.
   */
  readonly retries?: number;
  /** Seconds to wait before each of the `retries`; the last one stands for all after it. Default none. */
  readonly retryDelays?: readonly number[];
}

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
  const { mode = 'monolithic', retries = 0 } = options;
  const { digest, size, body } = blob;
  await upload({ vu, registry, repository, digest, size, body, options, mode, tries: new Tries(retries) }, session);
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
}

/** Uploads one blob, from a new session again where that may help. `opened` is a session that a mount left open. */
async function upload(blob: Upload, opened: UploadSession | undefined): Promise<void> {
  let session = opened;
  for (;;) {
    try {
      await WAYS[blob.mode](blob, session);
      return;
    } catch (error) {
      blob.vu.signal.throwIfAborted();
      if (!blob.tries.startOver(error)) throw error;
      await beforeRetry(blob, error);
      session = undefined;
      if (commitInDoubt(error) && (await blob.registry.blobs.exists(blob.repository, blob.digest)) !== undefined) return;
    }
  }
}

const WAYS: Record<UploadMode, (blob: Upload, session: UploadSession | undefined) => Promise<void>> = {
  async monolithic(blob, session) {
    await blob.registry.uploads.put(session ?? (await start(blob)), blob.digest, blob.body, { size: blob.size });
  },

  async stream(blob, session) {
    const { uploads } = blob.registry;
    const opened = session ?? (await start(blob));
    const patched = await uploads.patch(opened, blob.options.framing === 'chunked' ? unsized(blob.body) : blob.body, { size: blob.size });
    await uploads.finish(patched, blob.digest);
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
    countRetry(blob.vu);
    return WAYS.monolithic(blob, posted.session);
  },
};

function start(blob: Upload): Promise<UploadSession> {
  return blob.registry.uploads.start(blob.repository);
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
  const refused = remedyFor(error) === 'resume';
  let known: UploadSession;
  try {
    known = await blob.registry.uploads.status(session, { sent, refused: refused && resumed ? session.offset : undefined });
  } catch (statusError) {
    if (remedyFor(statusError) === 'none' && failureOf(statusError) === undefined) throw statusError;
    throw error; // the session cannot be asked: what failed decides whether a new one may help
  }
  if (refused && known.offset === session.offset) throw error; // it refuses the very byte that it asks for
  blob.tries.resume(error);
  await beforeRetry(blob, error);
  blob.tries.reached(known.offset);
  return known;
}

/** Counts a retry, and waits where the failure is one to wait after. */
async function beforeRetry(blob: Upload, error: unknown): Promise<void> {
  countRetry(blob.vu);
  const delays = blob.options.retryDelays ?? [];
  const delay = delays[Math.min(blob.tries.used, delays.length) - 1];
  if (remedyFor(error) === 'retry' && delay !== undefined) await sleep(blob.vu, delay);
}

function countRetry(vu: VU): void {
  vu.internals.observer.count(vu.internals.scope, 'retries', 1);
}

/** The same body without its length: it goes with chunked transfer encoding. */
function unsized(body: BodySource): BodySource {
  return { length: undefined, open: () => body.open() };
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
    // A single POST that is answered by 202 was dropped, read or not.
    const taken = request.operation === 'upload_post' ? response.status === 201 : response.status < 300;
    if (taken && request.body !== undefined && UPLOAD_OPERATIONS.has(request.operation)) {
      observeThroughput(vu, request.operation, lengthOf(request.body) ?? size, response.phases);
    }
    return response;
  };
  return vu.registry.with(send);
}
