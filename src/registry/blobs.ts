import type { HttpRequest, HttpResponse, RequestHeaders, ResponseHeaders, Sink } from '../http/index.ts';
import { type Phases, type SizeClass, sizeClassOf } from '../measure/index.ts';
import { deleteScope, pullScope } from './auth/scope.ts';
import { headerOf, numberOf } from './headers.ts';
import { type Operation, operation } from './operations.ts';
import { referencePath } from './path.ts';
import type { Transport } from './transport.ts';
import type { BlobContent, BlobInfo } from './types.ts';

const HEAD = operation('blob_head', 'HEAD', [200]);
const EXISTS = operation('blob_head', 'HEAD', [200, 404]);
const GET = operation('blob_get', 'GET', [200]);
/** A registry may ignore a range and send the whole blob. */
const GET_RANGE = operation('blob_get', 'GET', [206, 200]);
const DELETE = operation('blob_delete', 'DELETE', [202]);
const DELETE_ANY = operation('blob_delete', 'DELETE', [202, 404]);

/** Bytes of a blob, both ends included; without `end`, up to its last one. */
export interface BlobRange {
  readonly start: number;
  readonly end?: number;
}

/** How a blob is fetched. */
export interface BlobGetOptions {
  readonly range?: BlobRange | undefined;
  /** Takes the bytes while they arrive; without one they are dropped. */
  readonly sink?: Sink | undefined;
  /** Fields of the request, names in lower case. Default: anything, and nothing compressed on the way. */
  readonly headers?: RequestHeaders;
  /** Size of the blob in bytes where it is known; decides the size class. */
  readonly size?: number | undefined;
  /** Looks at the last answer, a 2xx, before it is recorded; see `HttpRequest.verify`. */
  readonly verify?: HttpRequest['verify'] | undefined;
}

/** Blobs of a repository (distribution-spec, end-2, end-10). */
export class Blobs {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** What the head says. Expects 200. */
  async head(repository: string, digest: string): Promise<BlobInfo> {
    const path = this.#path(HEAD, repository, digest);
    return infoOf((await this.#transport.call({ operation: HEAD, path, scope: pullScope(repository) })).response);
  }

  /** What the head says, or undefined when there is no such blob. Expects 200, 404. */
  async exists(repository: string, digest: string): Promise<BlobInfo | undefined> {
    const path = this.#path(EXISTS, repository, digest);
    const { response } = await this.#transport.call({ operation: EXISTS, path, scope: pullScope(repository) });
    return response.status === 404 ? undefined : infoOf(response);
  }

  /**
   * The blob, or a range of it. Expects 200; with a range 206, or 200 from a registry that ignores it. Redirects to a storage host are
   * followed without credentials.
   */
  async get(repository: string, digest: string, options: BlobGetOptions = {}): Promise<BlobContent> {
    const { range, sink, verify, headers: fields = PLAIN } = options;
    const op = range === undefined ? GET : GET_RANGE;
    const { response } = await this.#transport.call({
      operation: op,
      path: this.#path(op, repository, digest),
      scope: pullScope(repository),
      headers: range === undefined ? fields : { ...fields, range: `bytes=${range.start}-${range.end ?? ''}` },
      sizeClass: classOf(options),
      sink,
      verify: verify === undefined && range === undefined ? undefined : verifyLast(range, verify),
    });
    return new ReceivedBlob(response);
  }

  /** Removes a blob. Expects 202; 404 too with `missingOk`. 400 or 405: deletion is off. */
  async delete(repository: string, digest: string, options: { missingOk?: boolean } = {}): Promise<void> {
    const op = options.missingOk === true ? DELETE_ANY : DELETE;
    await this.#transport.call({
      operation: op,
      path: this.#path(op, repository, digest),
      staysOnPath: true,
      scope: deleteScope(repository),
    });
  }

  #path(op: Operation, repository: string, digest: string): string {
    return referencePath(this.#transport, op, repository, 'blobs', ['digest', digest]);
  }
}

/** Looks into the head only when it is asked: most loads do not. */
class ReceivedBlob implements BlobContent {
  readonly status: number;
  readonly bytes: number;
  readonly phases: Phases;
  readonly mismatch: BlobContent['mismatch'];
  readonly #response: HttpResponse;

  constructor(response: HttpResponse) {
    this.status = response.status;
    this.bytes = response.bodyBytes;
    this.phases = response.phases;
    this.mismatch = response.mismatch;
    this.#response = response;
  }

  get headers(): ResponseHeaders {
    return this.#response.headers;
  }

  get size(): number | undefined {
    return this.status === 206 ? totalOf(headerOf(this.headers, 'content-range')) : numberOf(this.headers, 'content-length');
  }
}

/** Stored bytes are what the digest is of, so nothing may be compressed on the way. */
const PLAIN = { accept: '*/*', 'accept-encoding': 'identity' };

function infoOf({ headers }: HttpResponse): BlobInfo {
  const digest = headerOf(headers, 'docker-content-digest');
  const size = numberOf(headers, 'content-length');
  return { ...(digest === undefined ? {} : { digest }), ...(size === undefined ? {} : { size }) };
}

function classOf({ size, range }: BlobGetOptions): SizeClass {
  if (range?.end !== undefined) return sizeClassOf(range.end - range.start + 1);
  return size === undefined ? '' : sizeClassOf(size - (range?.start ?? 0));
}

/** Keeps `verify` away from redirects and errors, and sees to it that a partial answer is the part that was asked for. */
function verifyLast(range: BlobRange | undefined, verify: HttpRequest['verify']): HttpRequest['verify'] {
  return (response) => {
    if (response.status >= 300) return undefined;
    if (range !== undefined && response.status === 206) {
      const given = headerOf(response.headers, 'content-range') ?? '';
      if (!given.toLowerCase().startsWith(`bytes ${range.start}-`)) {
        return { code: 'RANGE_MISMATCH', detail: `asked for bytes from ${range.start} on, the registry sent "${given}"` };
      }
    }
    return verify?.(response);
  };
}

/** `bytes 0-9/100` is part of 100 bytes. */
function totalOf(contentRange: string | undefined): number | undefined {
  const total = /\/(\d{1,15})$/.exec(contentRange ?? '')?.[1];
  return total === undefined ? undefined : Number(total);
}
