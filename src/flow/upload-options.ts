import { InvalidConfigError, parseSize } from '../base/index.ts';
import type { ImageBlob } from '../image/index.ts';
import type { RetryRule } from './profiles/index.ts';
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
   * Tries more, a blob, after a failure that says nothing about the upload itself: a reset, a time-out, 408, 429 or 5xx. Default: as the run's
   * retry policy says; `plain` none. A body that was
   * cut off never goes to the same offset again: `chunked` asks the session where it stands and goes on there (progress starts the count
   * again), every other mode starts a new session. What the protocol itself asks for is done without: 202 after a single POST, 416, a
   * session that is gone, a digest that did not fit. Each of these counts in the metric `retries`.
   */
  readonly retries?: number;
  /** Seconds to wait before each of the `retries`; the last one stands for all after it. Default none. */
  readonly retryDelays?: readonly number[];
}

/** 408, 429 and 5xx. */
const RETRIED: readonly number[] = [408, 429, ...Array.from({ length: 100 }, (_, index) => 500 + index)];

/** How an upload is tried again: as the call says, else as the run does. */
export function retryRule(vu: VU, { retries, retryDelays = [] }: UploadOptions): RetryRule | undefined {
  const { upload: ofRun } = vu.internals.settings.retry;
  if (retries === undefined) return ofRun;
  const delaysMs = retryDelays.map((seconds) => seconds * 1000);
  const retryAfterMaxMs = ofRun?.retryAfterMaxMs;
  const told = retryAfterMaxMs === undefined ? {} : { retryAfterMaxMs };
  return { attempts: retries + 1, statuses: RETRIED, delaysMs, networkDelaysMs: delaysMs, ...told };
}

/** Bytes of a chunk. Throws InvalidConfigError. */
export function parseChunkSize(size: string | number): number {
  const bytes = parseSize(size);
  if (bytes !== undefined && bytes > 0) return bytes;
  const what = `${JSON.stringify(size)} is no size of a chunk`;
  throw new InvalidConfigError([{ where: 'push(…, { chunkSize })', what, fix: "bytes, or text such as '5MiB'" }]);
}
