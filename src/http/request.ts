import type { HostRole, Phases, SizeClass } from '../measure/index.ts';

/** Methods that the registry protocol uses. */
export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Header fields to send; an array sends one line for each value. Names in lower case. */
export type RequestHeaders = Record<string, string | readonly string[]>;

/** Header fields received, names in lower case; a repeated field is an array. */
export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** A body that can be opened again for another attempt and is never held whole. */
export interface BodySource {
  /** Bytes; sent as `Content-Length`. Undefined: the body goes with chunked transfer encoding, as one does whose size nobody knows yet. */
  readonly length: number | undefined;
  /** A fresh pass over the bytes. A chunk may be overwritten once the next one is asked for. */
  open(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** A request body: bytes at hand, or a source of them. */
export type Body = Uint8Array | BodySource;

/** A body whose length is known. */
export type SizedBody = Uint8Array | (BodySource & { readonly length: number });

/** Bytes of a body; undefined when only its end will tell. */
export function lengthOf(body: SizedBody): number;
/** The same of any body. */
export function lengthOf(body: Body): number | undefined;
/** The body of both. */
export function lengthOf(body: Body): number | undefined {
  return body instanceof Uint8Array ? body.byteLength : body.length;
}

/** Takes a response body while it arrives. Synchronous: a chunk must not be kept after the call. */
export interface Sink {
  write(chunk: Uint8Array): void;
}

/** One HTTP request. */
export interface HttpRequest {
  /** API call this belongs to, for example `blob_get`. */
  readonly operation: string;
  readonly method: Method;
  /** Absolute URL in two parts: `http://host:5000` and `/v2/team/app/manifests/1.0`. */
  readonly origin: string;
  readonly path: string;
  readonly headers: RequestHeaders;
  readonly body?: Body;
  /** Statuses that are no failure. */
  readonly expect: readonly number[];
  readonly hostRole: HostRole;
  readonly sizeClass: SizeClass;
  /** Where the body of a 2xx answer goes; without one it is read and dropped. */
  readonly sink?: Sink;
  /** What the body of an unexpected answer says, for the record: codes of the protocol, most telling first, and a sentence. */
  readonly explain?: (errorBody: string) => { readonly codes: readonly string[]; readonly detail: string };
  /**
   * Called once with the answer before it is recorded: returns an error code (`DIGEST_MISMATCH`, `SIZE_MISMATCH`, …) and a sentence when what
   * arrived is not what was asked for, so that the exchange counts as failed.
   */
  readonly verify?: (response: HttpResponse) => { code: string; detail: string } | undefined;
}

/** The answer to a request, once its body was taken. */
export interface HttpResponse {
  readonly status: number;
  /** Read from the head when they are first asked for: a spread of the answer does not copy them. */
  readonly headers: ResponseHeaders;
  /** Bytes of body that arrived. */
  readonly bodyBytes: number;
  /** Body of an answer outside 2xx, at most 64 KiB of it; empty otherwise. */
  readonly errorBody: string;
  readonly phases: Phases;
  /** What `verify` found wrong, if anything. */
  readonly mismatch: { code: string; detail: string } | undefined;
}

/**
 * Sends one request and takes its answer whole. Resolves with any HTTP answer, expected or not; rejects with `ExchangeError` when none
 * arrived whole. By the time it settles the exchange is recorded and the connection free for the next one.
 */
export type Send = (request: HttpRequest) => Promise<HttpResponse>;
