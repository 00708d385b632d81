import type { ExecutorHost, IterationPlace, IterationRunner } from './executor.ts';
import { type Population, populationOf } from './population.ts';
import { positionOf } from './slice.ts';

/** What a closed load needs beside its population. */
export interface ClosedLoop {
  readonly population: Population;
  /** How long iterations at work when the population ends may go on before they are cut off. */
  readonly gracefulStopMs: number;
  /**
   * The place of the next iteration of a VU that has started `started` so far, or undefined when there is none left for it. `vu` is the
   * VU's number within its scenario.
   */
  next(vu: number, started: number): IterationPlace | undefined;
}

/**
 * Message of an iteration's abort reason when it was still at work at the end of the graceful stop: then what it waited for is a finding,
 * and not an interruption of ours.
 */
export const GRACE_IS_OVER = 'the graceful stop is over';

/** An iteration quicker than this lets the event loop turn before the next one starts. */
const QUICK_MS = 1;

/**
 * Drives a population: every VU starts an iteration as soon as its last one has ended, while the population has a place for it and `next`
 * has an iteration. Resolves when the last iteration has ended.
 *
 * | when                               | new iterations | running iterations        |
 * |------------------------------------|----------------|---------------------------|
 * | until the population's end         | start          | run                       |
 * | from then on, for gracefulStop     | none           | run to their end          |
 * | after gracefulStop                 | none           | their signal aborts       |
 * | any time the host's signal aborts  | none           | their signal aborts       |
 */
export async function driveClosedLoop(host: ExecutorHost, loop: ClosedLoop): Promise<void> {
  const { clock } = host;
  const population = populationOf(loop.population, host.slice);
  if (population.maxVus === 0 || host.signal.aborted) return;

  const vus = Array.from({ length: population.maxVus }, (_, n) => {
    const number = positionOf(n, host.slice);
    // One controller a VU: with one for all, every listener of 10 000 VUs would stand in one list that is searched at each removal.
    return { n, number, runner: host.createVu(number), controller: new AbortController() };
  });
  const cutOff = (reason: DOMException) => {
    for (const vu of vus) vu.controller.abort(reason);
  };
  const onEnd = () => cutOff(new DOMException('the run was ended', 'AbortError'));
  host.signal.addEventListener('abort', onEnd, { once: true });

  const start = clock.now();
  let active = vus.length;
  host.vusActive(active);

  const work = async (vu: { n: number; number: number; runner: IterationRunner; controller: AbortController }) => {
    const { signal } = vu.controller;
    for (let started = 0; ; started += 1) {
      const before = clock.now();
      if (signal.aborted || population.at(before - start) <= vu.n) break;
      const place = loop.next(vu.number, started);
      if (place === undefined) break;
      await vu.runner.run(place, signal);
      // Iterations that fail at once would otherwise follow each other within one turn, and no socket or timer would ever be served.
      if (clock.now() - before < QUICK_MS) await turn();
    }
    active -= 1;
    host.vusActive(active);
  };

  const allDone = new AbortController();
  const limit = (async () => {
    await clock.sleep(population.endMs + loop.gracefulStopMs, allDone.signal);
    if (!allDone.signal.aborted) cutOff(new DOMException(GRACE_IS_OVER, 'AbortError'));
  })();
  try {
    await Promise.all(vus.map(work));
  } finally {
    allDone.abort();
    host.signal.removeEventListener('abort', onEnd);
  }
  await limit;
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
