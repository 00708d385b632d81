import { codeOf, messageOf } from '../base/index.ts';

/** A request that got no whole answer. Its code is stable: reports group by it. */
export class ExchangeError extends Error {
  override readonly name = 'ExchangeError';
  /** `ECONNREFUSED`, `HEADERS_TIMEOUT`, `STALLED`, `BODY_TRUNCATED`, …: see {@link failureCode}. */
  readonly code: string;
  readonly operation: string;
  /** A kept connection was closed before any byte of an answer: a request that changes nothing may be sent again. */
  readonly retryable: boolean;

  constructor(code: string, operation: string, detail: string, cause?: unknown, retryable = false) {
    super(detail, cause === undefined ? undefined : { cause });
    this.code = code;
    this.operation = operation;
    this.retryable = retryable;
  }
}

/** Codes of undici that mean the same as one of ours. */
const UNDICI_CODES: Record<string, string> = {
  UND_ERR_CONNECT_TIMEOUT: 'CONNECT_TIMEOUT',
  UND_ERR_HEADERS_TIMEOUT: 'HEADERS_TIMEOUT',
  UND_ERR_BODY_TIMEOUT: 'STALLED',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'BODY_TRUNCATED',
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: 'REQUEST_LENGTH_MISMATCH',
  UND_ERR_HEADERS_OVERFLOW: 'HEADERS_OVERFLOW',
  UND_ERR_ABORTED: 'ABORTED',
  UND_ERR_DESTROYED: 'ABORTED',
  UND_ERR_CLOSED: 'ABORTED',
};

/** Errors of the operating system that are worth a code of their own; any other keeps its own `E…` code too. */
const TLS_PREFIXES = ['ERR_TLS_', 'ERR_SSL_', 'CERT_', 'DEPTH_ZERO_', 'SELF_SIGNED_', 'UNABLE_TO_'];

/**
 * The stable code of a failure below HTTP. Names of the operating system are kept (`ECONNRESET`), undici's are made plain
 * (`HEADERS_TIMEOUT`), TLS failures start with `TLS_`. `responseStarted` tells a cut body (`BODY_TRUNCATED`) from a connection that closed
 * before any answer (`CONNECTION_CLOSED`): undici reports both as a socket error.
 */
export function failureCode(error: unknown, responseStarted: boolean): string {
  if (error instanceof ExchangeError) return error.code;
  const code = codeOf(error);
  if (code === undefined) return error instanceof Error && error.name === 'HTTPParserError' ? 'HTTP_PARSE' : 'UNKNOWN';
  const known = UNDICI_CODES[code];
  if (known !== undefined) return known;
  if (code === 'UND_ERR_SOCKET') {
    const cause = codeOf((error as Error).cause);
    if (cause !== undefined) return failureCode((error as Error).cause, responseStarted);
    return responseStarted ? 'BODY_TRUNCATED' : 'CONNECTION_CLOSED';
  }
  if (code.startsWith('HPE_')) return code === 'HPE_INVALID_EOF_STATE' ? 'BODY_TRUNCATED' : 'HTTP_PARSE';
  if (TLS_PREFIXES.some((prefix) => code.startsWith(prefix))) return `TLS_${code.replace(/^ERR_(TLS|SSL)_/, '')}`;
  if (code === 'EAI_AGAIN') return 'ENOTFOUND';
  return code;
}

/** Whether a failure with this code may mean that the other side closed the connection. */
export function closedByPeer(code: string): boolean {
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'CONNECTION_CLOSED';
}

/** One sentence for the report. Node joins the addresses that it tried into an AggregateError without a message. */
export function failureDetail(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return messageOf(error);
}
