/** HTTP status of each error code: OCI distribution spec, "Error Codes", and those that CNCF Distribution adds. */
const STATUS = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 400,
  BLOB_UPLOAD_UNKNOWN: 404,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 400,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  PAGINATION_NUMBER_INVALID: 400,
  RANGE_INVALID: 416,
  SIZE_INVALID: 400,
  TAG_INVALID: 400,
  UNKNOWN: 500,
  UNSUPPORTED: 405,
} as const;

/** An error code of the distribution API. */
export type ErrorCode = keyof typeof STATUS;

/** What an {@link ApiError} says beyond its code. */
export interface ApiErrorOptions {
  /** Any JSON; sent as `detail`. */
  detail?: unknown;
  /** Status other than the code's own. */
  status?: number;
  /** Header fields of the answer, names and values in turn. */
  headers?: readonly string[];
}

/** A refusal: thrown by a handler, sent as the spec's error body. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly detail: unknown;
  readonly headers: readonly string[];

  constructor(code: ErrorCode, message: string, options: ApiErrorOptions = {}) {
    super(message);
    this.code = code;
    this.status = options.status ?? STATUS[code];
    this.detail = options.detail;
    this.headers = options.headers ?? [];
  }

  /** The error body of the spec: `{"errors":[{"code","message","detail"}]}`. */
  body(): Buffer {
    return Buffer.from(JSON.stringify({ errors: [{ code: this.code, message: this.message, detail: this.detail }] }));
  }
}
