import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { messageOf } from '../base/index.ts';
import { type Call, type Methods, type Registry, reply } from './call.ts';
import { ApiError } from './errors.ts';
import { blobs } from './handlers/blobs.ts';
import { catalog, tags } from './handlers/lists.ts';
import { manifests } from './handlers/manifests.ts';
import { ping } from './handlers/ping.ts';
import { referrers } from './handlers/referrers.ts';
import { uploads } from './handlers/uploads.ts';
import { isRepositoryName } from './names.ts';
import { type Area, routeOf } from './routes.ts';
import { Sessions } from './sessions.ts';
import { Store } from './store.ts';

const AREAS: Readonly<Record<Area, Methods>> = { ping, catalog, tags, manifests, blobs, uploads, referrers };
const NO_QUERY = new URLSearchParams();

/** A registry without a socket. */
export interface RegistryHandler {
  /** For `http.createServer`, or to be called by a listener that does something of its own before. */
  readonly listener: RequestListener;
  /** Resolves when the requests under way have let go of the folder; their connections must be closed already. */
  close(): Promise<void>;
}

/**
 * Makes the registry that keeps its content in `dir`.
 * @param options.keep whether the content is to be there after a restart
 * @param options.prefix base path before `/v2/`, with a leading and without a trailing slash, or empty
 */
export function createHandler(options: { dir: string; keep: boolean; prefix: string }): RegistryHandler {
  const registry: Registry = { store: new Store(options.dir, options.keep), sessions: new Sessions(), prefix: options.prefix };
  const underWay = new Set<Promise<void>>();

  const listener = (request: IncomingMessage, response: ServerResponse) => {
    try {
      const pending = dispatch(registry, request, response);
      if (pending === undefined) return;
      const settled = pending.catch((error: unknown) => replyError(response, error)).finally(() => underWay.delete(settled));
      underWay.add(settled);
    } catch (error) {
      replyError(response, error);
    }
  };
  return {
    listener,
    async close() {
      await Promise.all(underWay);
      registry.sessions.close();
      registry.store.close();
    },
  };
}

function dispatch(registry: Registry, request: IncomingMessage, response: ServerResponse): void | Promise<void> {
  const url = request.url ?? '';
  const mark = url.indexOf('?');
  const path = decode(mark < 0 ? url : url.slice(0, mark));
  const route = path.startsWith(registry.prefix) ? routeOf(path.slice(registry.prefix.length)) : undefined;
  if (route === undefined) throw new ApiError('UNSUPPORTED', 'nothing of the registry API is here', { status: 404 });
  const { area, repository, reference } = route;
  if (repository !== '' && !isRepositoryName(repository)) {
    throw new ApiError('NAME_INVALID', 'invalid repository name', { detail: { name: repository } });
  }
  const methods = AREAS[area];
  const handler = Object.hasOwn(methods, request.method ?? '') ? methods[request.method ?? ''] : undefined;
  if (handler === undefined) {
    throw new ApiError('UNSUPPORTED', `${request.method} is not supported here`, { headers: ['Allow', Object.keys(methods).join(', ')] });
  }
  const query = mark < 0 ? NO_QUERY : new URLSearchParams(url.slice(mark + 1));
  return handler({ registry, request, response, query, repository, reference } satisfies Call);
}

function decode(path: string): string {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    throw new ApiError('NAME_INVALID', 'the path is not valid percent-encoding');
  }
}

function replyError(response: ServerResponse, error: unknown): void {
  // A client that is gone needs no answer; one that has half an answer must not take it for a whole one.
  if (response.destroyed || response.headersSent) return void response.destroy();
  const refusal = error instanceof ApiError ? error : new ApiError('UNKNOWN', messageOf(error));
  reply(response, refusal.status, ['Content-Type', 'application/json', ...refusal.headers], refusal.body());
}
