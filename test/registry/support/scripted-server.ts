import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** A request as it arrived. */
export interface Seen {
  /** `GET /v2/app/tags/list?n=2` */
  readonly line: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in the order and case that they had on the wire. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** What to answer. Text and bytes go as they are, anything else as JSON. */
export interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string | readonly string[]>;
  readonly body?: unknown;
}

/** Rows are answered in order, whatever is asked; a function answers each request. `{origin}` in a header becomes the server's own. */
export type Script = readonly Reply[] | ((request: Seen) => Reply | Promise<Reply>);

/** A server that plays a script and remembers what it was asked. */
export interface ScriptedServer {
  readonly origin: string;
  readonly requests: readonly Seen[];
  /** Request lines alone. */
  readonly lines: readonly string[];
}

/** Starts one on a free loopback port; it ends with the test. */
export async function scriptedServer(script: Script): Promise<ScriptedServer> {
  const requests: Seen[] = [];
  let row = 0;
  const server = createServer((request, response) => {
    void answer(request, response);
  });
  let origin = '';
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const seen: Seen = {
      line: `${request.method} ${request.url}`,
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      body: (await buffer(request)).toString('latin1'),
    };
    requests.push(seen);
    const reply = typeof script === 'function' ? await script(seen) : (script[row++] ?? { status: 599, body: 'the script has ended' });
    const { body } = reply;
    const bytes = typeof body === 'string' || body instanceof Uint8Array ? body : body === undefined ? '' : JSON.stringify(body);
    const headers: Record<string, string | string[]> = {};
    for (const [name, value] of Object.entries(reply.headers ?? {})) {
      headers[name] = typeof value === 'string' ? value.replaceAll('{origin}', origin) : [...value];
    }
    if (request.method !== 'HEAD' && reply.status !== 204) headers['content-length'] ??= String(Buffer.byteLength(bytes));
    response.writeHead(reply.status, headers);
    response.end(request.method === 'HEAD' ? undefined : bytes);
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    origin,
    requests,
    get lines() {
      return requests.map(({ line }) => line);
    },
  };
}

/** A spec error body with one code. */
export function specError(code: string, message = code.toLowerCase().replaceAll('_', ' ')): { errors: unknown[] } {
  return { errors: [{ code, message }] };
}
