import { createSign, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Certificate } from './certificate.ts';
import { type Listening, listen } from './listen.ts';

/** What a token allows: `{type: 'repository', name: 'team/app', actions: ['pull']}`. */
interface Access {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

export interface TokenServerOptions {
  /** Signs RS256 JWTs with this; without it tokens are random text that only {@link TokenServer.accepts} understands. */
  certificate?: Certificate;
  /** @default 'loadreg-test-issuer' */
  issuer?: string;
  /** Whom tokens are given to; without it, anybody. */
  username?: string;
  password?: string;
  /** Seconds; null leaves the field out. @default 300 */
  expiresIn?: number | null;
  /** What is granted of what was asked for. @default all of it */
  grant?: (asked: Access) => readonly string[];
  /** Status of an answer to POST in place of a token, for servers that know only GET. */
  postStatus?: number;
  /** Status of every answer in place of a token. */
  status?: () => number | undefined;
}

/** A request that the token server got. */
interface TokenRequest {
  readonly method: 'GET' | 'POST';
  readonly service: string | null;
  readonly scopes: readonly string[];
  readonly grantType: string | null;
  /** The user that was named, by Basic or in the form. */
  readonly username: string | undefined;
}

export interface TokenServer extends Listening {
  /** `http://127.0.0.1:<port>/token` */
  readonly realm: string;
  readonly issuer: string;
  /** Every request so far. */
  readonly requests: readonly TokenRequest[];
  /** Whether a token is one of ours, has not expired and allows the action on the repository (anything, when none is named). */
  readonly accepts: (token: string, repository?: string, action?: string) => boolean;
}

/**
 * Starts a token server: GET and the OAuth2 POST form of the Docker token specification, refresh tokens included.
 */
export async function startTokenServer(options: TokenServerOptions = {}): Promise<TokenServer> {
  const { issuer = 'loadreg-test-issuer', expiresIn = 300, grant = (asked) => asked.actions } = options;
  const requests: TokenRequest[] = [];
  const issued = new Map<string, { expiresAt: number; access: readonly Access[] }>();
  const refreshTokens = new Set<string>();

  const mayHave = (username: string | undefined, password: string | undefined) =>
    options.username === undefined || (username === options.username && password === options.password);

  const answer = async (request: IncomingMessage): Promise<{ status: number; body: unknown }> => {
    const post = request.method === 'POST';
    const query = new URL(request.url ?? '', 'http://token').searchParams;
    const form = post ? new URLSearchParams(await readText(request)) : query;
    const basic = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const [basicUser, basicPassword] = basic === undefined ? [] : splitOnce(Buffer.from(basic, 'base64').toString());
    const username = basicUser ?? form.get('username') ?? undefined;
    const service = form.get('service');
    const scopes = form.getAll('scope').flatMap((scope) => scope.split(' '));
    requests.push({ method: post ? 'POST' : 'GET', service, scopes, grantType: form.get('grant_type'), username });

    const forced = options.status?.() ?? (post ? options.postStatus : undefined);
    if (forced !== undefined) return { status: forced, body: { errors: [{ code: 'UNKNOWN', message: 'as told' }] } };
    const refresh = form.get('grant_type') === 'refresh_token' && refreshTokens.has(form.get('refresh_token') ?? '');
    if (!refresh && !mayHave(username, basicPassword ?? form.get('password') ?? undefined)) {
      return { status: 401, body: { errors: [{ code: 'UNAUTHORIZED', message: 'incorrect username or password' }] } };
    }

    const access = scopes.map(parseScope).map((asked) => ({ ...asked, actions: [...grant(asked)] }));
    const lifetime = expiresIn ?? 60;
    const token = options.certificate
      ? sign(options.certificate, { issuer, subject: username ?? '', audience: service ?? '', lifetime, access })
      : randomUUID();
    issued.set(token, { expiresAt: Date.now() + lifetime * 1000, access });
    const wantsRefresh = form.get('access_type') === 'offline' || form.get('offline_token') === 'true';
    return {
      status: 200,
      body: {
        ...(post ? { access_token: token } : { token, access_token: token }),
        ...(expiresIn !== null && { expires_in: expiresIn, issued_at: new Date().toISOString() }),
        ...(wantsRefresh && { refresh_token: newRefreshToken(refreshTokens) }),
      },
    };
  };

  const server = await listen((request, response) => {
    void answer(request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  return {
    ...server,
    realm: `${server.url}/token`,
    issuer,
    requests,
    accepts(token, repository, action = 'pull') {
      const found = issued.get(token);
      if (found === undefined || found.expiresAt <= Date.now()) return false;
      return repository === undefined || found.access.some(({ name, actions }) => name === repository && actions.includes(action));
    },
  };
}

function newRefreshToken(refreshTokens: Set<string>): string {
  const token = randomUUID();
  refreshTokens.add(token);
  return token;
}

/** `repository:host:5000/a/b:pull,push`: the name may hold colons, type and actions do not. */
function parseScope(scope: string): Access {
  const first = scope.indexOf(':');
  const last = scope.lastIndexOf(':');
  return { type: scope.slice(0, first), name: scope.slice(first + 1, last), actions: scope.slice(last + 1).split(',') };
}

function splitOnce(text: string): [string, string] {
  const colon = text.indexOf(':');
  return [text.slice(0, colon), text.slice(colon + 1)];
}

function sign(
  certificate: Certificate,
  claims: { issuer: string; subject: string; audience: string; lifetime: number; access: readonly Access[] },
): string {
  const now = Math.floor(Date.now() / 1000);
  const header = part({ typ: 'JWT', alg: 'RS256', x5c: [certificate.x5c] });
  const { issuer: iss, subject: sub, audience: aud, lifetime, access } = claims;
  const payload = part({ iss, sub, aud, jti: randomUUID(), iat: now, nbf: now - 5, exp: now + lifetime, access });
  const signature = createSign('RSA-SHA256').update(`${header}.${payload}`).sign(certificate.key, 'base64url');
  return `${header}.${payload}.${signature}`;
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
