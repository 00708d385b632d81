import { type Body, lengthOf, type RequestHeaders, type SizedBody } from '../http/index.ts';
import { type SizeClass, sizeClassOf } from '../measure/index.ts';
import { LoadregError } from '../base/index.ts';
import { deleteScope, pullScope, pushScope } from './auth/scope.ts';
import { RegistryError } from './errors.ts';
import { headerOf, numberOf } from './headers.ts';
import { type Operation, operation } from './operations.ts';
import { checkDigest, repositoryPath } from './path.ts';
import type { Answer, Call, Transport } from './transport.ts';
import type { UploadSession } from './types.ts';
import { joinUrl, splitUrl, withParameter } from './url.ts';

const START = operation('upload_start', 'POST', [202]);
/** 200, 202 and 204 instead of 201 come from registries that containerd and regclient put up with too. */
const COMMITTED = [201, 200, 202, 204];
const PUT = operation('upload_put', 'PUT', COMMITTED);
const FINISH = operation('upload_finish', 'PUT', COMMITTED);
/** ECR says 201, old GCR and Pulp 204. */
const TAKEN = [202, 201, 204];
const PATCH = operation('upload_patch', 'PATCH', TAKEN);
const CHUNK = operation('upload_chunk', 'PATCH', TAKEN);
const POST = operation('upload_post', 'POST', [201, 202]);
const MOUNT = operation('upload_mount', 'POST', [201, 202]);
/** 200 and 202 instead of 204 exist. */
const STATUS = operation('upload_status', 'GET', [204, 200, 202]);
/** 404: the session is gone, which is what was wanted. 200 and 202 instead of 204 exist. */
const CANCEL = operation('upload_cancel', 'DELETE', [204, 200, 202, 404]);

/** By these, registries refuse a mount that they should answer with 202; an ordinary upload is the way on. */
const MOUNT_REFUSED: readonly number[] = [400, 401, 404];

const OCTETS = 'application/octet-stream';
/** A smallest chunk beyond this is taken for a mistake of the registry, as in regclient. */
const MAX_MIN_CHUNK = 1_073_741_824;

/** How a single POST ended: done, or the registry opened a session instead. */
export type PostResult = { readonly done: true } | { readonly done: false; readonly session: UploadSession };

/**
 * How a mount ended: the blob is there, or the registry opened a session instead. `refused`: it did so only after it had answered the mount
 * with an error, in an exchange more.
 */
export type MountResult =
  | { readonly mounted: true }
  | { readonly mounted: false; readonly session: UploadSession; readonly refused: boolean };

/** What the caller of {@link Uploads.status} knows that the registry's answer may leave open. */
export interface StatusHints {
  /** Offset that the registry has just refused by 416. */
  readonly refused?: number | undefined;
  /** Bytes that it can have at most: all that were sent. */
  readonly sent?: number | undefined;
}

/**
 * Uploads of blobs (distribution-spec, "Pushing blobs"; end-4 to end-6, end-11, end-13, end-14).
 *
 * | way | calls |
 * |---|---|
 * | monolithic | `start`, `put` |
 * | streamed | `start`, `patch` with the whole blob, `finish` |
 * | chunked | `start`, `chunk` …, `finish` with or without the last chunk |
 * | single POST | `post`, then `put` if the registry opened a session instead |
 * | mount | `mount`, then any of the above if it opened a session instead |
 *
 * A body that was cut off is never sent again into the same session behind the caller's back: see {@link UploadSession.uncertain}.
 */
export class Uploads {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Opens a session. Expects 202. */
  async start(repository: string): Promise<UploadSession> {
    const call = { operation: START, path: this.#path(START, repository), scope: pushScope(repository) };
    return this.#opened(call, await this.#transport.call(call), repository);
  }

  /** The whole blob in one PUT, which ends the session. `size` decides the size class; default: that of the body. Expects 201. */
  async put(session: UploadSession, digest: string, body: Body, options: { size?: number } = {}): Promise<void> {
    const call = this.#commit(session, PUT, digest);
    await this.#upload(session, { ...call, headers: { 'content-type': OCTETS }, body, sizeClass: classOf(options.size ?? lengthOf(body)) });
  }

  /**
   * The whole blob, or all that is left of it, in one PATCH without `Content-Range`. `size` is that of a body that does not tell its length.
   * Expects 202.
   */
  async patch(session: UploadSession, body: Body, options: { size?: number } = {}): Promise<UploadSession> {
    return this.#append(session, PATCH, body, { 'content-type': OCTETS }, session.offset, options.size ?? lengthOf(body));
  }

  /** One chunk, from offset `start` on, with `Content-Range`. No bytes make no request. Expects 202; 416 tells of a wrong offset. */
  async chunk(session: UploadSession, bytes: SizedBody, start: number): Promise<UploadSession> {
    if (lengthOf(bytes) === 0) return session; // `0--1` is no range
    return this.#append(session, CHUNK, bytes, chunkHeaders(start, bytes), start, lengthOf(bytes));
  }

  /** Ends the session, with the last chunk or without. Expects 201. */
  async finish(session: UploadSession, digest: string, lastChunk?: SizedBody): Promise<void> {
    const call = this.#commit(session, FINISH, digest);
    if (lastChunk === undefined || lengthOf(lastChunk) === 0) await this.#transport.call(call);
    else await this.#upload(session, { ...call, headers: chunkHeaders(session.offset, lastChunk), body: lastChunk });
  }

  /**
   * The whole blob with the POST. `size` decides the size class; default: that of the body. Expects 201, or 202 from a registry that opens a
   * session instead and has dropped the body.
   */
  async post(repository: string, digest: string, body: Body, options: { size?: number } = {}): Promise<PostResult> {
    const call: Call = {
      operation: POST,
      path: withParameter(this.#path(POST, repository), 'digest', checkDigest(this.#transport, POST, digest)),
      scope: pushScope(repository),
      headers: { 'content-type': OCTETS },
      body,
      sizeClass: classOf(options.size ?? lengthOf(body)),
    };
    const answer = await this.#transport.call(call);
    if (answer.response.status === 201) return { done: true };
    return { done: false, session: this.#opened(call, answer, repository) };
  }

  /**
   * Takes a blob over from another repository. Expects 201, or 202 from a registry that opens a session instead. One that refuses by 400,
   * 401 or 404 is asked for an ordinary session.
   */
  async mount(repository: string, digest: string, from: string): Promise<MountResult> {
    this.#path(MOUNT, from); // is part of a token's scope, and so has to be a repository
    const path = withParameter(
      withParameter(this.#path(MOUNT, repository), 'mount', checkDigest(this.#transport, MOUNT, digest)),
      'from',
      from,
    );
    const call = { operation: MOUNT, path, scope: `${pushScope(repository)} ${pullScope(from)}` };
    try {
      const answer = await this.#transport.call(call);
      if (answer.response.status === 201) return { mounted: true };
      return { mounted: false, session: this.#opened(call, answer, repository), refused: false };
    } catch (error) {
      if (!(error instanceof RegistryError) || !MOUNT_REFUSED.includes(error.status)) throw error;
      return { mounted: false, session: await this.start(repository), refused: true };
    }
  }

  /**
   * Where the session stands. What registries say in `Range` is read with `hints`, since the same text stands for different offsets here and
   * there ({@link storedBytes}). Expects 204.
   */
  async status(session: UploadSession, hints: StatusHints = {}): Promise<UploadSession> {
    const { origin, path } = splitUrl(session.location);
    const answer = await this.#transport.call({ operation: STATUS, origin, path, scope: pushScope(session.repository) });
    return this.#moved(session, answer, storedBytes(headerOf(answer.response.headers, 'range'), session.offset, hints));
  }

  /** Gives the session up, as well as the registry allows: resolves with whether it did. Expects 204. */
  async cancel(session: UploadSession): Promise<boolean> {
    const { origin, path } = splitUrl(session.location);
    const scope = `${deleteScope(session.repository)} ${pushScope(session.repository)}`;
    try {
      await this.#transport.call({ operation: CANCEL, origin, path, scope });
      return true;
    } catch (error) {
      if (error instanceof RegistryError) return false;
      throw error;
    }
  }

  #path(op: Operation, repository: string): string {
    return repositoryPath(this.#transport, op, repository, 'blobs/uploads');
  }

  #commit(session: UploadSession, op: Operation, digest: string): Call {
    const { origin, path } = splitUrl(session.location);
    const scope = pushScope(session.repository);
    return { operation: op, origin, path: withParameter(path, 'digest', checkDigest(this.#transport, op, digest)), scope };
  }

  async #append(
    session: UploadSession,
    op: Operation,
    body: Body,
    headers: RequestHeaders,
    offset: number,
    length: number | undefined,
  ): Promise<UploadSession> {
    const { origin, path } = splitUrl(session.location);
    const scope = pushScope(session.repository);
    const answer = await this.#upload(session, { operation: op, origin, path, scope, headers, body, sizeClass: classOf(length) });
    // Our own count goes on: what registries say in `Range` after a PATCH is off by one here, stuck there, and missing elsewhere.
    const range = headerOf(answer.response.headers, 'range');
    return this.#moved(session, answer, length === undefined ? storedBytes(range, offset) : offset + length);
  }

  /** Sends a body into a session; when that fails, nobody knows how much of it arrived. */
  async #upload(session: UploadSession, call: Call): Promise<Answer> {
    if (session.uncertain) {
      throw new LoadregError(`${call.operation.name}: a body was cut off in this upload session, so its offset is unknown`, {
        hint: 'ask uploads.status() and go on from there, or start a new session',
      });
    }
    try {
      return await this.#transport.call(call);
    } catch (error) {
      session.uncertain = true;
      throw error;
    }
  }

  #opened(call: Call, answer: Answer, repository: string): UploadSession {
    const location = headerOf(answer.response.headers, 'location');
    const url = location === undefined ? undefined : this.#transport.resolve(answer, location);
    if (url === undefined) {
      const detail = location === undefined ? 'the answer names no Location' : 'the Location is no http or https URL';
      throw this.#transport.failure(call, answer, 'LOCATION_UNUSABLE', detail);
    }
    const minChunk = numberOf(answer.response.headers, 'oci-chunk-min-length');
    return {
      repository,
      location: joinUrl(url),
      offset: 0,
      uncertain: false,
      ...(minChunk === undefined ? {} : { minChunk: Math.min(minChunk, MAX_MIN_CHUNK) }),
    };
  }

  /** The session after an answer: every one may move it; without a `Location` it stays where it was. */
  #moved(session: UploadSession, answer: Answer, offset: number): UploadSession {
    const location = headerOf(answer.response.headers, 'location');
    const url = location === undefined ? undefined : this.#transport.resolve(answer, location);
    return { ...session, location: url === undefined ? session.location : joinUrl(url), offset, uncertain: false };
  }
}

function classOf(size: number | undefined): SizeClass {
  return size === undefined ? '' : sizeClassOf(size);
}

/** `Content-Range` of an upload is no HTTP range: no `bytes `, no total (distribution-spec, "Pushing a blob in chunks"). */
function chunkHeaders(start: number, chunk: SizedBody): RequestHeaders {
  return { 'content-type': OCTETS, 'content-range': `${start}-${start + lengthOf(chunk) - 1}` };
}

/**
 * Bytes stored, from the `Range` of a status answer: `0-<last byte>`, in old documents with `bytes=` before it.
 *
 * | said | read as |
 * |---|---|
 * | `0-0` | one byte or none (Distribution says so for both): none as long as `own` is 0, but never the offset that was just refused |
 * | `0--1` | none (zot, Quay) |
 * | more than was sent | all that was sent (Quay counts one too many) |
 * | nothing, or nonsense | `own`, what was acknowledged so far |
 */
export function storedBytes(
  range: string | undefined,
  own: number,
  { refused, sent = Number.POSITIVE_INFINITY }: StatusHints = {},
): number {
  const match = /^(?:bytes=)?0-(-?\d{1,15})$/.exec(range?.trim() ?? '');
  if (match === null) return own;
  const last = Number(match[1]);
  const stored = last === 0 ? Math.min(own, 1) : last + 1;
  return Math.min(last === 0 && stored === refused ? 1 - stored : stored, sent);
}
