import type { HttpRequest, HttpResponse, Send } from '../http/index.ts';
import type { UploadSession } from './types.ts';
import type { Uploads } from './uploads.ts';

/** `POST /v2/<repository>/blobs/uploads/`, whatever stands before. */
const OPENS = /\/v2\/(.+)\/blobs\/uploads\/(?:\?|$)/;

const COMMITS: ReadonlySet<string> = new Set(['upload_put', 'upload_finish', 'upload_cancel']);

/** Calls that may open a session. */
const STARTS: ReadonlySet<string> = new Set(['upload_start', 'upload_mount', 'upload_post']);

/** How long the registry may take to cancel uploads that were cut off, ms. */
const CANCEL_MS = 2_000;

/**
 * The upload sessions that one VU has open, by what goes over the wire: whoever opened one, it is known here, and can be cancelled when the
 * iteration is cut off. A registry keeps what is left open until it is purged.
 */
export class OpenUploads {
  /** By the absolute URL of the session without its query, which changes with every answer. */
  readonly #open = new Map<string, UploadSession>();

  /** Requests that would have opened a session and got no answer: nobody knows what the registry made of them. */
  #unknown = 0;

  /** The same `send`, watched. */
  watch(send: Send): Send {
    const watched: Send = async (request) => {
      try {
        const response = await send(request);
        this.#note(request, response);
        return response;
      } catch (error) {
        if (STARTS.has(request.operation)) this.#unknown += 1;
        throw error;
      }
    };
    return (request) => (request.operation.startsWith('upload_') ? watched(request) : send(request));
  }

  /** Gives out every open session, and forgets it. */
  take(): UploadSession[] {
    if (this.#open.size === 0) return [];
    const sessions = [...this.#open.values()];
    this.#open.clear();
    return sessions;
  }

  /**
   * Gives up every open session, as well as the registry allows and for a moment only; `abort` ends the requests that take longer. Resolves with
   * the number of sessions that may still be open.
   */
  async cancelAll(uploads: Uploads, abort: () => void): Promise<number> {
    const unknown = this.#unknown;
    this.#unknown = 0;
    const sessions = this.take();
    if (sessions.length === 0) return unknown;
    const overdue = setTimeout(abort, CANCEL_MS);
    const cancelled = await Promise.allSettled(sessions.map((session) => uploads.cancel(session)));
    clearTimeout(overdue);
    return unknown + cancelled.filter((one) => one.status === 'rejected' || !one.value).length;
  }

  #note({ operation, origin, path }: HttpRequest, { status, headers }: HttpResponse): void {
    if (status >= 300) return;
    const url = origin + path;
    if (COMMITS.has(operation) || (operation === 'upload_post' && status === 201)) {
      this.#open.delete(withoutQuery(url));
      return;
    }
    const repository = this.#open.get(withoutQuery(url))?.repository ?? (status === 202 ? OPENS.exec(path)?.[1] : undefined);
    const location = Array.isArray(headers.location) ? headers.location[0] : headers.location;
    if (repository === undefined || location === undefined || !URL.canParse(location, url)) return;
    const next = new URL(location, url).href;
    this.#open.delete(withoutQuery(url));
    this.#open.set(withoutQuery(next), { repository, location: next, offset: 0, uncertain: false });
  }
}

function withoutQuery(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}
