import { Agent, request as send } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Listening, listen } from './listen.ts';
import { operationOf } from './operation-of.ts';

/** Milliseconds by operation, or a function that says them. */
export type Delays = Readonly<Record<string, number>> | ((operation: string) => number);

export interface DelayProxy extends Listening {
  /** Changes the delays from the next request on. */
  readonly set: (delays: Delays) => void;
  /** Requests so far, by operation. */
  readonly counts: ReadonlyMap<string, number>;
}

/**
 * Stands in front of any registry with plain HTTP and holds the answers to chosen operations back by a fixed time, before their first byte.
 * The `Host` field goes on as it came, so that the registry names the proxy in its `Location`s.
 * @param target base URL of the registry; its path is also the proxy's
 */
export async function startDelayProxy(target: string, delays: Delays = {}): Promise<DelayProxy> {
  const { hostname, port, pathname } = new URL(target);
  const agent = new Agent({ keepAlive: true });
  const counts = new Map<string, number>();
  let current = delays;
  const delayOf = (operation: string) => (typeof current === 'function' ? current(operation) : (current[operation] ?? 0));

  const server = await listen((request, response) => {
    const { method = 'GET', url = '/', headers } = request;
    const { operation } = operationOf(method, url, headers);
    counts.set(operation, (counts.get(operation) ?? 0) + 1);
    const onward = send({ agent, hostname, port, method, path: url, headers, setHost: false }, (answer) => {
      void sleep(delayOf(operation)).then(() => {
        response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        answer.pipe(response);
      });
      answer.once('error', () => response.destroy());
    });
    onward.once('error', () => response.destroy());
    response.once('close', () => {
      if (!response.writableFinished) onward.destroy();
    });
    request.pipe(onward);
  });
  return {
    ...server,
    url: server.url + pathname.replace(/\/+$/, ''),
    counts,
    set(next) {
      current = next;
    },
    async stop() {
      await server.stop();
      agent.destroy();
    },
  };
}
