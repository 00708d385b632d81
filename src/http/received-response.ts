import type { Phases } from '../measure/index.ts';
import type { HttpResponse, ResponseHeaders } from './request.ts';
import type { ResponseHead } from './response-head.ts';

/** An answer whose header fields are read when they are asked for. */
export class ReceivedResponse implements HttpResponse {
  readonly status: number;
  readonly bodyBytes: number;
  readonly errorBody: string;
  readonly phases: Phases;
  mismatch: HttpResponse['mismatch'] = undefined;
  readonly #head: ResponseHead | undefined;

  constructor(status: number, head: ResponseHead | undefined, bodyBytes: number, errorBody: string, phases: Phases) {
    this.status = status;
    this.#head = head;
    this.bodyBytes = bodyBytes;
    this.errorBody = errorBody;
    this.phases = phases;
  }

  get headers(): ResponseHeaders {
    return this.#head?.fields ?? {};
  }
}
