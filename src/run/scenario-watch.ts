import { formatCount, type Logger, messageOf } from '../base/index.ts';

/** How an iteration ended that ran to its end. */
export interface IterationEnd {
  readonly threw: boolean;
  /** Requests that had their answer within it. */
  readonly requests: number;
  /** Whether flows or requests of it went on after it. */
  readonly left: boolean;
  readonly durationMs: number;
}

/** Iterations without a request that are longer than this wait for something that loadreg does not see: a client of their own, a sleep. */
const QUICK_MS = 5;

/** So many iterations without a single request are told at once, and not only at the end. */
const TELL_AFTER = 100;

/** A VU that ran a single iteration does not do anything every time. */
const LEAST_ITERATIONS = 2;

interface Tally {
  finished: number;
  /** Of the finished ones: without a request, and quick. */
  empty: number;
  left: number;
  leftEmpty: number;
  iterations: number;
  threw: number;
  vus: number;
  vusThatOnlyThrew: number;
  firstError: unknown;
  told: boolean;
}

/**
 * Finds scenarios that measure nothing because of how they are written: an `await` is missing, or every iteration throws. Tells the first
 * at once, since requests that nobody awaits pile up without end, and both with their numbers at the end.
 */
export class ScenarioWatch {
  readonly #log: Logger;
  readonly #tallies = new Map<string, Tally>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** An iteration ran to its end; `error` is what it threw. */
  ended(scenario: string, { threw, requests, left, durationMs }: IterationEnd, error?: unknown): void {
    const tally = this.#of(scenario);
    tally.iterations += 1;
    if (threw) {
      if (tally.threw === 0) tally.firstError = error;
      tally.threw += 1;
      return;
    }
    tally.finished += 1;
    if (requests === 0 && durationMs < QUICK_MS) tally.empty += 1;
    if (left) this.wasLeft(scenario, requests === 0);
    if (tally.empty >= TELL_AFTER && tally.empty === tally.finished) this.#tell(scenario);
  }

  /** An iteration turned out, after it had ended, to have left something that goes on; `empty`: no request of it had an answer by then. */
  wasLeft(scenario: string, empty: boolean): void {
    const tally = this.#of(scenario);
    tally.left += 1;
    if (empty) tally.leftEmpty += 1;
    this.#tell(scenario);
  }

  /** A VU is done, after so many iterations, of which so many threw. */
  vuEnded(scenario: string, iterations: number, threw: number): void {
    if (iterations < LEAST_ITERATIONS) return;
    const tally = this.#of(scenario);
    tally.vus += 1;
    if (threw === iterations) tally.vusThatOnlyThrew += 1;
  }

  /** One sentence for each thing found, for the record. `place` finds the user's line that an error came from. */
  warnings(place: (error: unknown) => string | undefined): string[] {
    return [...this.#tallies].flatMap(([name, tally]) =>
      [missingAwait(tally), onlyThrows(tally, place)].filter((text) => text !== undefined).map((text) => `scenario ${name}: ${text}`),
    );
  }

  #of(scenario: string): Tally {
    let tally = this.#tallies.get(scenario);
    if (tally === undefined) {
      tally = {
        finished: 0,
        empty: 0,
        left: 0,
        leftEmpty: 0,
        iterations: 0,
        threw: 0,
        vus: 0,
        vusThatOnlyThrew: 0,
        firstError: undefined,
        told: false,
      };
      this.#tallies.set(scenario, tally);
    }
    return tally;
  }

  #tell(scenario: string): void {
    const tally = this.#of(scenario);
    const text = tally.told ? undefined : missingAwait(tally);
    if (text === undefined) return;
    tally.told = true;
    this.#log.warn(`scenario ${scenario}: ${text} (counted from here on, not repeated)`);
  }
}

function missingAwait({ finished, empty, left, leftEmpty }: Tally): string | undefined {
  const times = (count: number) => (count === 1 ? 'once' : `${formatCount(count)} times`);
  if (left > 0) {
    const without = leftEmpty === 0 ? '' : `iteration finished without a request ${times(leftEmpty)}; `;
    return `${without}requests or flows went on after their iteration had ended ${times(left)}. Is an await missing before pull, push or the like?`;
  }
  if (empty === 0 || empty < finished) return undefined;
  return `iteration finished without a request ${times(empty)}, every time. Is an await missing, or a call of pull, push or the like?`;
}

function onlyThrows(
  { iterations, threw, vus, vusThatOnlyThrew, firstError }: Tally,
  place: (error: unknown) => string | undefined,
): string | undefined {
  if (threw === 0) return undefined;
  const where = place(firstError);
  const first = `first ${nameOf(firstError)}${messageOf(firstError)}${where === undefined ? '' : ` at ${where}`}`;
  if (threw === iterations) return `every iteration threw (${formatCount(threw)} of ${formatCount(iterations)}); ${first}`;
  if (vusThatOnlyThrew === 0) return undefined;
  return `${formatCount(vusThatOnlyThrew)} of ${formatCount(vus)} VUs threw in every iteration; ${first}`;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? `${messageOf(error.name)}: ` : '';
}
