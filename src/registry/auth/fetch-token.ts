import type { HttpRequest, HttpResponse, Send } from '../../http/index.ts';
import { BufferSink } from '../buffer-sink.ts';
import { readErrorBody, RegistryError } from '../errors.ts';
import { headerOf } from '../headers.ts';
import { operation, type Operation } from '../operations.ts';
import { isRecord } from '../record.ts';
import type { Credentials } from './credentials.ts';
import type { TokenStyle } from './token-style.ts';

/** Statuses by which token servers say that they know no OAuth2 POST: GCR 404, Artifactory 401, Azure 400, others 405. */
const POST_UNKNOWN: readonly number[] = [400, 401, 404, 405];

const TOKEN_GET = operation('token_get', 'GET', [200]);
const TOKEN_POST = operation('token_post', 'POST', [200, ...POST_UNKNOWN]);

const TOKEN_LIMIT = 1_048_576;

/** Sends token requests: a transport. */
export interface Sender {
  readonly send: Send;
  readonly userAgent: string;
}

/** What a token server is asked for. */
export interface TokenRequest {
  readonly realm: string;
  readonly service: string;
  readonly scopes: readonly string[];
  readonly credentials: Credentials | undefined;
  readonly style: TokenStyle;
  /** A refresh token that this server gave before. */
  readonly refreshToken: string | undefined;
  /** Whether the server is known to refuse OAuth2 POST. */
  readonly withoutPost: boolean;
}

/** What a token server gave. */
export interface TokenAnswer {
  readonly token: string;
  /** Seconds, at least 60. */
  readonly expiresIn: number;
  /** Milliseconds since the epoch, where the server says it. */
  readonly issuedAt: number | undefined;
  readonly refreshToken: string | undefined;
  /** True when the server refused the POST, and GET did it. */
  readonly postRefused: boolean;
}

/**
 * Fetches one token (distribution's `docs/content/spec/auth/token.md` and `oauth.md`). With a refresh or identity token by OAuth2 POST,
 * falling back to GET where a server knows no POST; otherwise by GET, with Basic where there is a password, else anonymously: the fewest
 * requests, as Docker and crane do it. In the style of containerd a password goes by POST first, too. Throws RegistryError, or what `send`
 * throws.
 */
export async function fetchToken(request: TokenRequest, sender: Sender): Promise<TokenAnswer> {
  const grant = grantOf(request);
  let postRefused = false;
  if (grant !== undefined && !request.withoutPost) {
    const posted = await postToken(request, grant, sender);
    if (posted !== undefined) return { ...posted, postRefused };
    postRefused = true;
  }
  return { ...(await getToken(request, sender)), postRefused };
}

/** What an OAuth2 POST would prove itself by; undefined when the request goes by GET. */
function grantOf({ credentials, refreshToken, style }: TokenRequest): Record<string, string> | undefined {
  const token = refreshToken ?? identityTokenOf(credentials);
  if (token !== undefined) return { grant_type: 'refresh_token', refresh_token: token };
  if (style.post !== 'secret' || credentials === undefined || !('password' in credentials)) return undefined;
  return { grant_type: 'password', username: credentials.username, password: credentials.password };
}

function identityTokenOf(credentials: Credentials | undefined): string | undefined {
  return credentials !== undefined && 'identityToken' in credentials ? credentials.identityToken : undefined;
}

type Received = Omit<TokenAnswer, 'postRefused'>;

async function postToken(request: TokenRequest, grant: Record<string, string>, sender: Sender): Promise<Received | undefined> {
  const form = new URLSearchParams({ service: request.service, client_id: request.style.clientId, ...grant });
  if (request.scopes.length > 0) form.set('scope', scopesOf(request).join(' '));
  const reply = await exchange(TOKEN_POST, new URL(request.realm), sender, {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(form.toString()),
  });
  return POST_UNKNOWN.includes(reply.response.status) ? undefined : tokenOf(reply);
}

async function getToken(request: TokenRequest, sender: Sender): Promise<Received> {
  const url = new URL(request.realm); // a query in it is kept
  if (request.service !== '') url.searchParams.append('service', request.service);
  for (const scope of scopesOf(request)) url.searchParams.append('scope', scope);
  const account = request.style.account ? accountOf(request.credentials) : undefined;
  if (account !== undefined) url.searchParams.append('account', account);
  const basic = basicHeader(request.credentials);
  return tokenOf(await exchange(TOKEN_GET, url, sender, basic === undefined ? {} : { headers: { authorization: basic } }));
}

function accountOf(credentials: Credentials | undefined): string | undefined {
  return credentials !== undefined && 'username' in credentials ? credentials.username : undefined;
}

/** The scopes with their actions in the client's order. */
function scopesOf({ scopes, style }: TokenRequest): readonly string[] {
  return style.actions === 'pull,push' ? scopes : scopes.map((scope) => scope.replace(/:pull,push$/, ':push,pull'));
}

/** Value of `Authorization: Basic`; undefined where the credentials have none. An identity token stands in for a password, as in containerd. */
export function basicHeader(credentials: Credentials | undefined): string | undefined {
  if (credentials === undefined || 'registryToken' in credentials) return undefined;
  const secret = 'password' in credentials ? credentials.password : credentials.identityToken;
  return `Basic ${Buffer.from(`${credentials.username ?? ''}:${secret}`).toString('base64')}`;
}

interface Reply {
  readonly operation: Operation;
  readonly url: URL;
  readonly response: HttpResponse;
  readonly sink: BufferSink;
}

async function exchange(op: Operation, url: URL, sender: Sender, extra: Partial<Pick<HttpRequest, 'headers' | 'body'>>): Promise<Reply> {
  const sink = new BufferSink(TOKEN_LIMIT);
  const response = await sender.send({
    operation: op.name,
    method: op.method,
    origin: url.origin,
    path: url.pathname + url.search,
    ...extra,
    headers: { 'user-agent': sender.userAgent, accept: 'application/json', ...extra.headers },
    expect: op.statuses,
    hostRole: 'token',
    sizeClass: '',
    sink,
  });
  return { operation: op, url, response, sink };
}

function tokenOf(reply: Reply): Received {
  const { response, sink } = reply;
  if (response.status !== 200) throw refusal(reply);
  if (sink.overflowed) throw unusable(reply, `the token server sent more than ${TOKEN_LIMIT} bytes`);
  const fields = parse(sink);
  if (fields === undefined) throw unusable(reply, 'the token server did not send a JSON object'); // its text may hold a token, so it is not shown
  const token = [fields['token'], fields['access_token']].find((value) => typeof value === 'string' && value !== '');
  if (typeof token !== 'string') throw unusable(reply, 'the answer of the token server has neither token nor access_token');
  if (!/^[\x21-\x7e]+$/.test(token)) throw unusable(reply, 'the token holds characters that no header may have');
  const { expires_in: seconds, issued_at: issued, refresh_token: refresh } = fields;
  const issuedAt = typeof issued === 'string' ? Date.parse(issued) : Number.NaN;
  return {
    token,
    // Smaller values are raised, as Docker and c/image do: servers that say 0 or 5 mean it no better.
    expiresIn: Math.max(60, typeof seconds === 'number' && Number.isFinite(seconds) ? seconds : 60),
    issuedAt: Number.isNaN(issuedAt) ? undefined : issuedAt,
    refreshToken: typeof refresh === 'string' && refresh !== '' ? refresh : undefined,
  };
}

function parse(sink: BufferSink): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(sink.take().toString('utf8'));
    return isRecord(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function refusal({ operation: { name, method }, url, response }: Reply): RegistryError {
  const { codes, detail } = readErrorBody(response.errorBody);
  const refused = response.status === 401 || response.status === 403;
  return new RegistryError({
    operation: name,
    method,
    status: response.status,
    codes,
    detail,
    url: url.href,
    retryAfter: headerOf(response.headers, 'retry-after'),
    ...(refused ? { hint: 'the token server refuses the credentials, or wants some' } : {}),
  });
}

function unusable({ operation: { name, method }, url, response }: Reply, detail: string): RegistryError {
  return new RegistryError({ operation: name, method, status: response.status, code: 'TOKEN_UNUSABLE', detail, url: url.href });
}
