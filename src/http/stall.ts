import type net from 'node:net';
import { formatDuration, formatSize } from '../base/index.ts';

/** Looks at a body on its way so many times within the time that it may stand still. */
const LOOKS = 8;

/**
 * Watches a request whose body is on its way out: calls `stalled` once when nothing has moved for `stallMs`, in either direction. What the system
 * has taken counts as sent, since nobody can look into its buffers; once it has taken all, the time-out of the head decides.
 */
export class StallWatch {
  readonly #socket: net.Socket;
  readonly #stallMs: number;
  readonly #stalled: (standingMs: number) => void;
  readonly #timer: NodeJS.Timeout;
  #handedOver = false;
  #moved: number;
  #movedAt = performance.now();

  constructor(socket: net.Socket, stallMs: number, stalled: (standingMs: number) => void) {
    this.#socket = socket;
    this.#stallMs = stallMs;
    this.#stalled = stalled;
    this.#moved = movedOn(socket);
    // A look at the counters now and then, instead of work for each piece of a body.
    this.#timer = setInterval(lookAt, stallMs / LOOKS, this);
  }

  /** The last byte was given to the socket. */
  handedOver(): void {
    this.#handedOver = true;
  }

  /** Looks whether anything has moved since the last time; tells, whether it has. */
  look(): boolean {
    const moved = movedOn(this.#socket);
    if (this.#handedOver && this.#socket.writableLength === 0) {
      this.end();
      return true;
    }
    if (moved === this.#moved) return false;
    this.#moved = moved;
    this.#movedAt = performance.now();
    return true;
  }

  /** After a look that saw nothing move. */
  judge(): void {
    if (performance.now() - this.#movedAt < this.#stallMs) return;
    // After a stall of our own what is waited for may be there, and only not have been looked at: timers come before sockets.
    setImmediate(() => {
      if (this.look()) return;
      this.end();
      this.#stalled(performance.now() - this.#movedAt);
    });
  }

  end(): void {
    clearInterval(this.#timer);
  }
}

function lookAt(watch: StallWatch): void {
  if (!watch.look()) watch.judge();
}

/** Bytes that left us, and bytes that came. What still waits in the socket has not left. */
function movedOn(socket: net.Socket): number {
  return takenOf(socket) + socket.bytesRead;
}

/** Bytes that the system has taken from this socket. */
export function takenOf(socket: net.Socket): number {
  return socket.bytesWritten - socket.writableLength;
}

/** How far a transfer had come when it stalled. */
export interface StalledTransfer {
  readonly operation: string;
  readonly standingMs: number;
  readonly way: 'sent' | 'received';
  readonly bytes: number;
  /** Undefined when nobody said how many there should be. */
  readonly whole: number | undefined;
}

/** What a stalled exchange says of itself: `blob_get stood still for 30s after 1.5 MiB of 10 MiB received`. */
export function stallDetail({ operation, standingMs, way, bytes, whole }: StalledTransfer): string {
  const of = whole === undefined ? '' : ` of ${formatSize(whole)}`;
  return `${operation} stood still for ${formatDuration(standingMs)} after ${formatSize(Math.min(bytes, whole ?? bytes))}${of} ${way}`;
}
