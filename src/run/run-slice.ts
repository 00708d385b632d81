import { setMaxListeners } from 'node:events';
import { keyedRandom } from '../base/index.ts';
import { createExecutor, type Executor, EXECUTORS, type ExecutorHost, type Slice } from '../executor/index.ts';
import type { VU } from '../flow/index.ts';
import { HealthMonitor, type IntervalSnapshot, type Recorder } from '../measure/index.ts';
import type { ScenarioModule } from '../scenario/index.ts';
import type { RunPlan, ScenarioPlan } from '../plan/index.ts';
import { pauseAfterIteration } from './iteration-pause.ts';
import { keepHeapSmall } from './heap.ts';
import { Scopes } from './scopes.ts';
import type { SliceContext } from './slice-context.ts';
import { startOf } from './timing.ts';
import { VirtualUser } from './virtual-user.ts';

/** Length of an interval, ms. */
export const INTERVAL_MS = 1_000;

/** What a slice needs beside the plan. */
export interface SliceOptions {
  readonly plan: RunPlan;
  readonly slice: Slice;
  readonly module: ScenarioModule;
  /** What setup returned. */
  readonly data: unknown;
  readonly context: SliceContext;
  /** The context's observer. */
  readonly recorder: Recorder;
  /** Aborts when no more iterations are to start. */
  readonly stopping: AbortSignal;
  /** Aborts when the run is to end at once. */
  readonly signal: AbortSignal;
  readonly onInterval: (snapshot: IntervalSnapshot) => void;
  /** Called for each iteration that ended. */
  readonly onIteration: (scenario: string, outcome: 'complete' | 'interrupted') => void;
  readonly onException: (error: unknown) => void;
  /** Called with what the user should know of how the load went, in one sentence. */
  readonly onWarning: (sentence: string) => void;
}

/**
 * The whole body of a load generator: drives the slice's share of every scenario and hands out one snapshot for each interval. It is the
 * same wherever it runs. Resolves when the last iteration has ended and its connections are closed.
 */
export async function runSlice(options: SliceOptions): Promise<void> {
  const { plan, context, slice } = options;
  setMaxListeners(0, options.stopping); // every VU that pauses after an iteration listens
  const vus: VirtualUser[] = [];
  const active = new Map<string, number>();
  context.instance.loadStartedAt = context.clock.now();
  let peak = 0;
  const intervals = new IntervalCutter(options, () => {
    const counts = { vus: peak, vusMax: vus.length };
    peak = total(active);
    return counts;
  });

  const hostOf = (scenario: ScenarioPlan, executor: Executor, firstIndex: number): ExecutorHost => {
    const started = context.clock.now();
    const endsAt = started + executor.plannedEndMs;
    let done = 0;
    const scenarioState = {
      startedAt: context.clock.wallTime(),
      progress: () => executor.progress(context.clock.now() - started, done).share,
    };
    const scopes = new Scopes('run', scenario.name, { ...plan.tags, ...scenario.tags }, () =>
      options.onWarning(`scenario ${scenario.name}: vu.exec.vu.metrics.tags has so many values that further ones are left out`),
    );
    const env = { ...plan.env, ...scenario.env };
    const { executor: name } = scenario.executor;
    // Where any VU may take any iteration, choices belong to the iteration: then they are the same however many slices share the load.
    const randomByScenarioIteration = EXECUTORS[name].isOpen || name === 'shared-iterations';
    return {
      clock: context.clock,
      slice,
      stopping: options.stopping,
      signal: options.signal,
      createVu(index) {
        const vu = new VirtualUser({
          context,
          scopes,
          scenario: scenario.name,
          executor: scenario.executor.executor,
          scenarioState,
          index: firstIndex + index,
          env,
          fn: options.module[scenario.exec] as (vu: VU, data: unknown) => unknown,
          data: options.data,
          randomByScenarioIteration,
          onException: options.onException,
        });
        vus.push(vu);
        context.instance.vusInitialized = vus.length;
        context.observer.count(scopes.get('', ''), 'vus_made', 1);
        return {
          async run(place, signal) {
            const startedAt = context.clock.now();
            const outcome = await vu.run(place, signal);
            done += 1;
            options.onIteration(scenario.name, outcome === 'interrupted' ? 'interrupted' : 'complete');
            const { minIterationMs } = plan;
            if (minIterationMs > 0)
              await pauseAfterIteration({ clock: context.clock, startedAt, minIterationMs, endsAt, signals: [signal, options.stopping] });
            return outcome;
          },
        };
      },
      vusActive(count) {
        active.set(scenario.name, count);
        context.instance.vusActive = total(active);
        peak = Math.max(peak, context.instance.vusActive);
      },
      dropped(count) {
        context.observer.count(scopes.get('', ''), 'dropped_iterations', count);
      },
      outOfVus(reached) {
        context.log.warn(
          `insufficient VUs: ${scenario.name} reached ${reached} and may make no more; iterations are dropped or start late`,
        );
      },
      random: (key) => keyedRandom(plan.seed, scenario.name, key),
      advise: (sentence) => options.onWarning(`scenario ${scenario.name}: ${sentence}`),
    };
  };

  let firstIndex = 0;
  const executors = plan.scenarios.map((scenario) => {
    const executor = createExecutor(scenario.executor);
    firstIndex += executor.maxVus;
    return { scenario, executor, first: firstIndex - executor.maxVus };
  });
  keepHeapSmall(firstIndex / slice.count);
  const running = executors.map(async ({ scenario, executor, first }) => {
    await context.clock.sleep(startOf(scenario.startTimeMs, plan.warmupMs), options.stopping);
    if (!options.stopping.aborted) await executor.run(hostOf(scenario, executor, first));
  });
  try {
    await Promise.all(running);
  } finally {
    intervals.stop();
    await Promise.all(vus.map((vu) => vu.close()));
  }
}

/** Cuts the recorder at whole seconds from the start of the load, late rather than never, and once more at the end. */
class IntervalCutter {
  readonly #options: SliceOptions;
  readonly #vus: () => { vus: number; vusMax: number };
  readonly #health = new HealthMonitor();
  readonly #startedAt: number;
  #timer: NodeJS.Timeout;
  #next = 0;

  constructor(options: SliceOptions, vus: () => { vus: number; vusMax: number }) {
    this.#options = options;
    this.#vus = vus;
    this.#startedAt = options.context.clock.now();
    this.#timer = this.#schedule();
  }

  #schedule(): NodeJS.Timeout {
    const due = this.#startedAt + (this.#next + 1) * INTERVAL_MS;
    return setTimeout(
      () => {
        // After a stall longer than an interval the missed ones are cut empty, so that numbers stay numbers of seconds.
        const behind = Math.floor((this.#options.context.clock.now() - this.#startedAt) / INTERVAL_MS);
        do this.#cut();
        while (this.#next < behind);
        this.#timer = this.#schedule();
      },
      Math.max(0, due - this.#options.context.clock.now()),
    );
  }

  #cut(): void {
    const { recorder, slice, onInterval } = this.#options;
    onInterval(recorder.cut(this.#next, { slice: slice.index, ...this.#vus(), health: this.#health.sample() }));
    this.#next += 1;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#cut();
    this.#health.stop();
  }
}

function total(counts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}
