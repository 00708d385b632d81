import type { IncomingMessage } from 'node:http';
import { createHandler } from '../../../src/serve/handler.ts';
import { atEnd } from '../../support/at-end.ts';
import { listen } from '../../support/listen.ts';
import { tmpFolder } from '../../support/tmp.ts';

/** A request as the registry saw it. */
export interface Recorded {
  /** `HEAD manifest`, `GET config`, `PATCH upload`, `GET /v2/`, `GET token`. */
  readonly what: string;
  readonly reference: string;
  readonly status: number;
  /** Names in lower case; each line of a repeated field. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** Path and query. */
  readonly url: string;
  /** Requests under way at its arrival, itself included, that say the same. */
  readonly atOnce: number;
  readonly connection: number;
}

/** Holds back requests until `count` of them are under way at once, or all of the `total` that will come have come. */
export interface Gate {
  readonly what: string;
  readonly count: number;
  readonly total: number;
}

export interface RecordingRegistry {
  readonly url: string;
  readonly requests: readonly Recorded[];
  /** Forgets the requests so far, and sets a gate. */
  readonly start: (gate?: Gate) => void;
  /** Blobs with these digests are called `config`. */
  readonly configs: Set<string>;
  /** What `/token` was asked, in its query or its form. */
  readonly tokenRequests: readonly URLSearchParams[];
}

const CHALLENGED = 401;
const TOO_MANY_MS = 25;

/** The embedded registry behind token authentication, all on one origin, with every request written down in the order of arrival. */
export async function recordingRegistry(): Promise<RecordingRegistry> {
  const registry = createHandler({ dir: tmpFolder(), keep: false, prefix: '' });
  const requests: Recorded[] = [];
  const tokenRequests: URLSearchParams[] = [];
  const tokens = new Map<string, string[]>();
  const configs = new Set<string>();
  const underWay = new Map<string, number>();
  const connections = new Map<unknown, number>();
  let gate: Gate | undefined;
  let gated = 0;
  let held: (() => void)[] = [];

  const passGate = (what: string) =>
    new Promise<void>((resolve) => {
      if (gate === undefined || what !== gate.what) {
        resolve();
        return;
      }
      gated += 1;
      held.push(resolve);
      if (held.length < gate.count && gated < gate.total) return;
      // One too many comes at the same time as the others: it is given the time to.
      setTimeout(() => {
        const together = held;
        held = [];
        for (const go of together) go();
      }, TOO_MANY_MS);
    });

  const { url: base } = await listen((request, response) => {
    const { method = '', url = '' } = request;
    const { what, repository, reference } = nameOf(method, url, configs);
    const atOnce = (underWay.get(what) ?? 0) + 1;
    underWay.set(what, atOnce);
    const connection = connections.get(request.socket) ?? connections.size;
    connections.set(request.socket, connection);
    const at = requests.length;
    requests.push({ what, reference, status: 0, headers: headersOf(request), url, atOnce, connection });
    const seen = requests;
    response.once('finish', () => {
      underWay.set(what, (underWay.get(what) ?? 1) - 1);
      const before = seen[at];
      if (before !== undefined) seen[at] = { ...before, status: response.statusCode };
    });
    if (what.endsWith(' token')) {
      void answerToken(request, tokenRequests, tokens).then((token) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ token, expires_in: 300 }));
      });
      return;
    }
    const scopes = tokens.get((request.headers.authorization ?? '').replace('Bearer ', ''));
    const action = method === 'GET' || method === 'HEAD' ? 'pull' : 'push';
    const allowed = scopes !== undefined && (repository === '' || scopes.some((scope) => grants(scope, repository, action)));
    if (!allowed) {
      const scope = repository === '' ? '' : `,scope="repository:${repository}:${action === 'pull' ? 'pull' : 'pull,push'}"`;
      request.resume();
      response.writeHead(CHALLENGED, { 'www-authenticate': `Bearer realm="${base}/token",service="test"${scope}` }).end();
      return;
    }
    void passGate(what).then(() => registry.listener(request, response));
  });
  atEnd(() => registry.close());
  return {
    url: base,
    requests,
    tokenRequests,
    configs,
    start(next) {
      requests.length = 0;
      tokenRequests.length = 0;
      gate = next;
      gated = 0;
    },
  };
}

function grants(scope: string, repository: string, action: string): boolean {
  const [, name, actions = ''] = /^repository:(.+):([^:]+)$/.exec(scope) ?? [];
  return name === repository && actions.split(',').includes(action);
}

async function answerToken(request: IncomingMessage, seen: URLSearchParams[], tokens: Map<string, string[]>): Promise<string> {
  let form = '';
  for await (const chunk of request) form += String(chunk);
  const asked = request.method === 'POST' ? new URLSearchParams(form) : new URL(request.url ?? '', 'http://x').searchParams;
  seen.push(asked);
  const token = `token-${tokens.size}`;
  tokens.set(
    token,
    asked.getAll('scope').flatMap((scope) => scope.split(' ')),
  );
  return token;
}

function nameOf(method: string, url: string, configs: ReadonlySet<string>): { what: string; repository: string; reference: string } {
  const path = decodeURIComponent(new URL(url, 'http://x').pathname);
  if (path === '/token') return { what: `${method} token`, repository: '', reference: '' };
  if (path === '/v2/') return { what: `${method} /v2/`, repository: '', reference: '' };
  const [, repository = '', area = '', reference = ''] = /^\/v2\/(.+)\/(manifests|blobs\/uploads|blobs)\/(.*)$/.exec(path) ?? [];
  const thing = area === 'manifests' ? 'manifest' : area === 'blobs/uploads' ? 'upload' : configs.has(reference) ? 'config' : 'layer';
  return { what: `${method} ${thing}`, repository, reference };
}

function headersOf({ rawHeaders }: IncomingMessage): ReadonlyMap<string, readonly string[]> {
  const headers = new Map<string, string[]>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), rawHeaders[at + 1] ?? '']);
  }
  return headers;
}
