import type { MergedInterval } from '../measure/index.ts';
import type { IterationsByScenario, RunStage, RunStart } from '../run/index.ts';
import type { Ending, ProgressState, ScenarioProgress, ScenarioStatus } from './progress.ts';

/** Collects what a run tells, and says where it stands at any time. Times are those of one monotonic clock, ms. */
export class ProgressTracker {
  #start: RunStart | undefined;
  #stage: RunStage = 'preflight';
  #stageSince: number;
  #last: MergedInterval | undefined;
  #iterations: IterationsByScenario = {};
  #errors = 0;
  #dropped = 0;

  constructor(now: number) {
    this.#stageSince = now;
  }

  started(start: RunStart): void {
    this.#start = start;
  }

  stage(stage: RunStage, now: number): void {
    this.#stage = stage;
    this.#stageSince = now;
  }

  interval(interval: MergedInterval, iterations: IterationsByScenario): void {
    this.#last = interval;
    this.#iterations = iterations;
    this.#errors += interval.errors;
    this.#dropped += interval.dropped;
  }

  /** `intervalMs` is the length of an interval. */
  state(now: number, intervalMs: number, ending: Ending): ProgressState {
    const elapsedMs = now - this.#stageSince;
    const counts = Object.values(this.#iterations);
    return {
      stage: this.#stage,
      ending,
      elapsedMs,
      vus: this.#last?.vus ?? 0,
      maxVus: this.#start?.maxVus ?? 0,
      complete: counts.reduce((sum, count) => sum + count.complete, 0),
      interrupted: counts.reduce((sum, count) => sum + count.interrupted, 0),
      dropped: this.#dropped,
      errors: this.#errors,
      scenarios: (this.#start?.scenarios ?? []).map((scenario) => this.#scenario(scenario, elapsedMs, intervalMs, ending)),
      last: this.#last === undefined ? undefined : { interval: this.#last, ms: intervalMs },
    };
  }

  #scenario(scenario: RunStart['scenarios'][number], elapsedMs: number, intervalMs: number, ending: Ending): ScenarioProgress {
    const { name, executor } = scenario;
    const begin = scenario.startTimeMs;
    const own = Math.max(0, elapsedMs - begin);
    const counts = this.#iterations[name];
    const { share, text } = executor.progress(own, (counts?.complete ?? 0) + (counts?.interrupted ?? 0));
    const rate = (this.#last?.iterationsByScenario[name] ?? 0) / (intervalMs / 1000);
    const timed = executor.progress(own, 0).share === share;
    const status = this.#status({ before: elapsedMs < begin, share, mayStillRun: timed && own < executor.maxDurationMs, ending });
    return { name, share, text, rate, status };
  }

  #status(at: { before: boolean; share: number; mayStillRun: boolean; ending: Ending }): ScenarioStatus {
    if (at.ending === 'aborting' && at.share < 1) return 'interrupted';
    if (at.ending === 'stopping' && at.before) return 'interrupted'; // it starts no more
    if (this.#stage === 'setup' || this.#stage === 'preflight' || at.before) return 'waiting';
    if (at.share < 1) return at.ending === 'stopping' ? 'stopping' : 'running';
    // When its time is over, the last iterations may be on their way for as long as gracefulStop allows.
    return this.#stage === 'run' && at.mayStillRun ? 'stopping' : 'done';
  }
}
