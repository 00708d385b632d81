import { deleteScope, pullScope, pushScope } from './auth/scope.ts';
import { BufferSink } from './buffer-sink.ts';
import { decoded } from './content-encoding.ts';
import { algorithmOf, digestOf, isDigest } from './digest.ts';
import { headerOf, numberOf } from './headers.ts';
import { essenceOf, MANIFEST_ACCEPT, manifestKindOf } from './media-types.ts';
import { type Operation, operation } from './operations.ts';
import { referencePath } from './path.ts';
import type { Call, Transport } from './transport.ts';
import type { HttpResponse, RequestHeaders } from '../http/index.ts';
import type { ManifestContent, ManifestInfo, ManifestPushed } from './types.ts';
import { joinUrl } from './url.ts';

const HEAD = operation('manifest_head', 'HEAD', [200]);
const EXISTS = operation('manifest_head', 'HEAD', [200, 404]);
const GET = operation('manifest_get', 'GET', [200]);
const PUT = operation('manifest_put', 'PUT', [201]);
const DELETE = operation('manifest_delete', 'DELETE', [202]);
const DELETE_ANY = operation('manifest_delete', 'DELETE', [202, 404]);

/** Bytes of a manifest that are taken at most; registries and clients agree on 4 MiB, some take 8. */
const MANIFEST_LIMIT = 4_194_304;

/** How a manifest is asked for. */
export interface ManifestOptions {
  /** `Accept`: one value, or one line each; default: images and indexes of both families. */
  readonly accept?: string | readonly string[];
  /** `Accept-Encoding` of a GET; '' sends none. Default `identity`. What comes compressed all the same is undone. */
  readonly acceptEncoding?: string;
}

/** Manifests of a repository, by tag or digest (distribution-spec, end-3, end-7, end-9). */
export class Manifests {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** What the head says. Expects 200. */
  async head(repository: string, reference: string, options: ManifestOptions = {}): Promise<ManifestInfo> {
    const { response } = await this.#transport.call(this.#read(HEAD, repository, reference, options));
    return infoOf(response);
  }

  /** What the head says, or undefined when there is no such manifest. Expects 200, 404. */
  async exists(repository: string, reference: string, options: ManifestOptions = {}): Promise<ManifestInfo | undefined> {
    const { response } = await this.#transport.call(this.#read(EXISTS, repository, reference, options));
    return response.status === 404 ? undefined : infoOf(response);
  }

  /**
   * The manifest, at most 4 MiB of it: a larger one is refused by `MANIFEST_TOO_LARGE`. Expects 200. Bytes are compared with the digest asked for, or with the one that the registry names:
   * a difference is in `mismatch`.
   */
  async get(repository: string, reference: string, options: ManifestOptions = {}): Promise<ManifestContent> {
    const sink = new BufferSink(MANIFEST_LIMIT);
    let bytes: Buffer = Buffer.alloc(0);
    let digest = '';
    const call: Call = {
      operation: GET,
      path: this.#path(GET, repository, reference),
      scope: pullScope(repository),
      headers: getHeaders(options),
      sink,
      verify: (response) => {
        if (response.status !== 200 || sink.overflowed) return undefined;
        bytes = decoded(sink.take(), headerOf(response.headers, 'content-encoding'), MANIFEST_LIMIT);
        digest = digestOf(bytes, algorithmOf(reference));
        return mismatchOf(digest, reference, response);
      },
    };
    const answer = await this.#transport.call(call);
    if (sink.overflowed) throw this.#transport.failure(call, answer, 'MANIFEST_TOO_LARGE', `larger than ${MANIFEST_LIMIT} bytes`);
    const { headers, mismatch, phases } = answer.response;
    const headerDigest = headerOf(headers, 'docker-content-digest');
    const mediaType = essenceOf(headerOf(headers, 'content-type') ?? '');
    return { mediaType, bytes, digest, mismatch, phases, ...(headerDigest === undefined ? {} : { headerDigest }) };
  }

  /** Stores exactly these bytes under a tag or their digest. `mediaType` must be the one in the manifest. Expects 201. */
  async put(repository: string, reference: string, bytes: Uint8Array, mediaType: string): Promise<ManifestPushed> {
    const answer = await this.#transport.call({
      operation: PUT,
      path: this.#path(PUT, repository, reference),
      staysOnPath: true,
      scope: pushScope(repository),
      headers: { 'content-type': mediaType },
      body: bytes,
    });
    const { headers } = answer.response;
    const digest = headerOf(headers, 'docker-content-digest');
    const location = headerOf(headers, 'location');
    const url = location === undefined ? undefined : this.#transport.resolve(answer, location);
    const subject = headerOf(headers, 'oci-subject');
    return {
      ...(digest === undefined ? {} : { digest }),
      ...(url === undefined ? {} : { location: joinUrl(url) }),
      ...(subject === undefined ? {} : { subject }),
    };
  }

  /** Removes a tag, or a manifest with all its tags. Expects 202; 404 too with `missingOk`. 400 or 405: deletion is off. */
  async delete(repository: string, reference: string, options: { missingOk?: boolean } = {}): Promise<void> {
    const op = options.missingOk === true ? DELETE_ANY : DELETE;
    await this.#transport.call({
      operation: op,
      path: this.#path(op, repository, reference),
      staysOnPath: true,
      scope: deleteScope(repository),
    });
  }

  #path(op: Operation, repository: string, reference: string): string {
    return referencePath(this.#transport, op, repository, 'manifests', ['tag or digest', reference]);
  }

  #read(op: Operation, repository: string, reference: string, options: ManifestOptions): Call {
    return {
      operation: op,
      path: this.#path(op, repository, reference),
      scope: pullScope(repository),
      headers: { accept: options.accept ?? MANIFEST_ACCEPT },
    };
  }
}

function getHeaders({ accept = MANIFEST_ACCEPT, acceptEncoding = 'identity' }: ManifestOptions): RequestHeaders {
  return acceptEncoding === '' ? { accept } : { accept, 'accept-encoding': acceptEncoding };
}

function infoOf({ headers }: HttpResponse): ManifestInfo {
  const digest = headerOf(headers, 'docker-content-digest');
  const size = numberOf(headers, 'content-length');
  return {
    mediaType: essenceOf(headerOf(headers, 'content-type') ?? ''),
    ...(digest === undefined ? {} : { digest }),
    ...(size === undefined ? {} : { size }),
  };
}

function mismatchOf(digest: string, reference: string, { headers }: HttpResponse): { code: string; detail: string } | undefined {
  // The digest of a signed schema 1 manifest is that of its payload, not of the bytes sent.
  if (manifestKindOf(essenceOf(headerOf(headers, 'content-type') ?? '')) === 'schema1') return undefined;
  // What was asked for counts more than what the registry says; a tag has only that.
  const expected = isDigest(reference) ? reference : headerOf(headers, 'docker-content-digest');
  if (expected === undefined || !isDigest(expected) || algorithmOf(expected) !== algorithmOf(digest) || expected === digest)
    return undefined;
  return { code: 'DIGEST_MISMATCH', detail: `the manifest's digest is ${digest}, not ${expected}` };
}
