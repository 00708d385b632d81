import { randomBytes } from 'node:crypto';
import { formatDuration, messageOf, systemClock } from '../base/index.ts';
import { Collector, createRecorder, type Recorder } from '../measure/index.ts';
import { exitOf, type LoadTimes, readEnvironment, recordHead } from '../record/index.ts';
import type { LoadedScenario } from '../scenario/index.ts';
import { type EmbeddedRegistry, startEmbeddedRegistry } from './embedded.ts';
import type { RunHooks, RunOutcome, RunStage } from './hooks.ts';
import { journalHead } from './journal-head.ts';
import { lookFirst } from './look-first.ts';
import { makeContext } from './make-context.ts';
import { makeRecord } from './make-record.ts';
import { messagesOf } from './messages.ts';
import type { RunPlan } from '../plan/index.ts';
import { runSetup, runTeardown } from './outer-stages.ts';
import { refusePublicRegistry } from './public-registries.ts';
import { PushedManifests } from './pushed-manifests.ts';
import type { RunParts } from './run-parts.ts';
import { INTERVAL_MS, runSlice } from './run-slice.ts';
import { ShownExceptions } from './shown-exceptions.ts';
import { Stopper } from './stopper.ts';
import { ThresholdJudge } from './thresholds.ts';
import { plannedEnd } from './timing.ts';

/** How often thresholds that may end the run are judged while it goes on, ms; k6's. */
const THRESHOLD_EVERY_MS = 2_000;

/**
 * A whole run: registry, preflight, setup, load, teardown, cleanup, record. Ends early by the hooks' signal and still leaves a record.
 * @throws LoadregError when the run cannot start: registry unreachable or not to be used.
 */
export async function runLoad(plan: RunPlan, loaded: LoadedScenario, hooks: RunHooks): Promise<RunOutcome> {
  if (plan.target.registry !== undefined) refusePublicRegistry(plan.target.registry, plan.publicRegistryIsMine);
  const embedded = plan.target.registry === undefined ? await startEmbeddedRegistry() : undefined;
  try {
    return await new Run(plan, loaded, hooks, embedded).run();
  } finally {
    await embedded?.close();
  }
}

/** One run on its way through its stages. */
class Run {
  readonly #plan: RunPlan;
  readonly #loaded: LoadedScenario;
  readonly #hooks: RunHooks;
  readonly #embedded: EmbeddedRegistry | undefined;
  readonly #id = `${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}-${randomBytes(3).toString('hex')}`;
  readonly #startedAt = Date.now();
  readonly #stopper = new Stopper();
  readonly #recorder: Recorder;
  readonly #collector: Collector;
  readonly #pushed = new PushedManifests();
  readonly #warnings: string[] = [];
  readonly #parts: RunParts;
  readonly #judge: ThresholdJudge;
  readonly #over = new AbortController();
  #stage: RunStage = 'preflight';
  /** On the clock of the load; undefined before it. */
  #loadStartedAt: number | undefined;
  /** When no more iterations were to start, ms from the start of the load. */
  #stoppedAt = Number.POSITIVE_INFINITY;

  constructor(plan: RunPlan, loaded: LoadedScenario, given: RunHooks, embedded: EmbeddedRegistry | undefined) {
    const onStage = (stage: RunStage) => {
      this.#stage = stage;
      given.onStage(stage);
    };
    const hooks = { ...given, onStage };
    this.#plan = plan;
    this.#loaded = loaded;
    this.#hooks = hooks;
    this.#recorder = createRecorder(hooks.outputs?.tap);
    this.#embedded = embedded;
    this.#judge = new ThresholdJudge({ plan, custom: loaded.customMetrics, baseline: hooks.baseline, intervalMs: INTERVAL_MS });
    this.#warnings.push(...(hooks.baseline?.warnings ?? []));
    this.#collector = new Collector({ slices: 1, warmupIntervals: Math.ceil(plan.warmupMs / INTERVAL_MS), intervalMs: INTERVAL_MS });
    const context = makeContext({
      plan,
      hooks,
      runId: this.#id,
      baseUrl: embedded?.url ?? (plan.target.registry as string),
      scenarioPath: loaded.path,
      observer: this.#recorder,
      stopper: this.#stopper,
      // Kept only to be removed at the end: a long run pushes without end.
      pushed: (what) => void (plan.cleanup && this.#pushed.add(what)),
    });
    this.#parts = { plan, loaded, hooks, embedded, context, stopper: this.#stopper, warnings: this.#warnings };
    this.#stopper.stopping.addEventListener('abort', () => this.#onStopping(), { signal: this.#over.signal });
    this.#whenAborted(hooks.signal, (name) => this.#onSignal(name, false));
    this.#whenAborted(hooks.stopping, (name) => this.#onSignal(name, true));
    this.#whenAborted(hooks.defect, (error) => this.#stopper.breakOff('defect', `loadreg made a mistake: ${messageOf(error)}`));
  }

  async run(): Promise<RunOutcome> {
    const { target } = await lookFirst(this.#parts);
    this.#hooks.outputs?.begin();
    const head = recordHead({
      run: { id: this.#id, startedAt: this.#startedAt },
      toolVersion: this.#hooks.version,
      plan: this.#plan,
      workloadText: this.#loaded.text,
      target,
      environment: readEnvironment(this.#plan.envLabel),
    });
    this.#hooks.onJournal(journalHead(head, this.#plan, this.#loaded, this.#hooks, this.#warnings));
    const setup = await runSetup(this.#parts);
    this.#endStage('setup', setup?.ms);
    const load = await this.#load(setup?.state === 'done' ? setup.value : undefined, setup === undefined || setup.state === 'done');
    this.#hooks.onJournal({ kind: 'loaded', load });
    const teardown = await runTeardown(this.#parts, setup, this.#pushed);
    this.#endStage('teardown', teardown?.ms);
    await this.#parts.context.sharedDispatchers?.destroy();
    if (this.#embedded?.lost() === true) this.#stopper.fail('defect', 'the embedded registry ended during the run');
    this.#warnings.push(...this.#parts.context.watch.warnings(this.#loaded.userFrame));
    this.#warnings.push(...((await this.#hooks.outputs?.end()) ?? []));
    this.#over.abort();
    const endedAt = Date.now();
    const { end, besides } = this.#stopper;
    this.#hooks.onJournal({ kind: 'end', endedAt, end, besides, warnings: this.#warnings });
    const record = makeRecord({
      head,
      endedAt,
      stopper: this.#stopper,
      load,
      intervalMs: INTERVAL_MS,
      collector: this.#collector,
      judge: this.#judge,
      setupMs: setup?.ms,
      teardownMs: teardown?.ms,
      warnings: this.#warnings,
    });
    return { record, exit: exitOf(record), messages: messagesOf(record) };
  }

  /** What was sent since the load or before it is the stage's. */
  #endStage(stage: 'setup' | 'teardown', ms: number | undefined): void {
    const snapshot = this.#recorder.cutStage(0);
    this.#collector.add(snapshot);
    this.#hooks.onJournal({ kind: 'stage', stage, ms, snapshot });
  }

  #onSignal(name: unknown, drains: boolean): void {
    if (drains && this.#hooks.signal.aborted) return; // heard already, and for more than that
    const when = {
      preflight: 'before the start',
      setup: 'during setup',
      run: `${formatDuration(this.#sinceLoad() ?? 0)} into the load`,
      teardown: 'during teardown; the load was over',
      cleanup: 'during cleanup; the load was over',
    }[this.#stage];
    const reason = `the run was interrupted by ${String(name)} ${when}`;
    if (drains) this.#stopper.drain('signal', reason);
    else this.#stopper.abort('signal', reason);
    const gracefulStopMs = Math.max(...this.#plan.scenarios.map(({ executor }) => executor.gracefulStopMs));
    this.#hooks.onInterrupt({ drains, stage: this.#stage, running: this.#parts.context.instance.vusActive, gracefulStopMs });
  }

  /** Calls back with the signal's reason, at once when it has aborted already, and not when the run is over. */
  #whenAborted(signal: AbortSignal, callback: (reason: unknown) => void): void {
    if (signal.aborted) callback(signal.reason);
    else signal.addEventListener('abort', () => callback(signal.reason), { signal: this.#over.signal });
  }

  #onStopping(): void {
    const since = this.#sinceLoad();
    if (since !== undefined) {
      this.#stoppedAt = since;
      this.#judge.endsAt(since);
    }
    this.#hooks.onJournal({ kind: 'stopping', end: this.#stopper.end, sinceLoadMs: since });
  }

  #sinceLoad(): number | undefined {
    return this.#loadStartedAt === undefined ? undefined : systemClock.now() - this.#loadStartedAt;
  }

  async #load(data: unknown, go: boolean): Promise<LoadTimes> {
    const startedAt = Date.now();
    const started = systemClock.now();
    this.#loadStartedAt = started;
    if (go && !this.#stopper.stopping.aborted) {
      this.#hooks.onJournal({ kind: 'load', startedAt });
      this.#hooks.onStage('run');
      const exceptions = new ShownExceptions(this.#loaded, this.#hooks.log);
      const iterations: Record<string, { complete: number; interrupted: number }> = {};
      for (const { name } of this.#plan.scenarios) iterations[name] = { complete: 0, interrupted: 0 };
      this.#collector.onInterval((interval, snapshot) => {
        this.#judge.add(snapshot);
        this.#hooks.outputs?.onInterval(snapshot);
        this.#hooks.onJournal({ kind: 'interval', snapshot });
        this.#hooks.onInterval(interval, iterations);
      });
      const judging = this.#judge.mayAbort
        ? setInterval(() => this.#judgeMeanwhile(systemClock.now() - started), THRESHOLD_EVERY_MS)
        : undefined;
      try {
        await runSlice({
          plan: this.#plan,
          slice: { index: 0, count: 1 },
          module: this.#loaded.module,
          data,
          context: this.#parts.context,
          recorder: this.#recorder,
          stopping: this.#stopper.stopping,
          signal: this.#stopper.signal,
          onInterval: (snapshot) => this.#collector.add(snapshot),
          onIteration: (scenario, outcome) => {
            const counts = iterations[scenario];
            if (counts !== undefined) counts[outcome] += 1;
          },
          onException: (error) => exceptions.show(error),
          onWarning: (sentence) => this.#warnings.push(sentence),
        });
      } finally {
        clearInterval(judging);
      }
    }
    this.#collector.sliceEnded(0);
    this.#hooks.outputs?.loadEnded();
    const end = systemClock.now() - started;
    const loadEnd = Math.min(plannedEnd(this.#plan), this.#stoppedAt, end);
    return { startedAt, warmupEnd: Math.min(this.#plan.warmupMs, end), loadEnd, end };
  }

  #judgeMeanwhile(sinceStart: number): void {
    const failed = this.#judge.toAbort(this.#collector, sinceStart);
    if (failed === undefined) return;
    const where = failed.windowMs === undefined ? '' : ` in a window of ${formatDuration(failed.windowMs)}`;
    this.#stopper.abort('threshold', `the threshold ${failed.metric} ${failed.expression} failed${where} and was to end the run`);
  }
}
