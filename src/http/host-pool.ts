import type net from 'node:net';
import { Client, type buildConnector, type Dispatcher, errors } from 'undici';
import { type ConnectTimes, takeConnectTimes } from './connector.ts';

/** One of the few connections of a host, or the place for it. */
export interface Place {
  /** Undefined before the first one is made; a new one follows one that was closed. */
  readonly socket: net.Socket | undefined;
  /** What the socket's own counters said when the last exchange on it ended: they are dear, and so each exchange asks them once. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** An exchange begins. Returns what it is charged for connecting: the first exchange on a connection pays for it. */
  begin(): ConnectTimes | undefined;
  /** An exchange has ended: brings the counters up to date. */
  count(): void;
  /** The last exchange here has its answer, and its socket stays open: another one may be sent. */
  free(): void;
}

/**
 * A handler in the form that undici calls without a wrapper: `onConnect`, `onHeaders` with what the parser left, `onData`, `onComplete`, `onError`.
 * undici's newer form (`onRequestStart`, …) makes an object of every header field of every answer, and never tells that a request was sent.
 */
export interface PoolHandler extends Dispatcher.DispatchHandler {
  /** Where its request goes, set before the request is started. */
  place?: Place | undefined;
  onError(error: Error): void;
}

/** Options of undici's Client; the pool has to be told of connections. */
export type PoolOptions = Client.Options & { readonly connect: buildConnector.connector };

interface Waiting {
  readonly options: Dispatcher.DispatchOptions;
  readonly handler: PoolHandler;
}

/**
 * The few connections of one host to one origin: a request takes the first that is free, else a new one, else it waits. It does what undici's Pool does,
 * whose queue alone takes 16 KiB: with ten thousand hosts that would be half of the memory of a run.
 */
export class HostPool {
  readonly #origin: string;
  readonly #most: number;
  readonly #options: PoolOptions;
  readonly #slots: Slot[] = [];
  readonly #waiting: Waiting[] = [];
  #closed: (() => void) | undefined;

  /** At most `connections` to `origin`, each made by undici with these options when it is needed. */
  constructor(origin: string, connections: number, options: PoolOptions) {
    this.#origin = origin;
    this.#most = connections;
    this.#options = options;
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: PoolHandler): void {
    const slot = this.#free();
    if (slot === undefined) this.#waiting.push({ options, handler });
    else slot.send(options, handler);
  }

  /** Closes every connection as soon as what was given is done. Nothing may be given any more. */
  async close(): Promise<void> {
    if (this.#waiting.length > 0) await new Promise<void>((resolve) => (this.#closed = resolve));
    await Promise.all(this.#slots.map(({ client }) => client.close()));
  }

  /** Closes every connection at once; what is under way on them or waits fails. */
  async destroy(): Promise<void> {
    const error = new errors.ClientDestroyedError();
    for (const { handler } of this.#waiting.splice(0)) handler.onError(error);
    await Promise.all(this.#slots.map(({ client }) => client.destroy()));
    this.#closed?.();
  }

  #free(): Slot | undefined {
    for (const slot of this.#slots) if (!slot.busy) return slot;
    return this.#slots.length < this.#most ? this.#open() : undefined;
  }

  #open(): Slot {
    const slot = new Slot(this.#origin, this.#options, () => this.#serve());
    this.#slots.push(slot);
    // As undici's Pool: a client that could not connect is not used again (https://github.com/nodejs/undici/issues/3895).
    slot.client.on('connectionError', () => {
      const at = this.#slots.indexOf(slot);
      if (at >= 0) this.#slots.splice(at, 1);
    });
    return slot;
  }

  #serve(): void {
    while (this.#waiting.length > 0) {
      const slot = this.#free();
      if (slot === undefined) return;
      const { options, handler } = this.#waiting.shift() as Waiting;
      slot.send(options, handler);
    }
    this.#closed?.();
  }
}

class Slot implements Place {
  readonly client: Client;
  /** Its client takes no more for now. */
  busy = false;
  socket: net.Socket | undefined = undefined;
  bytesRead = 0;
  bytesWritten = 0;
  /** Nothing was sent on this socket so far. */
  #fresh = false;
  readonly #onFree: () => void;

  constructor(origin: string, options: PoolOptions, onFree: () => void) {
    this.#onFree = onFree;
    // undici tells no handler which socket it writes to; a client has one at a time, which is the last that was made for it.
    const connect: buildConnector.connector = (target, callback) =>
      options.connect(target, (...made) => {
        if (made[1] !== null) this.#connected(made[1]);
        callback(...made);
      });
    this.client = new Client(origin, { ...options, connect });
    this.client.on('drain', () => this.free());
  }

  #connected(socket: net.Socket): void {
    this.socket = socket;
    this.#fresh = true;
  }

  begin(): ConnectTimes | undefined {
    if (!this.#fresh || this.socket === undefined) return undefined;
    this.#fresh = false;
    this.count();
    return takeConnectTimes(this.socket);
  }

  count(): void {
    if (this.socket === undefined) return;
    this.bytesRead = this.socket.bytesRead;
    this.bytesWritten = this.socket.bytesWritten;
  }

  send(options: Dispatcher.DispatchOptions, handler: PoolHandler): void {
    handler.place = this;
    if (!this.client.dispatch(options, handler)) this.busy = true;
  }

  free(): void {
    this.busy = false;
    this.#onFree();
  }
}
