import type { TokenStyle } from '../../registry/index.ts';
import type { UploadMode } from '../upload-options.ts';
import type { RetryPolicy } from './retry.ts';

/** Clients that a load can stand for. `plain` is loadreg's own way: the fewest requests, nothing hidden behind retries. */
export type ClientName = 'plain' | 'docker' | 'docker-containerd' | 'containerd' | 'crane' | 'skopeo';

/** Which types a client says it takes. */
export interface AcceptStyle {
  /** Manifests that are asked for by tag, in the client's order. */
  readonly manifests: readonly string[];
  /** One `Accept` line for each type, or all of them in one. */
  readonly lines: 'multi-line' | 'joined';
  /**
   * What is asked for by a digest that a manifest or a HEAD told: `same` as by tag, only the type that was told (`descriptor`), or that type and
   * then anything (`descriptor, any`, the type and a wildcard).
   */
  readonly manifestByDigest: 'same' | 'descriptor' | 'descriptor, any';
  /** Blobs: no `Accept` at all, anything, or the type of the descriptor and then anything. */
  readonly blobs: 'none' | 'any' | 'descriptor, any';
}

/**
 * Everything in which clients differ on the wire, as data: a flow is one story and takes from here what it does differently. All of them
 * speak HTTP/1.1 here.
 */
export interface ClientProfile {
  readonly name: ClientName;
  /** One line for help: what it stands for. */
  readonly doc: string;
  /** `User-Agent`; undefined: loadreg's own. */
  readonly userAgent: string | undefined;
  /** Header fields on every request to the registry, names in lower case. */
  readonly extraHeaders: Readonly<Record<string, string>>;
  /** Header fields of single operations, by operation; names in lower case. */
  readonly headersOf: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Whether the client itself takes HTTP/2 where TLS offers it. loadreg does not speak it yet, and a run says so. */
  readonly http2: boolean;
  /**
   * A pull or a push is a new process or a new transport: it begins without connections, without tokens and without a memory of challenges.
   * VUs that share connections keep them.
   */
  readonly freshConnectionsPerOperation: boolean;
  /** `GET /v2/` before a flow, for the challenge. Without, the first real request is challenged. */
  readonly ping: boolean;
  readonly authStyle: TokenStyle;

  /** HEAD of a manifest before a pull: never, for tags, or for digests too. */
  readonly headManifest: 'none' | 'tag' | 'tag+digest';
  /** Statuses of that HEAD after which the manifest is asked for by GET all the same: any failure, these, or none. */
  readonly getAfterHead: 'any' | readonly number[];
  readonly accept: AcceptStyle;
  /** `Accept-Encoding` of a GET of a manifest or blob, and of one of a part (`Range`); undefined: none. */
  readonly acceptEncoding: { readonly whole: string | undefined; readonly range: string | undefined };
  /** The config is fetched before the first layer is asked for. Otherwise together with the layers. */
  readonly configBeforeLayers: boolean;
  /** A config that is fetched together with the layers takes none of their places. */
  readonly configOutsideLimit: boolean;
  /** Blobs transferred at once: of a pull, of a push. */
  readonly layerConcurrency: { readonly down: number; readonly up: number };

  /** HEAD of the tag: never, before the first blob of a push (and where it has the digest, nothing is pushed), or before the manifest is put. */
  readonly headBeforePush: 'none' | 'first' | 'last';
  /** HEAD of a blob before its upload: of each, or only of those that may be known, which fresh ones are not. */
  readonly headBeforeUpload: { readonly layer: 'always' | 'not-fresh'; readonly config: 'always' | 'not-fresh' };
  /** HEAD of a blob after it was uploaded or mounted. */
  readonly headAfterCommit: boolean;
  /** The config is one of the blobs that are pushed at once. Otherwise it comes after the last layer. */
  readonly configWithLayers: boolean;
  /** Repositories tried at most as the source of a mount, by the size of the blob: that of the first row with `upTo` not below it. */
  readonly mountAttempts: readonly { readonly upTo: number; readonly attempts: number }[];
  readonly uploadMode: UploadMode;
  /** Of `uploadMode: 'stream'`: `Content-Length`, or chunked transfer encoding as of a body whose length is not known. */
  readonly patchFraming: 'length' | 'chunked';
  /** Bytes of a chunk of `uploadMode: 'chunked'`. */
  readonly chunkSize: number;
  /** An upload session that is given up for a new one is cancelled (DELETE). Of these clients none does it; between two mounts all do. */
  readonly cancelAbandoned: boolean;
  /** What the client tries again, unless the run says otherwise. */
  readonly retry: RetryPolicy;
}
