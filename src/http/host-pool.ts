import { Client, type Dispatcher, errors } from 'undici';

interface Slot {
  readonly client: Client;
  /** It said that it takes no more until it has drained. */
  busy: boolean;
}

interface Waiting {
  readonly options: Dispatcher.DispatchOptions;
  readonly handler: Dispatcher.DispatchHandler;
}

/**
 * The few connections of one host to one origin: a request takes the first that is free, else a new one, else it waits. It does what undici's Pool does,
 * whose queue alone takes 16 KiB: with ten thousand hosts that would be half of the memory of a run.
 */
export class HostPool {
  readonly #origin: string;
  readonly #most: number;
  readonly #options: Client.Options;
  readonly #slots: Slot[] = [];
  readonly #waiting: Waiting[] = [];
  #closed: (() => void) | undefined;

  /** At most `connections` to `origin`, each made by undici with these options when it is needed. */
  constructor(origin: string, connections: number, options: Client.Options) {
    this.#origin = origin;
    this.#most = connections;
    this.#options = options;
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    const slot = this.#free();
    if (slot === undefined) this.#waiting.push({ options, handler });
    else send(slot, { options, handler });
  }

  /** Closes every connection as soon as what was given is done. Nothing may be given any more. */
  async close(): Promise<void> {
    if (this.#waiting.length > 0) await new Promise<void>((resolve) => (this.#closed = resolve));
    await Promise.all(this.#slots.map(({ client }) => client.close()));
  }

  /** Closes every connection at once; what is under way on them or waits fails. */
  async destroy(): Promise<void> {
    const error = new errors.ClientDestroyedError();
    for (const { handler } of this.#waiting.splice(0)) handler.onResponseError?.(NEVER_STARTED, error);
    await Promise.all(this.#slots.map(({ client }) => client.destroy()));
    this.#closed?.();
  }

  #free(): Slot | undefined {
    return this.#slots.find(({ busy }) => !busy) ?? (this.#slots.length < this.#most ? this.#open() : undefined);
  }

  #open(): Slot {
    const slot: Slot = { client: new Client(this.#origin, this.#options), busy: false };
    this.#slots.push(slot);
    slot.client.on('drain', () => {
      slot.busy = false;
      this.#serve();
    });
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
      send(slot, this.#waiting.shift() as Waiting);
    }
    this.#closed?.();
  }
}

/** Handlers of ours do not look at the controller of a request that was never started. */
const NEVER_STARTED = {} as Dispatcher.DispatchController;

function send(slot: Slot, { options, handler }: Waiting): void {
  if (!slot.client.dispatch(options, handler)) slot.busy = true;
}
