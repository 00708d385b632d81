import { createExecutor, type Executor, type ExecutorHost, type Slice } from '../executor/index.ts';
import type { VU } from '../flow/index.ts';
import { HealthMonitor, type IntervalSnapshot, type Recorder } from '../measure/index.ts';
import type { ScenarioModule } from '../scenario/index.ts';
import type { RunPlan, ScenarioPlan } from '../plan/index.ts';
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
  /** Aborts when the run is to end at once. */
  readonly signal: AbortSignal;
  readonly onInterval: (snapshot: IntervalSnapshot) => void;
  /** Called for each iteration that ended. */
  readonly onIteration: (scenario: string, outcome: 'complete' | 'interrupted') => void;
  readonly onException: (error: unknown) => void;
}

/**
 * The whole body of a load generator: drives the slice's share of every scenario and hands out one snapshot for each interval. It is the
 * same wherever it runs. Resolves when the last iteration has ended and its connections are closed.
 */
export async function runSlice(options: SliceOptions): Promise<void> {
  const { plan, context, slice } = options;
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
    let done = 0;
    const scenarioState = {
      startedAt: context.clock.wallTime(),
      progress: () => executor.progress(context.clock.now() - started, done).share,
    };
    const scopes = new Scopes('run', scenario.name, { ...plan.tags, ...scenario.tags });
    return {
      clock: context.clock,
      slice,
      signal: options.signal,
      createVu(index) {
        const vu = new VirtualUser({
          context,
          scopes,
          scenario: scenario.name,
          executor: scenario.executor.executor,
          scenarioState,
          index: firstIndex + index,
          env: { ...plan.env, ...scenario.env },
          fn: options.module[scenario.exec] as (vu: VU, data: unknown) => unknown,
          data: options.data,
          randomByScenarioIteration: scenario.executor.executor === 'shared-iterations',
          onException: options.onException,
        });
        vus.push(vu);
        context.instance.vusInitialized = vus.length;
        return {
          async run(place, signal) {
            const outcome = await vu.run(place, signal);
            done += 1;
            options.onIteration(scenario.name, outcome === 'interrupted' ? 'interrupted' : 'complete');
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
    };
  };

  let firstIndex = 0;
  const running = plan.scenarios.map(async (scenario) => {
    const executor = createExecutor(scenario.executor);
    const first = firstIndex;
    firstIndex += executor.maxVus;
    await context.clock.sleep(startOf(scenario.startTimeMs, plan.warmupMs), options.signal);
    if (!options.signal.aborted) await executor.run(hostOf(scenario, executor, first));
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
