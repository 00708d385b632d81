import type { Phases } from '../measure/index.ts';
import type { Timeouts } from './timeouts.ts';

/** How far an exchange has come: ms of `performance.now()`, 0 for what has not happened. */
export class Moments {
  readonly queuedAt = performance.now();
  startedAt = 0;
  sentAt = 0;
  respondedAt = 0;
  /** When the last byte of the answer came so far. */
  receivedAt = 0;
  /** µs, of the connection that it pays for. */
  connecting = 0;
  tlsHandshaking = 0;

  /** Where its time went, if it ended now; a phase that was not reached is 0. */
  phases(endedAt: number): Phases {
    const startedAt = this.startedAt || endedAt;
    const respondedAt = this.respondedAt || endedAt;
    const sentAt = Math.min(this.sentAt || respondedAt, respondedAt);
    return {
      blocked: micros(startedAt - this.queuedAt),
      connecting: this.connecting,
      tlsHandshaking: this.tlsHandshaking,
      sending: micros(sentAt - startedAt),
      waiting: micros(respondedAt - sentAt),
      receiving: micros(endedAt - respondedAt),
    };
  }

  /** Which of its time-outs is over. While a body is on its way out, the counters of the socket are watched instead. */
  overdue(now: number, timeouts: Timeouts, isUpload: boolean): 'total' | 'headers' | 'stall' | undefined {
    if (now - this.queuedAt >= timeouts.total) return 'total';
    if (this.respondedAt > 0) return now - this.receivedAt >= timeouts.stall ? 'stall' : undefined;
    if (this.sentAt === 0) return undefined;
    return now - this.sentAt >= (isUpload ? timeouts.uploadHeaders : timeouts.headers) ? 'headers' : undefined;
  }
}

function micros(ms: number): number {
  return Math.max(0, Math.round(ms * 1000));
}
