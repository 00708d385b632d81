import { codeOfStatus, LoadregError } from '../base/index.ts';
import { isRecord } from './record.ts';

/** What a {@link RegistryError} is made of. */
export interface RegistryErrorFields {
  /** API call, for example `manifest_get`. */
  operation: string;
  method: string;
  status: number;
  /** Codes of the answer's spec error list; empty when it had none. */
  codes?: readonly string[];
  /** Stable code when neither a spec code nor the status says it best. */
  code?: string;
  /** One sentence about what went wrong; from the answer where it gave one. */
  detail: string;
  /** Absolute URL; redacted here. */
  url: string;
  /** `Retry-After` of the answer, as it was sent. */
  retryAfter?: string | undefined;
  hint?: string;
}

/**
 * An answer that an operation cannot go on with. Reads in one line:
 * `manifest_get failed with 404 MANIFEST_UNKNOWN: manifest unknown (GET http://host/v2/app/manifests/1.0)`. Holds no secret.
 */
export class RegistryError extends LoadregError {
  override readonly name = 'RegistryError';
  readonly operation: string;
  readonly method: string;
  readonly status: number;
  readonly codes: readonly string[];
  /** Stable code to count under: the first spec code, `TOOMANYREQUESTS` for 429, `HTTP_<status>`, or one of loadreg's own such as `TOO_MANY_REDIRECTS`. */
  readonly code: string;
  readonly detail: string;
  /** Without userinfo, and without values of query parameters that may be signed. */
  readonly url: string;
  /** `Retry-After` of the answer: seconds or a date, as it was sent. */
  readonly retryAfter: string | undefined;

  constructor(fields: RegistryErrorFields) {
    const codes = fields.codes ?? [];
    const code = fields.code ?? codes[0] ?? codeOfStatus(fields.status);
    const url = redactUrl(fields.url);
    const named = code === `HTTP_${fields.status}` ? '' : ` ${code}`;
    const detail = fields.detail === '' ? '' : `: ${fields.detail}`;
    super(`${fields.operation} failed with ${fields.status}${named}${detail} (${fields.method} ${url})`, {
      exit: 'transferFailed',
      ...(fields.hint === undefined ? {} : { hint: fields.hint }),
    });
    this.operation = fields.operation;
    this.method = fields.method;
    this.status = fields.status;
    this.codes = codes;
    this.code = code;
    this.detail = fields.detail;
    this.url = url;
    this.retryAfter = fields.retryAfter;
  }
}

/** A manifest that cannot be used: broken JSON, a missing field, a negative size, an unknown digest algorithm. */
export class ManifestError extends LoadregError {
  override readonly name = 'ManifestError';
  /** Stable code to count under. */
  readonly code = 'MANIFEST_UNUSABLE';

  constructor(detail: string) {
    super(`the manifest cannot be used: ${detail}`, { exit: 'transferFailed' });
  }
}

/** Query parameters of the registry API whose values are no secrets. Whatever else stands in a query may be part of a signature. */
const PUBLIC_PARAMETERS: ReadonlySet<string> = new Set([
  'n',
  'last',
  'digest',
  'mount',
  'from',
  'artifactType',
  'service',
  'scope',
  'tag',
  'ns',
]);

/** A URL that may be shown: no userinfo, no fragment, `***` for every query value that is not known to be harmless. */
export function redactUrl(url: string): string {
  const query = url.indexOf('?');
  const head = (query < 0 ? url : url.slice(0, query)).replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1').replace(/#.*$/, '');
  if (query < 0) return head;
  const pairs = url
    .slice(query + 1)
    .replace(/#.*$/, '')
    .split('&');
  return `${head}?${pairs.map(redactPair).join('&')}`;
}

function redactPair(pair: string): string {
  const equals = pair.indexOf('=');
  if (equals < 0) return pair.length > 0 ? '***' : pair; // a bare word may be a token
  return PUBLIC_PARAMETERS.has(pair.slice(0, equals)) ? pair : `${pair.slice(0, equals)}=***`;
}

/** What an error body says: its spec codes and a sentence of at most 200 characters. */
export interface ErrorBody {
  codes: readonly string[];
  detail: string;
}

/** Reads an error body: the spec's `{"errors": […]}`, or a summary of anything else (HTML of proxies, XML of object stores). */
export function readErrorBody(body: string): ErrorBody {
  if (body === '') return { codes: [], detail: '' };
  const errors = specErrors(body);
  if (errors === undefined || errors.length === 0) return { codes: [], detail: summarise(body) };
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return { codes: errors.flatMap(({ code }) => code ?? []), detail: `${summarise(errors[0]?.message ?? '')}${more}`.trim() };
}

function specErrors(body: string): { code: string | undefined; message: string | undefined }[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return undefined;
  }
  const list = isRecord(parsed) ? parsed['errors'] : undefined;
  if (!Array.isArray(list)) return undefined;
  return list.filter(isRecord).map(({ code, message }) => ({
    // A code becomes a tag of a series, so that only text of the spec's form may pass.
    code: typeof code === 'string' && /^[A-Z][A-Z0-9_]{0,63}$/.test(code) ? code : undefined,
    message: typeof message === 'string' ? message : undefined,
  }));
}

const SUMMARY_LENGTH = 200;

/** Text in one line, without markup and control characters, of at most 200 characters. */
function summarise(text: string): string {
  const line = text
    .slice(0, 16_384)
    .replace(/<(style|script|head)\b[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<[^>]{0,500}>/g, ' ')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return line.length > SUMMARY_LENGTH ? `${line.slice(0, SUMMARY_LENGTH - 1)}…` : line;
}
