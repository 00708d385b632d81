import net from 'node:net';

/** Bytes read at once. Large enough that a 10 MiB blob takes 40 reads, small enough to stay in the processor's cache. */
const READ_BYTES = 262_144;

/** Bytes of the longest head of an answer that undici takes. */
const LONGEST_HEAD = 16_384;

const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * One buffer for all plain sockets of this thread: each read is consumed before the next one starts, because undici's parser is done with a
 * body's chunk when it returns and every sink of ours consumes synchronously. Node would allocate a buffer for each read instead, which costs about half of the
 * time that a large body takes.
 */
const shared = Buffer.allocUnsafeSlow(READ_BYTES);

/**
 * Opens a TCP connection whose `read()` hands out views of the shared buffer. undici 7 reads by `read()` on `readable`, gives back what a
 * paused parser did not take by `unshift()`, and closes by the usual events; nothing else of a stream is used.
 *
 * Whoever keeps a chunk beyond the call sees it change: only for plain TCP and synchronous sinks.
 */
export function connectReusingReads(options: net.TcpNetConnectOpts): net.Socket {
  let pending: Buffer | null = null;
  let paused = false;
  const socket: net.Socket = net.connect({
    ...options,
    onread: {
      buffer: shared,
      callback(length: number): boolean {
        const chunk = shared.subarray(0, length);
        pending = mayEndInHead(chunk) ? Buffer.from(chunk) : chunk;
        socket.emit('readable');
        if (pending === null) {
          if (length < READ_BYTES) return true; // the socket is empty: libuv turns to the next one by itself
          setImmediate(resumeReading, socket);
          return false;
        }
        pending = Buffer.from(pending); // the parser is paused: keep a copy, and read no more
        paused = true;
        return false;
      },
    },
  });
  socket.read = (size?: number): Buffer | null => {
    if (size === 0) return net.Socket.prototype.read.call(socket, 0) as Buffer | null; // only asks the stream to start reading
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
 * libuv reads a socket up to 32 times before it turns to the next one. With hundreds of large bodies arriving that makes a turn of the event
 * loop last a second, which every other request would show as latency. So a full buffer
 * ends a socket's turn.
 */
function resumeReading(socket: net.Socket): void {
  if (!socket.destroyed) socket.resume();
}

/**
 * Whether the head of an answer may go on after this chunk: undici keeps views of the fields that it has until the head is whole. A chunk that
 * begins with a final answer's head and holds its end does not, nor does one that is longer than any head, as those of large bodies are.
 */
function mayEndInHead(chunk: Buffer): boolean {
  const isAnswer = chunk[0] === 0x48 && chunk[1] === 0x54 && chunk[2] === 0x54 && chunk[3] === 0x50 && chunk[9] !== 0x31; // HTTP/1.1 2
  return isAnswer ? !chunk.includes(HEAD_END) : chunk.length < LONGEST_HEAD;
}
