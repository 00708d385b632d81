import type { ServerResponse } from 'node:http';

/** What becomes of a piece of the body: the piece to send, and whether the body goes on. */
export interface Bent {
  readonly bytes: Buffer;
  /** `reset` breaks the connection after the piece; `stall` sends no more and leaves it open. */
  readonly next: 'go on' | 'end' | 'reset' | 'stall';
}

/**
 * Changes the body of a response that something else writes.
 * @param bend called with each piece and the position of its first byte
 * @param length states another `Content-Length`
 */
export function bendBody(
  response: ServerResponse,
  bend: (piece: Buffer, position: number) => Bent,
  length?: (whole: number) => number,
): void {
  const write = response.write.bind(response) as (bytes: Buffer, done?: (error?: Error | null) => void) => boolean;
  const end = response.end.bind(response);
  let position = 0;
  let over = false;

  const take = (piece: Buffer, done?: (error?: Error | null) => void): boolean => {
    if (over) {
      // What writes the body waits for this before it reads on; it must come to its end.
      if (done) process.nextTick(done, null);
      return true;
    }
    const { bytes, next } = bend(piece, position);
    position += piece.length;
    if (next === 'go on') return write(bytes, done);
    over = true;
    const after = (error?: Error | null) => {
      if (next === 'reset') response.socket?.destroy();
      if (next === 'end') end();
      done?.(error);
    };
    if (bytes.length > 0) return write(bytes, after);
    response.flushHeaders();
    setImmediate(after, null);
    return true;
  };

  response.write = ((piece: Buffer, done?: (error?: Error | null) => void) => take(piece, done)) as typeof response.write;
  response.end = ((piece?: Buffer) => {
    if (piece !== undefined) take(piece);
    return over ? response : end();
  }) as typeof response.end;

  if (length === undefined) return;
  const writeHead = response.writeHead.bind(response) as (status: number, headers: string[]) => ServerResponse;
  response.writeHead = ((status: number, headers: string[]) => {
    const at = headers.indexOf('Content-Length');
    if (at >= 0) headers[at + 1] = String(length(Number(headers[at + 1])));
    return writeHead(status, headers);
  }) as typeof response.writeHead;
}
