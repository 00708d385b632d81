import type { IncomingMessage, RequestListener } from 'node:http';
import { createHandler } from '../../src/serve/handler.ts';
import { atEnd } from './at-end.ts';
import { applyFault, type Fault } from './faults.ts';
import { listen } from './listen.ts';
import { type Meant, operationOf } from './operation-of.ts';
import { tmpFolder } from './tmp.ts';
import { startTokenServer, type TokenServer, type TokenServerOptions } from './token-server.ts';

type Response = Parameters<RequestListener>[1];

/** A request on its way to the registry. */
interface FaultyRequest extends Meant {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Number of earlier requests of this operation. */
  readonly nth: number;
  /** `registry`, or `storage` after a redirect. */
  readonly host: 'registry' | 'storage';
  readonly headers: IncomingMessage['headers'];
}

/** One row of a match list: `{operation: 'blob_get', fault: {kind: 'cut', after: 10}}`. */
interface FaultRow {
  readonly operation: string;
  /** Only the first so many requests of the operation. @default all */
  readonly times?: number;
  /** @default 'registry' */
  readonly host?: 'registry' | 'storage';
  readonly fault: Fault;
}

/** Which faults a request meets: a function that says it, or rows that are all tried. */
export type Faults = readonly FaultRow[] | ((request: FaultyRequest) => Fault | readonly Fault[] | undefined);

export interface FaultyRegistryOptions {
  faults?: Faults;
  /** Base path before `/v2/`. */
  prefix?: string;
  /** Bearer tokens are asked for; `true` takes the token server's defaults. */
  tokenAuth?: TokenServerOptions | true;
  /** Basic authentication is asked for. */
  basicAuth?: { username: string; password: string };
}

export interface FaultyRegistry {
  readonly url: string;
  /** Base URL of the second host, where redirects lead; asks for no credentials. */
  readonly storageUrl: string;
  /** With `tokenAuth`. */
  readonly tokenServer: TokenServer | undefined;
  /** Every request so far, on both hosts, those that met a fault included. */
  readonly requests: readonly FaultyRequest[];
  /** Changes the faults from the next request on. */
  readonly set: (faults: Faults) => void;
  readonly stop: () => Promise<void>;
}

const PULL_METHODS = new Set(['GET', 'HEAD']);

/** Starts the embedded registry with faults that the test chooses, and authentication, in the test's own process. */
export async function startFaultyRegistry(options: FaultyRegistryOptions = {}): Promise<FaultyRegistry> {
  const { prefix = '', basicAuth } = options;
  const registry = createHandler({ dir: tmpFolder(), keep: false, prefix });
  const tokenServer = options.tokenAuth && (await startTokenServer(options.tokenAuth === true ? {} : options.tokenAuth));
  const requests: FaultyRequest[] = [];
  let faults = options.faults ?? [];

  const faultsOf = (request: FaultyRequest): readonly Fault[] => {
    if (typeof faults === 'function') return [faults(request) ?? []].flat();
    const meets = ({ operation, times = Infinity, host = 'registry' }: FaultRow) =>
      operation === request.operation && host === request.host && request.nth < times;
    return faults.filter(meets).map((row) => row.fault);
  };

  const serve = async (host: 'registry' | 'storage', request: IncomingMessage, response: Response) => {
    const { method = '', url = '', headers } = request;
    const meant = operationOf(method, url, headers);
    const nth = requests.filter((earlier) => earlier.operation === meant.operation && earlier.host === host).length;
    const faulty: FaultyRequest = { ...meant, method, url, nth, host, headers };
    requests.push(faulty);
    const challenge = host === 'storage' ? undefined : challengeFor(faulty, tokenServer, basicAuth);
    if (challenge !== undefined) return refuse(response, challenge);
    for (const fault of faultsOf(faulty)) if (await applyFault(fault, request, response, storage.url)) return;
    registry.listener(request, response);
  };
  const storage = await listen((request, response) => void serve('storage', request, response));
  const main = await listen((request, response) => void serve('registry', request, response));
  const stop = async () => {
    await main.stop();
    await storage.stop();
    await tokenServer?.stop();
  };
  atEnd(async () => {
    await stop();
    await registry.close();
  });
  return {
    url: main.url + prefix,
    storageUrl: storage.url + prefix,
    tokenServer,
    requests,
    set(next) {
      faults = next;
    },
    stop,
  };
}

function challengeFor(
  request: FaultyRequest,
  tokenServer: TokenServer | undefined,
  basicAuth: FaultyRegistryOptions['basicAuth'],
): string | undefined {
  const { authorization = '' } = request.headers;
  if (basicAuth !== undefined) {
    const expected = Buffer.from(`${basicAuth.username}:${basicAuth.password}`).toString('base64');
    return authorization === `Basic ${expected}` ? undefined : 'Basic realm="loadreg test"';
  }
  if (tokenServer === undefined) return undefined;
  const token = authorization.replace(/^Bearer /i, '');
  const { repository, operation, method } = request;
  const action = PULL_METHODS.has(method) && !operation.startsWith('upload') ? 'pull' : method === 'DELETE' ? 'delete' : 'push';
  const name = repository || (operation === 'catalog_list' ? 'catalog' : undefined);
  if (tokenServer.accepts(token, name, repository ? action : '*')) return undefined;
  const actions = action === 'push' ? 'pull,push' : action;
  const scope = repository ? `repository:${repository}:${actions}` : name === undefined ? undefined : 'registry:catalog:*';
  const fields = [`realm="${tokenServer.realm}"`, 'service="loadreg-test-registry"', ...(scope === undefined ? [] : [`scope="${scope}"`])];
  if (token !== '') fields.push('error="invalid_token"');
  return `Bearer ${fields.join(',')}`;
}

function refuse(response: Response, challenge: string): void {
  const body = JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] });
  response.writeHead(401, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'www-authenticate': challenge,
    'docker-distribution-api-version': 'registry/2.0',
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
