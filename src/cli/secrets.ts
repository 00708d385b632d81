const secrets = new Set<string>();

/**
 * Keeps a value out of every message and log line. Very short ones are left: hiding `a` would hide every text. Reports are not
 * touched: a record has no secrets in it, and a password like `pull` would spoil its numbers' names.
 */
export function keepSecret(value: string | undefined): void {
  if (value !== undefined && value.length >= 4) secrets.add(value);
}

/** `user:password@` before `host/` or `host:5000/`, as in a reference that was given credentials. A digest has no slash behind it. */
const USERINFO = /[^\s@"'`:/]+:[^\s@"'`/]+@(?=[\w.-]+(?::\d+)?\/)/g;

/** Text without secrets: known values, and the credentials of any URL or reference. */
export function redact(text: string): string {
  let safe = text.replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/@\s"'`]+@/gi, '$1***@').replaceAll(USERINFO, '***@');
  for (const secret of secrets) safe = safe.replaceAll(secret, '***');
  return safe;
}
