import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import type { Metric, Registry } from 'prom-client';
import { codeOf, type Logger, messageOf } from '../base/index.ts';
import type { IntervalSnapshot } from '../measure/index.ts';
import type { ArgumentProblem, Output, OutputKind } from './output.ts';
import { Families } from './prometheus-families.ts';
import { Scrapes } from './scrapes.ts';

const DEFAULT = { host: '127.0.0.1', port: 5656 };
/** Prometheus and the agents that stand in for it send this with each scrape; a browser does not. */
const SCRAPER = 'x-prometheus-scrape-timeout-seconds';

interface Address {
  readonly host: string;
  readonly port: number;
}

/** An endpoint that Prometheus can scrape while the run lasts: the load so far, warm-up included, second by second. */
export const prometheus: OutputKind = {
  target(argument) {
    const address = addressOf(argument);
    return address === undefined || address.port === 0 ? undefined : `port ${address.port}`;
  },
  async check(argument) {
    const address = addressOf(argument);
    if (address === undefined) return { what: `'${argument}' is no address`, fix: 'HOST:PORT, as 127.0.0.1:5656; port 0 takes a free one' };
    const server = createServer();
    try {
      await listen(server, address);
    } catch (error) {
      return cannotListen(address, error);
    }
    await new Promise((resolve) => server.close(resolve));
    return undefined;
  },
  async open(argument, { log }) {
    const { Registry } = await import('prom-client'); // loaded when it is wanted, as every library that only some runs need
    const endpoint = new Endpoint(new Registry(), log);
    await endpoint.listen(addressOf(argument) ?? DEFAULT);
    return endpoint;
  },
};

/** The scrape endpoint of one run. */
class Endpoint implements Output {
  readonly #log: Logger;
  readonly #registry: Registry;
  readonly #families: Families;
  readonly #server: Server;
  readonly #scrapes = new Scrapes();
  #url = '';
  /** When the last numbers came, once no more will come. */
  #finalAt = Number.POSITIVE_INFINITY;
  #scraped: () => void = () => {};

  constructor(registry: Registry, log: Logger) {
    this.#log = log;
    this.#registry = registry;
    // prom-client registers anything that has a name and `get`, as it does itself with what its workers counted (lib/cluster.js).
    this.#families = new Families(
      (family) => registry.registerMetric(family as unknown as Metric),
      (message) => log.warn(message),
    );
    this.#server = createServer((request, response) => {
      // Whoever asks us nonsense must not end the run.
      this.#answer(request, response).catch((error: unknown) => {
        log.debug(`prometheus: ${messageOf(error)}`);
        if (response.headersSent) response.destroy();
        else response.writeHead(500).end();
      });
    });
  }

  get description(): string {
    return `prometheus (${this.#url})`;
  }

  async listen(address: Address): Promise<void> {
    await listen(this.#server, address);
    this.#server.unref(); // the run keeps the process alive, not whoever looks at it
    const { address: host, port } = this.#server.address() as AddressInfo;
    this.#url = `http://${isIPv6(host) ? `[${host}]` : host}:${port}/metrics`;
  }

  onInterval(snapshot: IntervalSnapshot): void {
    this.#families.add(snapshot);
  }

  end(): Promise<undefined> {
    this.#finalAt = performance.now();
    return Promise.resolve(undefined);
  }

  async close(wait: boolean, signal: AbortSignal): Promise<void> {
    const ms = wait && !signal.aborted ? this.#scrapes.wait(this.#finalAt, performance.now()) : 0;
    if (ms > 0) await this.#lastScrape(ms, signal);
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeIdleConnections();
    // An answer on its way is the last one; whoever does not take it is not waited for.
    const overdue = setTimeout(() => this.#server.closeAllConnections(), 1_000);
    await closed;
    clearTimeout(overdue);
  }

  /** Without it, what came since the scrape before would never reach Prometheus. */
  async #lastScrape(ms: number, signal: AbortSignal): Promise<void> {
    this.#log.info(`prometheus: waiting up to ${Math.ceil(ms / 1000)}s for the last scrape; Ctrl+C leaves at once`);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#scraped = done;
      signal.addEventListener('abort', done, { once: true });
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    if (method !== 'GET' && method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
    } else if (url.split('?', 1)[0] !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('the metrics are at /metrics\n');
    } else {
      const body = await this.#registry.metrics();
      response.writeHead(200, { 'content-type': this.#registry.contentType, connection: 'close' }).end(method === 'HEAD' ? '' : body);
      if (request.headers[SCRAPER] === undefined) return;
      this.#scrapes.seen(performance.now());
      if (performance.now() >= this.#finalAt) response.once('close', this.#scraped);
    }
  }
}

/** `HOST:PORT`, `[IPV6]:PORT` or `PORT`; undefined when it is none of them. */
function addressOf(argument: string): Address | undefined {
  if (argument === '') return DEFAULT;
  const match = /^(?:(?:\[([\da-f:]+)\]|([\w.-]+)):)?(\d{1,5})$/i.exec(argument);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) return undefined;
  return { host: match[1] ?? match[2] ?? DEFAULT.host, port };
}

function listen(server: Server, { host, port }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function cannotListen({ host, port }: Address, error: unknown): ArgumentProblem {
  if (codeOf(error) === 'EADDRINUSE') return { what: `port ${port} of ${host} is in use`, fix: 'another port; 0 takes a free one' };
  return { what: `cannot listen on ${host}:${port}: ${messageOf(error)}`, fix: 'an address of this machine, as 127.0.0.1:5656' };
}
