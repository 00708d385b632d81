import type net from 'node:net';

/** Bytes read at once. Large enough that a 10 MiB blob takes 40 reads, small enough to stay in the processor's cache. */
const READ_BYTES = 262_144;

/** Bytes of the longest head of an answer that undici takes. */
const LONGEST_HEAD = 16_384;

const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * One buffer for all sockets of this thread: each read is consumed before the next one starts, because undici's parser is done with a body's chunk when
 * it returns and every sink of ours consumes synchronously. Node would allocate a buffer for each read instead, which costs about half of the
 * time that a large body takes, and as much again over TLS, where each record of 16 KiB is a read.
 */
const shared = Buffer.allocUnsafeSlow(READ_BYTES);

/**
 * A socket whose `read()` hands out views of the shared buffer; `open` makes it, by `net.connect` or `tls.connect`, and has to pass `onread` on.
 * undici 7 reads by `read()` on `readable`, gives back what a paused parser did not take by `unshift()`, and closes by the usual events; nothing
 * else of a stream is used.
 *
 * Whoever keeps a chunk beyond the call sees it change: only for synchronous sinks. No handler of ours pauses the parser; were one to do so, the
 * end of a TLS connection could overtake the bytes that it holds back.
 */
export function reusingReads<S extends net.Socket>(open: (onread: net.OnReadOpts) => S): S {
  let pending: Buffer | null = null;
  let paused = false;
  let taken = 0;
  const socket = open({
    buffer: shared,
    callback(length: number): boolean {
      if (pending !== null) {
        // TLS goes on to hand out the records that it has read when reading was stopped.
        pending = Buffer.concat([pending, shared.subarray(0, length)]);
        return false;
      }
      const chunk = shared.subarray(0, length);
      pending = mayEndInHead(chunk) ? Buffer.from(chunk) : chunk;
      socket.emit('readable');
      if (pending === null) return endsTurn(length);
      pending = Buffer.from(pending); // the parser is paused: keep a copy, and read no more
      paused = true;
      return false;
    },
  });
  /**
   * libuv reads a socket up to 32 times before it turns to the next one. With hundreds of large bodies arriving that makes a turn of the event
   * loop last a second, which every other request would show as latency. So a socket's turn ends when it has given as much as the buffer holds.
   */
  const endsTurn = (length: number): boolean => {
    taken += length;
    if (taken < READ_BYTES) return true;
    taken = 0;
    setImmediate(resumeReading, socket);
    return false;
  };
  const prototype = Object.getPrototypeOf(socket) as net.Socket;
  socket.read = (size?: number): Buffer | null => {
    if (size === 0) return prototype.read.call(socket, 0) as Buffer | null; // only asks the stream to start reading
    const chunk = pending;
    pending = null;
    if (chunk === null && paused) {
      paused = false;
      socket.resume();
    }
    return chunk;
  };
  socket.unshift = (chunk: Uint8Array): void => {
    if (chunk.length === 0) return;
    pending = Buffer.from(chunk);
    paused = true;
  };
  return socket;
}

/**
 * Whether the head of an answer may go on after this chunk: undici keeps views of the fields that it has until the head is whole. A chunk that begins with a
 * final answer's head and holds its end does not, nor does one that is longer than any head, as those of large bodies are.
 */
function mayEndInHead(chunk: Buffer): boolean {
  const isAnswer = chunk[0] === 0x48 && chunk[1] === 0x54 && chunk[2] === 0x54 && chunk[3] === 0x50 && chunk[9] !== 0x31; // HTTP/1.1 2
  return isAnswer ? !chunk.includes(HEAD_END) : chunk.length < LONGEST_HEAD;
}

function resumeReading(socket: net.Socket): void {
  if (!socket.destroyed) socket.resume();
}
