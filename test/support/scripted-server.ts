import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Listening, listen } from './listen.ts';

/** One row of a script: the request that must come next, and what it is answered. */
export interface Row {
  readonly expect: {
    readonly method: string;
    /** Path and query: the whole text, or a pattern. */
    readonly url: string | RegExp;
    /** Fields that must be there with this value (names in lower case); undefined means that the field must not be there. */
    readonly headers?: Readonly<Record<string, string | RegExp | undefined>>;
    readonly body?: string | Buffer;
  };
  readonly reply:
    | { readonly status: number; readonly headers?: Readonly<Record<string, string | string[]>>; readonly body?: string | Buffer }
    /** Bytes for the wire, after which the connection is closed; `''` closes it without an answer. */
    | { readonly raw: string };
}

export interface ScriptedServer extends Listening {
  /** Throws when a request was not as the script says, or when rows are left over. */
  readonly assertDone: () => void;
}

/** Starts a server that follows a script. Rows are taken in order; a request that is not the next one is answered 500 and remembered. */
export async function startScriptedServer(rows: readonly Row[] | ((url: string) => readonly Row[])): Promise<ScriptedServer> {
  const problems: string[] = [];
  const left: Row[] = [];

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await readBody(request);
    const row = left.shift();
    const problem = row === undefined ? `the script is over, but ${request.method} ${request.url} came` : compare(row, request, body);
    if (row === undefined || problem !== undefined) {
      problems.push(problem ?? '');
      response.writeHead(500).end(problem);
    } else if ('raw' in row.reply) {
      request.socket.end(row.reply.raw, 'latin1');
    } else {
      const { status, headers = {}, body: content = '' } = row.reply;
      const length = status === 204 || status === 304 ? {} : { 'content-length': Buffer.byteLength(content) };
      response.writeHead(status, { ...length, ...headers }).end(request.method === 'HEAD' ? undefined : content);
    }
  };
  const server = await listen((request, response) => {
    answer(request, response).catch(() => response.destroy()); // the client broke its request off
  });
  left.push(...(typeof rows === 'function' ? rows(server.url) : rows));
  return {
    ...server,
    assertDone() {
      const unused = left.map(({ expect }) => `never came: ${expect.method} ${String(expect.url)}`);
      if (problems.length + unused.length > 0) throw new Error([...problems, ...unused].join('\n'));
    },
  };
}

function compare({ expect }: Row, request: IncomingMessage, body: Buffer): string | undefined {
  const came = `${request.method} ${request.url}`;
  if (expect.method !== request.method || !fits(expect.url, request.url ?? '')) {
    return `expected ${expect.method} ${String(expect.url)}, but ${came} came`;
  }
  for (const [name, wanted] of Object.entries(expect.headers ?? {})) {
    const value = request.headers[name];
    const text = Array.isArray(value) ? value.join(', ') : value;
    if (wanted === undefined ? text !== undefined : text === undefined || !fits(wanted, text)) {
      return `${came}: expected ${name}: ${String(wanted)}, but it is ${String(text)}`;
    }
  }
  if (expect.body !== undefined && !Buffer.from(expect.body).equals(body))
    return `${came}: expected another body than these ${body.length} bytes`;
  return undefined;
}

function fits(wanted: string | RegExp, value: string): boolean {
  return typeof wanted === 'string' ? wanted === value : wanted.test(value);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
