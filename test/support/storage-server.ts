import { createReadStream, statSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { type Listening, listen } from './listen.ts';

export interface StorageServer extends Listening {
  /** Every request so far; `authorization` must never be set: credentials are not the storage's business. */
  readonly requests: readonly { method: string; path: string; authorization: string | undefined; range: string | undefined }[];
}

/** Serves the files under `root`, as the object storage does that a registry redirects to; with single byte ranges. */
export async function startStorageServer(root: string): Promise<StorageServer> {
  const requests: StorageServer['requests'][number][] = [];
  const server = await listen((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '', 'http://storage').pathname);
    const { authorization, range } = request.headers;
    requests.push({ method: request.method ?? '', path, authorization, range });
    const file = join(root, normalize(path));
    const stats = statSync(file, { throwIfNoEntry: false });
    if (!stats?.isFile()) {
      response.writeHead(404, { 'content-type': 'application/xml' }).end('<Error><Code>NoSuchKey</Code></Error>');
      return;
    }
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
    const start = Number(first ?? 0);
    const end = last ? Math.min(Number(last), stats.size - 1) : stats.size - 1;
    const partial = first === undefined ? {} : { 'content-range': `bytes ${start}-${end}/${stats.size}` };
    response.writeHead(first === undefined ? 200 : 206, { 'content-length': end - start + 1, 'accept-ranges': 'bytes', ...partial });
    if (request.method === 'HEAD' || stats.size === 0) response.end();
    else createReadStream(file, { start, end }).pipe(response);
  });
  return { ...server, requests };
}
