import { type Reply, type ScriptedServer, scriptedServer, type Seen, specError } from './scripted-server.ts';

/** A registry that asks for tokens, and the token server that it sends clients to: two origins. */
export interface TokenRegistry {
  readonly registry: ScriptedServer;
  readonly tokens: ScriptedServer;
  /** Tokens that the registry takes; each answer of the token server adds its own. */
  readonly valid: Set<string>;
}

/** What differs from the ordinary. */
export interface TokenRegistryOptions {
  /** Answers token requests; default: `{token: "t<n>"}`. The registry takes every token that does not start with `bad`. */
  readonly token?: (request: Seen, count: number) => Reply | Promise<Reply>;
  /** Scope that the challenge for a request names; default: reading or writing the repository of its path. */
  readonly scope?: (request: Seen) => string;
  /** The challenge for a request, from realm and scope; default: an ordinary one. */
  readonly challenge?: (realm: string, scope: string) => string | readonly string[];
}

/** Starts both. */
export async function tokenRegistry(options: TokenRegistryOptions = {}): Promise<TokenRegistry> {
  const valid = new Set<string>();
  let count = 0;
  const tokens = await scriptedServer(async (request) => {
    count += 1;
    const reply = (await options.token?.(request, count)) ?? { status: 200, body: { token: `t${count}` } };
    for (const value of Object.values(Object(reply.body))) if (typeof value === 'string' && !value.startsWith('bad')) valid.add(value);
    return reply;
  });
  const registry = await scriptedServer((request) => {
    const bearer = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1];
    if (bearer !== undefined && valid.has(bearer)) return { status: 200, body: '{}' };
    const scope = options.scope?.(request) ?? scopeOf(request);
    const realm = `${tokens.origin}/token`;
    const challenge = options.challenge?.(realm, scope) ?? `Bearer realm="${realm}",service="reg",scope="${scope}"`;
    return { status: 401, headers: { 'www-authenticate': challenge }, body: specError('UNAUTHORIZED', 'authentication required') };
  });
  return { registry, tokens, valid };
}

function scopeOf({ line }: Seen): string {
  const repository = /\/v2\/(.+)\/(?:manifests|blobs|tags)\//.exec(line)?.[1];
  return repository === undefined ? '' : `repository:${repository}:${/^(GET|HEAD)/.test(line) ? 'pull' : 'pull,push'}`;
}
