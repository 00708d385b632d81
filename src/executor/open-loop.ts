import type { Clock } from '../base/index.ts';
import type { Arrival, Arrivals } from './arrivals.ts';
import { GRACE_IS_OVER, turn, Waker } from './driver.ts';
import type { ExecutorHost, Slice } from './executor.ts';
import { vuAdvice } from './vu-need.ts';
import { type PooledVu, type PoolSize, VuPool } from './vu-pool.ts';

/** What becomes of an iteration that is due when no VU is free: it is never started, or it starts when one is. */
export type OnNoVU = 'drop' | 'queue';

/** Every {@link OnNoVU}, for option tables and messages. */
export const ON_NO_VU: readonly OnNoVU[] = ['drop', 'queue'];

/** What an open load needs. */
export interface OpenLoop extends PoolSize {
  readonly arrivals: Arrivals;
  readonly onNoVU: OnNoVU;
  /** How long iterations at work at the end may go on before they are cut off. */
  readonly gracefulStopMs: number;
}

/** Starts in a row after which sockets get their turn, however far behind the load is. */
const MOST_IN_A_ROW = 100;
/** Starts that are further apart than this are worth a millisecond of CPU time each. */
const SELDOM_MS = 20;

/**
 * Drives arrivals: every iteration starts when it is due, whether or not earlier ones have ended. Resolves at the end of the arrivals, or
 * when the last iteration has ended, whichever is later.
 *
 * | when an iteration is due             | it                                                       |
 * |--------------------------------------|----------------------------------------------------------|
 * | and a VU is idle                     | starts                                                   |
 * | and fewer than `maxVUs` were made    | starts, on a new VU                                      |
 * | else, with onNoVU drop               | is dropped, and never made up for                        |
 * | else, with onNoVU queue              | starts as soon as a VU is free, dropped if none is to the end |
 *
 * At the end of the arrivals, or when `stopping` aborts, running iterations get gracefulStop; then their signal aborts, as it does at any
 * time when the host's signal does. A slice without a VU has no arrivals either.
 */
export async function driveOpenLoop(host: ExecutorHost, loop: OpenLoop): Promise<void> {
  const slice = { index: host.slice.index, count: Math.min(host.slice.count, loop.maxVUs) };
  if (slice.index >= slice.count || host.stopping.aborted || host.signal.aborted) return;
  await new OpenLoopDrive(host, loop, slice).run();
}

class OpenLoopDrive {
  readonly #host: ExecutorHost;
  readonly #clock: Clock;
  readonly #loop: OpenLoop;
  readonly #slice: Slice;
  readonly #pool: VuPool;
  readonly #arrivals: Iterator<Arrival>;
  readonly #waker = new Waker();
  readonly #start: number;
  #next: Arrival | undefined;
  /** When the last one that was looked at was due. */
  #lastDueMs = 0;
  /** When `stopping` aborted, in ms from the start. */
  #stoppedMs: number | undefined;
  /** Whether an iteration is due that waits for a VU. */
  #isQueued = false;
  /** Starts since sockets had their turn for sure. */
  #inARow = 0;
  /** Whether no more iterations start, and the end of the running ones is waited for. */
  #isLeaving = false;
  #peak = 0;
  /** Iterations that found no VU, and the number of the last of them. */
  #without = 0;
  #lastWithout = -1;
  #ended = 0;
  #endedMs = 0;

  constructor(host: ExecutorHost, loop: OpenLoop, slice: Slice) {
    this.#host = host;
    this.#clock = host.clock;
    this.#loop = loop;
    this.#slice = slice;
    this.#pool = new VuPool(host, slice, loop);
    this.#arrivals = loop.arrivals.of(slice, () => host.random('arrivals'))[Symbol.iterator]();
    this.#next = this.#nextArrival();
    this.#start = this.#clock.now();
  }

  async run(): Promise<void> {
    const { stopping, signal } = this.#host;
    const onStopping = () => {
      this.#stoppedMs ??= this.#elapsed();
      this.#waker.wake();
    };
    const onEnd = () => {
      onStopping();
      this.#pool.cutOff(new DOMException('the run was ended', 'AbortError'));
    };
    stopping.addEventListener('abort', onStopping, { once: true });
    signal.addEventListener('abort', onEnd, { once: true });
    try {
      await this.#startAll();
      this.#dropQueue();
      while (this.#stoppedMs === undefined && this.#elapsed() < this.#endMs) await this.#sleepUntil(this.#endMs);
      await this.#lastOnes();
    } finally {
      stopping.removeEventListener('abort', onStopping);
      signal.removeEventListener('abort', onEnd);
    }
    this.#advise();
  }

  get #endMs(): number {
    return this.#loop.arrivals.endMs;
  }

  #elapsed(): number {
    return this.#clock.now() - this.#start;
  }

  #nextArrival(): Arrival | undefined {
    const next = this.#arrivals.next();
    return next.done === true ? undefined : next.value;
  }

  #sleepUntil(ms: number, how?: 'sleep' | 'sleepExactly'): Promise<void> {
    return this.#waker.sleep(this.#clock, ms - this.#elapsed(), how);
  }

  /** Starts arrivals until there are no more, or the load ends. */
  async #startAll(): Promise<void> {
    while (this.#stoppedMs === undefined) {
      const elapsed = this.#elapsed();
      this.#startDue(elapsed);
      // A generator that is behind stops at the end all the same: what it has not started by then is dropped, and not made up for.
      if (this.#next === undefined || elapsed >= this.#endMs) return;
      if (this.#inARow >= MOST_IN_A_ROW) {
        this.#inARow = 0;
        await turn();
      } else if (this.#isQueued) {
        await this.#sleepUntil(this.#endMs);
      } else if (this.#next.dueMs > this.#elapsed()) {
        // Seldom starts are exact: their lag is seen in response times. Many are so close together that a timer gathers some.
        await this.#sleepUntil(this.#next.dueMs, this.#next.dueMs - this.#lastDueMs < SELDOM_MS ? 'sleep' : 'sleepExactly');
      } else await turn(); // behind: what was started is to get its turn all the same
    }
  }

  /** Starts or drops what is due at `elapsed`; one look at the clock serves all that a late timer has gathered. */
  #startDue(elapsed: number): void {
    let dropped = 0;
    this.#isQueued = false;
    for (; this.#next !== undefined && this.#next.dueMs <= elapsed; this.#next = this.#nextArrival()) {
      if (this.#inARow >= MOST_IN_A_ROW) break;
      this.#lastDueMs = this.#next.dueMs;
      const vu = this.#pool.take();
      if (vu === undefined) {
        this.#missed(this.#next);
        if (this.#loop.onNoVU === 'queue') {
          this.#isQueued = true;
          return;
        }
        dropped += 1;
        continue;
      }
      this.#inARow += 1;
      void this.#iterate(vu, this.#next);
    }
    if (dropped > 0) this.#host.dropped(dropped);
  }

  #missed({ index }: Arrival): void {
    if (index === this.#lastWithout) return; // still the first of the queue
    if (this.#without === 0) this.#host.outOfVus(this.#pool.busy);
    this.#without += 1;
    this.#lastWithout = index;
  }

  async #iterate(vu: PooledVu, { index, dueMs }: Arrival): Promise<void> {
    const startedAt = this.#clock.now();
    const place = { inVu: vu.started, inScenario: index, dueAt: this.#start + dueMs };
    vu.started += 1;
    this.#peak = Math.max(this.#peak, this.#pool.busy);
    this.#host.vusActive(this.#pool.busy);
    await vu.runner.run(place, vu.controller.signal);
    this.#ended += 1;
    this.#endedMs += this.#clock.now() - startedAt;
    this.#pool.give(vu);
    this.#host.vusActive(this.#pool.busy);
    if (this.#isQueued || (this.#isLeaving && this.#pool.busy === 0)) this.#waker.wake();
  }

  /** What was due and has not started at the end never will: it waits for a VU, or the generator is behind. */
  #dropQueue(): void {
    const endedMs = Math.min(this.#stoppedMs ?? this.#endMs, this.#endMs);
    let dropped = 0;
    for (; this.#next !== undefined && this.#next.dueMs <= endedMs; this.#next = this.#nextArrival()) {
      if (this.#isQueued) this.#missed(this.#next);
      dropped += 1;
    }
    if (dropped > 0) this.#host.dropped(dropped);
    this.#isQueued = false;
  }

  /** Gives running iterations their grace, and cuts off what is left then. */
  async #lastOnes(): Promise<void> {
    this.#isLeaving = true;
    let limitMs = Math.min(this.#stoppedMs ?? this.#endMs, this.#endMs) + this.#loop.gracefulStopMs;
    while (this.#pool.busy > 0) {
      if (this.#elapsed() >= limitMs) {
        this.#pool.cutOff(new DOMException(GRACE_IS_OVER, 'AbortError'));
        limitMs = Number.POSITIVE_INFINITY;
      }
      await this.#sleepUntil(limitMs);
    }
  }

  #advise(): void {
    const { preAllocatedVUs, maxVUs, onNoVU, arrivals } = this.#loop;
    const { count } = this.#slice;
    const advice = vuAdvice({
      preAllocatedVUs,
      maxVUs,
      onNoVU,
      peak: Math.min(maxVUs, this.#peak * count),
      without: this.#without * count,
      peakRate: arrivals.peakRate,
      meanSeconds: this.#ended === 0 ? 0 : this.#endedMs / this.#ended / 1000,
    });
    if (advice !== undefined) this.#host.advise(advice);
  }
}
