import { closeSync, openSync, read } from 'node:fs';
import type { ServerResponse } from 'node:http';

/** Bytes read and written at a time: large enough that the cost of a turn through the thread pool does not show. */
const CHUNK = 256 * 1024;

/** Buffers kept for the next file, so that a large blob makes no garbage. */
const SPARE_BUFFERS = 64;
const spare: Buffer[] = [];

/** An open file with the part of it to send; opened before the head is written, while a missing file can still be reported. */
export function openFile(path: string): number {
  return openSync(path, 'r');
}

/**
 * Sends bytes `start` to `end` (not included) of an open file as the body, and closes the file. One buffer is read and written in turns:
 * the socket's own buffer keeps the connection busy meanwhile. Destroys the connection when the file turns out shorter, so that the client sees
 * a cut body and not a wrong one.
 */
export function sendFile(response: ServerResponse, file: number, start: number, end: number): void {
  const buffer = spare.pop() ?? Buffer.allocUnsafeSlow(CHUNK);
  let position = start;
  let reading = false;
  let open = true;

  const finish = (reuse: boolean) => {
    if (!open) return;
    open = false;
    closeSync(file);
    response.off('close', onClose);
    if (reuse && spare.length < SPARE_BUFFERS) spare.push(buffer);
  };
  // The reader still owns file and buffer while a read is under way; its callback ends it then.
  const onClose = () => {
    if (!reading) finish(false);
  };
  const step = () => {
    reading = true;
    read(file, buffer, 0, Math.min(CHUNK, end - position), position, (error, length) => {
      reading = false;
      if (response.destroyed) return finish(true);
      if (error || length === 0) {
        finish(true);
        response.destroy();
        return;
      }
      position += length;
      response.write(buffer.subarray(0, length), (failed) => {
        if (failed || !open) return finish(false);
        if (position < end) return step();
        finish(true);
        response.end();
      });
    });
  };

  response.once('close', onClose);
  step();
}
