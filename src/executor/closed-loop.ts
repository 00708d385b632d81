import type { Clock } from '../base/index.ts';
import { GRACE_IS_OVER, turn, Waker } from './driver.ts';
import type { ExecutorHost, IterationPlace, IterationRunner } from './executor.ts';
import { type Population, type PopulationStep, populationOf } from './population.ts';
import { positionOf } from './slice.ts';

/** What a closed load needs beside its population. */
export interface ClosedLoop {
  readonly population: Population;
  /** How long the iteration of a VU that the population has no place for any more may go on. Default 0. */
  readonly gracefulRampDownMs?: number;
  /** How long iterations at work when the population ends may go on before they are cut off. */
  readonly gracefulStopMs: number;
  /**
   * The place of the next iteration of a VU that has started `started` so far, or undefined when there is none left for it. `vu` is the
   * VU's number within its scenario.
   */
  next(vu: number, started: number): IterationPlace | undefined;
}

/** An iteration quicker than this lets the event loop turn before the next one starts. */
const QUICK_MS = 1;

/**
 * Drives a population: every VU starts an iteration as soon as its last one has ended, while the population has a place for it and `next`
 * has an iteration. Resolves when the last iteration has ended and the population has no more to come.
 *
 * | when                                           | new iterations of the VU | its running iteration    |
 * |------------------------------------------------|--------------------------|--------------------------|
 * | while the population has a place for it        | start                    | runs                     |
 * | from then on, for gracefulRampDown             | none                     | runs to its end          |
 * | after gracefulRampDown                         | none                     | its signal aborts        |
 * | when the population has a place for it again   | start                    | runs on, if it still did |
 * | from the population's end, or `stopping`, on   | none                     | runs to its end          |
 * | gracefulStop later, however it was before      | none                     | its signal aborts        |
 * | any time the host's signal aborts              | none                     | its signal aborts        |
 */
export async function driveClosedLoop(host: ExecutorHost, loop: ClosedLoop): Promise<void> {
  const population = populationOf(loop.population, host.slice);
  if (population.maxVus === 0 || host.stopping.aborted || host.signal.aborted) return;
  await new ClosedLoopDrive(host, loop, population).run();
}

interface Vu {
  /** Number within the slice. */
  readonly n: number;
  /** Number within the scenario. */
  readonly number: number;
  readonly runner: IterationRunner;
  /** One a VU: with one for all, every listener of 10 000 VUs would stand in one list that is searched at each removal. */
  controller: AbortController;
  /** Whether the population has a place for it. */
  wanted: boolean;
  working: boolean;
  /** No iteration is left for it. */
  exhausted: boolean;
  started: number;
  /** How often it was given a place; tells an end of grace that still holds from one of before. */
  stint: number;
}

class ClosedLoopDrive {
  readonly #host: ExecutorHost;
  readonly #clock: Clock;
  readonly #loop: ClosedLoop;
  readonly #population: Population;
  readonly #vus: readonly Vu[];
  readonly #steps: Iterator<PopulationStep>;
  readonly #waker = new Waker();
  readonly #start: number;
  #next: PopulationStep | undefined;
  /** VUs that the population has a place for: those with the lowest numbers. */
  #wanted = 0;
  #working = 0;
  #exhausted = 0;
  /** Ends of graceful ramp-downs, in order of time. */
  #graces: { readonly ms: number; readonly vu: Vu; readonly stint: number }[] = [];
  /** When the last graceful stop is over; undefined as long as iterations may start. */
  #lastMs: number | undefined;

  constructor(host: ExecutorHost, loop: ClosedLoop, population: Population) {
    this.#host = host;
    this.#clock = host.clock;
    this.#loop = loop;
    this.#population = population;
    this.#vus = Array.from({ length: population.maxVus }, (_, n) => {
      const number = positionOf(n, host.slice);
      const controller = new AbortController();
      const runner = host.createVu(number);
      return { n, number, runner, controller, wanted: false, working: false, exhausted: false, started: 0, stint: 0 };
    });
    this.#steps = population.steps()[Symbol.iterator]();
    this.#next = this.#nextStep();
    this.#start = this.#clock.now();
  }

  async run(): Promise<void> {
    const { stopping, signal } = this.#host;
    const onStopping = () => this.#stop(this.#elapsed());
    const onEnd = () => {
      this.#stop(this.#elapsed());
      this.#cutOff(this.#vus, new DOMException('the run was ended', 'AbortError'));
    };
    stopping.addEventListener('abort', onStopping, { once: true });
    signal.addEventListener('abort', onEnd, { once: true });
    try {
      for (;;) {
        this.#keepUp(this.#elapsed());
        if (this.#isOver()) return;
        await this.#waker.sleep(this.#clock, this.#dueMs() - this.#elapsed());
      }
    } finally {
      stopping.removeEventListener('abort', onStopping);
      signal.removeEventListener('abort', onEnd);
    }
  }

  #elapsed(): number {
    return this.#clock.now() - this.#start;
  }

  #nextStep(): PopulationStep | undefined {
    const step = this.#steps.next();
    return step.done === true ? undefined : step.value;
  }

  #isOver(): boolean {
    return this.#working === 0 && (this.#lastMs !== undefined || this.#exhausted === this.#vus.length);
  }

  /** When there is something to do again. */
  #dueMs(): number {
    const { endMs } = this.#population;
    const next = this.#lastMs ?? Math.min(this.#next?.ms ?? endMs, endMs);
    return Math.min(next, this.#graces[0]?.ms ?? next);
  }

  /** Does what is due: changes of the population, ends of grace. */
  #keepUp(elapsed: number): void {
    const { endMs } = this.#population;
    if (this.#lastMs === undefined && elapsed >= endMs) this.#stop(endMs);
    while (this.#lastMs === undefined && this.#next !== undefined && this.#next.ms <= elapsed) {
      const { ms, vus } = this.#next;
      this.#next = this.#nextStep();
      if (vus > this.#wanted) this.#rampUp(vus);
      else this.#rampDown(vus, ms);
    }
    const due = this.#graces.findIndex(({ ms }) => ms > elapsed);
    for (const { vu, stint } of this.#graces.splice(0, due < 0 ? this.#graces.length : due)) {
      if (vu.stint === stint && vu.working) this.#cutOff([vu], this.#rampDownReason());
    }
    if (this.#lastMs !== undefined && elapsed >= this.#lastMs) {
      this.#cutOff(this.#vus, new DOMException(GRACE_IS_OVER, 'AbortError'));
      this.#lastMs = Number.POSITIVE_INFINITY; // once is enough: what was cut off ends on its own
    }
  }

  #rampUp(vus: number): void {
    const starting: Vu[] = [];
    for (const vu of this.#vus.slice(this.#wanted, vus)) {
      vu.wanted = true;
      vu.stint += 1;
      if (!vu.working && !vu.exhausted) starting.push(vu);
    }
    this.#wanted = vus;
    this.#working += starting.length;
    this.#host.vusActive(this.#working);
    for (const vu of starting) void this.#work(vu);
  }

  #rampDown(vus: number, ms: number): void {
    for (const vu of this.#vus.slice(vus, this.#wanted)) {
      vu.wanted = false;
      if (vu.working) this.#graces.push({ ms: ms + (this.#loop.gracefulRampDownMs ?? 0), vu, stint: vu.stint });
    }
    this.#wanted = vus;
  }

  /** No iteration starts from now on. */
  #stop(ms: number): void {
    if (this.#lastMs !== undefined) return;
    for (const vu of this.#vus) vu.wanted = false;
    this.#lastMs = ms + this.#loop.gracefulStopMs;
    this.#waker.wake();
  }

  #rampDownReason(): DOMException {
    // Without any grace it is the plan that cut the iteration off, and says nothing of what it waited for.
    const reason = this.#loop.gracefulRampDownMs ? GRACE_IS_OVER : 'the VU was ramped down';
    return new DOMException(reason, 'AbortError');
  }

  #cutOff(vus: readonly Vu[], reason: DOMException): void {
    for (const { controller } of vus) controller.abort(reason);
  }

  async #work(vu: Vu): Promise<void> {
    vu.working = true;
    for (;;) {
      const before = this.#clock.now();
      // The population is asked too: a VU whose time is over must not begin anew because the timer of its step is a little late.
      if (!vu.wanted || this.#population.at(before - this.#start) <= vu.n) break;
      // Cut off in a ramp-down, and wanted again before it had ended.
      if (vu.controller.signal.aborted) vu.controller = new AbortController();
      const place = this.#loop.next(vu.number, vu.started);
      if (place === undefined) {
        vu.exhausted = true;
        this.#exhausted += 1;
        break;
      }
      vu.started += 1;
      await vu.runner.run(place, vu.controller.signal);
      // Iterations that fail at once would otherwise follow each other within one turn, and no socket or timer would ever be served.
      if (this.#clock.now() - before < QUICK_MS) await turn();
    }
    vu.working = false;
    this.#working -= 1;
    this.#host.vusActive(this.#working);
    if (this.#isOver()) this.#waker.wake();
  }
}
