import { randomBytes, randomUUID } from 'node:crypto';
import { SESSION_IDLE } from './limits.ts';
import type { PartialBlob } from './partial-blob.ts';

/** An upload under way. */
export class Session {
  readonly id: string = randomUUID();
  /** Part of the session's URL as a query: a client that rebuilds the URL from the id alone is found out. */
  readonly state: string = randomBytes(8).toString('base64url');
  readonly repository: string;
  readonly blob: PartialBlob;
  touchedAt = Date.now();
  #tail: Promise<unknown> = Promise.resolve();

  constructor(repository: string, blob: PartialBlob) {
    this.repository = repository;
    this.blob = blob;
  }

  /**
   * Runs one request at a time: a client whose connection broke may be back before the server has seen the end of the old request.
   */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => {});
    return result;
  }
}

/** The uploads under way; those that nobody touched for an hour are dropped. */
export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #sweeper: NodeJS.Timeout;

  constructor() {
    this.#sweeper = setInterval(() => this.#sweep(Date.now() - SESSION_IDLE), SESSION_IDLE / 4).unref();
  }

  open(repository: string, blob: PartialBlob): Session {
    const session = new Session(repository, blob);
    this.#sessions.set(session.id, session);
    return session;
  }

  get(id: string): Session | undefined {
    const session = this.#sessions.get(id);
    if (session !== undefined) session.touchedAt = Date.now();
    return session;
  }

  /** Ends a session: its URL leads nowhere from now on. */
  end(session: Session): void {
    this.#sessions.delete(session.id);
  }

  close(): void {
    clearInterval(this.#sweeper);
  }

  #sweep(before: number): void {
    for (const session of this.#sessions.values()) {
      if (session.touchedAt >= before) continue;
      this.end(session);
      void session.inTurn(async () => session.blob.discard());
    }
  }
}
