import { redactUrl } from '../registry/index.ts';
import { redact } from './secrets.ts';

/** Header fields whose values prove who somebody is. */
const SECRET_FIELD = /authorization|cookie|token|secret|passw|api-?key|credential|signature/i;

/** Fields of a JSON body, and of a form, that do. */
const SECRET_NAME = '(?:auth|[^"\\\\]*(?:token|secret|passw(?:or)?d|api_?key|credential|signature|authorization|cookie)[^"\\\\]*)';
const SECRET_JSON = new RegExp(`("${SECRET_NAME}"\\s*:\\s*)"(?:[^"\\\\]|\\\\.)*"?`, 'gi');

/** A JSON web token, wherever it stands. */
const WEB_TOKEN = /\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g;

/** Fields of a form that anybody may see: those that a token is asked for with. */
const PUBLIC_FORM: ReadonlySet<string> = new Set(['grant_type', 'service', 'client_id', 'scope', 'access_type']);

/** The value of a header field for people. `own` are the names that the user gave with -H, whose values may be anything. */
export function shownField(name: string, value: string, own: ReadonlySet<string>): string {
  if (own.has(name)) return '***';
  if (!SECRET_FIELD.test(name)) return shownText(value);
  const scheme = /^(?:Basic|Bearer|Negotiate|Digest)(?= )/i.exec(value)?.[0];
  return scheme === undefined ? '***' : `${scheme} ***`;
}

/** Path and query of a request for people: what may be part of a signature is left out. */
export function shownPath(path: string): string {
  return redact(redactUrl(path));
}

/** A form body for people. */
export function shownForm(body: string): string {
  const pairs = body.split('&').map((pair) => {
    const name = pair.split('=', 1)[0] ?? '';
    return PUBLIC_FORM.has(name) ? pair : `${name}=***`;
  });
  return shownText(pairs.join('&'));
}

/** Any text for people: without tokens, passwords, and queries of URLs that may be signed. It may have been cut in the middle of one. */
export function shownText(text: string): string {
  const safe = text
    .replaceAll(SECRET_JSON, '$1"***"')
    .replaceAll(WEB_TOKEN, '***')
    .replaceAll(/[^\s"'<>,;()]+\?[^\s"'<>,;()]+/g, (url) => (/[/:]/.test(url) ? redactUrl(url) : url));
  return redact(safe);
}
