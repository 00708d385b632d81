import { randomBytes } from 'node:crypto';
import { LoadregError, messageOf, systemClock } from '../base/index.ts';
import { createExecutor } from '../executor/index.ts';
import type { PushedManifest, VU } from '../flow/index.ts';
import { DEFAULT_TIMEOUTS, Dispatchers, HttpClient } from '../http/index.ts';
import { Collector, createRecorder, judgeGenerator, type CustomMetric } from '../measure/index.ts';
import { buildRecord, exitOf, type LoadTimes, readEnvironment } from '../record/index.ts';
import { RegistryClient } from '../registry/index.ts';
import type { LoadedScenario } from '../scenario/index.ts';
import { removePushed } from './cleanup.ts';
import { type EmbeddedRegistry, startEmbeddedRegistry } from './embedded.ts';
import type { RunHooks, RunOutcome } from './hooks.ts';
import { jsonData } from './json-data.ts';
import { connectionLimits, limitWarnings } from './limits.ts';
import { makeContext } from './make-context.ts';
import { messagesOf } from './messages.ts';
import type { RunPlan } from '../plan/index.ts';
import { preflight, type PreflightResult } from './preflight.ts';
import { refusePublicRegistry } from './public-registries.ts';
import { INTERVAL_MS, runSlice } from './run-slice.ts';
import type { SliceContext } from './slice-context.ts';
import { runStage, type StageResult } from './stage.ts';
import { Stopper } from './stopper.ts';
import { abortingThreshold, atEnd, judgeThresholds, soFar } from './thresholds.ts';
import { plannedEnd, startOf } from './timing.ts';

/** How often thresholds that may end the run are judged while it goes on, ms; k6's. */
const THRESHOLD_EVERY_MS = 2_000;
/** The same exception is shown once, and this many different ones. */
const SHOWN_EXCEPTIONS = 10;

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
  readonly #recorder = createRecorder();
  readonly #collector: Collector;
  readonly #pushed = new Set<PushedManifest>();
  readonly #warnings: string[] = [];
  readonly #shownExceptions = new Set<string>();
  readonly #context: SliceContext;
  readonly #custom: readonly CustomMetric[];

  constructor(plan: RunPlan, loaded: LoadedScenario, hooks: RunHooks, embedded: EmbeddedRegistry | undefined) {
    this.#plan = plan;
    this.#loaded = loaded;
    this.#hooks = hooks;
    this.#embedded = embedded;
    this.#custom = loaded.customMetrics;
    this.#collector = new Collector({ slices: 1, warmupIntervals: Math.ceil(plan.warmupMs / INTERVAL_MS), intervalMs: INTERVAL_MS });
    this.#context = makeContext({
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
    const onSignal = () => this.#stopper.abort('signal', 'the run was interrupted by a signal');
    if (hooks.signal.aborted) onSignal();
    else hooks.signal.addEventListener('abort', onSignal, { once: true });
  }

  async run(): Promise<RunOutcome> {
    const { target } = await this.#preflight();
    const setup = await this.#setup();
    const load = await this.#load(setup?.state === 'done' ? setup.value : undefined, setup === undefined || setup.state === 'done');
    const teardown = await this.#teardown(setup);
    this.#collector.add(this.#recorder.cutStage(0));
    await this.#context.sharedDispatchers?.destroy();
    if (this.#embedded?.lost() === true) this.#stopper.fail('defect', 'the embedded registry ended during the run');

    const totals = this.#collector.finish();
    const known = totals.errors.find((error) => error.code === 'FRESH_BLOB_EXISTS');
    if (known !== undefined) {
      // The run measured HEAD hits where it means uploads: whatever its numbers are, they are of another workload.
      this.#stopper.fail('scenario-exception', `${known.count} pushes were to send fresh blobs that the registry had already`);
    }
    if (this.#stopper.besides !== undefined) this.#warnings.push(this.#stopper.besides);
    const record = buildRecord({
      run: { id: this.#id, startedAt: this.#startedAt, endedAt: Date.now(), end: this.#stopper.end },
      toolVersion: this.#hooks.version,
      plan: this.#plan,
      workloadText: this.#loaded.text,
      load,
      target,
      environment: readEnvironment(this.#plan.envLabel),
      slices: [
        {
          index: 0,
          host: 'in-process',
          agent: null,
          state: this.#stopper.end.state,
          reason: null,
          intervals: Math.ceil(load.end / INTERVAL_MS),
        },
      ],
      totals,
      setupMs: setup?.ms,
      teardownMs: teardown,
      thresholds: judgeThresholds(this.#plan, atEnd(this.#collector, totals, load), this.#custom),
      generator: judgeGenerator(totals.health),
      warnings: this.#warnings,
    });
    return { record, exit: exitOf(record), messages: messagesOf(record) };
  }

  async #preflight(): Promise<PreflightResult> {
    this.#hooks.onStage('preflight');
    const { plan, context } = { plan: this.#plan, context: this.#context };
    const executors = plan.scenarios.map((scenario) => ({ scenario, executor: createExecutor(scenario.executor) }));
    const maxVus = executors.reduce((sum, { executor }) => sum + executor.maxVus, 0);
    const limits = connectionLimits(plan, maxVus);
    const dispatchers = new Dispatchers({ ...context.dispatcherOptions, onConnected: () => {} });
    const http = new HttpClient({ dispatchers, timeouts: DEFAULT_TIMEOUTS });
    const onAbort = () => http.abort('ABORTED', 'interrupted');
    this.#stopper.signal.addEventListener('abort', onAbort, { once: true });
    try {
      const send = http.sender(() => {});
      const auth = context.authorizer();
      const result = await preflight({
        send,
        registry: (watched) => new RegistryClient({ ...context.registry, auth, send: watched }),
        embedded: this.#embedded !== undefined,
        repository: plan.noTrialPush ? undefined : [plan.repoPrefix, 'loadreg-preflight'].filter((part) => part !== '').join('/'),
        tls: this.#hooks.tls,
        limits,
        now: () => context.clock.wallTime(),
      });
      this.#warnings.push(...limitWarnings(limits));
      this.#hooks.onPreflight([...result.lines, ...this.#warnings.map((warning) => `warning      ${warning}`)]);
      this.#hooks.onStart({
        target: result.target.baseUrl,
        embedded: result.target.embedded,
        scenarios: executors.map(({ scenario, executor }) => ({
          name: scenario.name,
          executor,
          startTimeMs: startOf(scenario.startTimeMs, plan.warmupMs),
        })),
        maxVus,
        maxDurationMs: Math.max(
          ...executors.map(({ scenario, executor }) => startOf(scenario.startTimeMs, plan.warmupMs) + executor.maxDurationMs),
        ),
      });
      return result;
    } catch (error) {
      if (this.#stopper.signal.aborted) throw new LoadregError('interrupted before the start', { exit: 'interrupted', cause: error });
      throw error;
    } finally {
      this.#stopper.signal.removeEventListener('abort', onAbort);
      await dispatchers.destroy();
    }
  }

  async #setup(): Promise<StageResult | undefined> {
    const { setup } = this.#loaded.module;
    if (setup === undefined || this.#plan.noSetup || this.#stopper.signal.aborted) return undefined;
    this.#hooks.onStage('setup');
    const result = await runStage({
      name: 'setup',
      context: this.#context,
      env: this.#plan.env,
      timeoutMs: this.#plan.setupTimeoutMs,
      signal: this.#stopper.signal,
      frame: this.#loaded.userFrame,
      fn: async (vu) => jsonData(await setup(vu)),
    });
    if (result.state === 'failed') this.#stopper.fail(result.cause, result.reason);
    return result;
  }

  async #load(data: unknown, go: boolean): Promise<LoadTimes> {
    const startedAt = Date.now();
    const started = systemClock.now();
    if (go && !this.#stopper.signal.aborted) {
      this.#hooks.onStage('run');
      const iterations: Record<string, { complete: number; interrupted: number }> = {};
      for (const { name } of this.#plan.scenarios) iterations[name] = { complete: 0, interrupted: 0 };
      this.#collector.onInterval((interval) => this.#hooks.onInterval(interval, iterations));
      const judging = setInterval(() => this.#judgeMeanwhile(systemClock.now() - started), THRESHOLD_EVERY_MS);
      try {
        await runSlice({
          plan: this.#plan,
          slice: { index: 0, count: 1 },
          module: this.#loaded.module,
          data,
          context: this.#context,
          recorder: this.#recorder,
          signal: this.#stopper.signal,
          onInterval: (snapshot) => this.#collector.add(snapshot),
          onIteration: (scenario, outcome) => {
            const counts = iterations[scenario];
            if (counts !== undefined) counts[outcome] += 1;
          },
          onException: (error) => this.#showException(error),
        });
      } finally {
        clearInterval(judging);
      }
    }
    this.#collector.sliceEnded(0);
    const end = systemClock.now() - started;
    return { startedAt, warmupEnd: Math.min(this.#plan.warmupMs, end), loadEnd: Math.min(plannedEnd(this.#plan), end), end };
  }

  #judgeMeanwhile(sinceStart: number): void {
    if (!this.#plan.thresholds.some((threshold) => threshold.abortOnFail) || this.#collector.measuredMs === 0) return;
    const results = judgeThresholds(this.#plan, soFar(this.#collector), this.#custom);
    const failed = abortingThreshold(results, this.#plan, sinceStart);
    if (failed !== undefined)
      this.#stopper.abort('threshold', `the threshold ${failed.metric} ${failed.expression} failed and was to end the run`);
  }

  /** A scenario that throws does so in every iteration: each message is shown once, and the rest is in the report's errors. */
  #showException(error: unknown): void {
    const message = error instanceof Error ? `${messageOf(error.name)}: ${messageOf(error)}` : messageOf(error);
    if (this.#shownExceptions.has(message) || this.#shownExceptions.size >= SHOWN_EXCEPTIONS) return;
    this.#shownExceptions.add(message);
    const where = this.#loaded.userFrame(error);
    this.#hooks.log.error(`an iteration threw ${message}${where === undefined ? '' : ` at ${where}`} (counted from here on, not repeated)`);
  }

  /** Runs whatever became of setup and load: what they left is to be removed. Returns its length, ms. */
  async #teardown(setup: StageResult | undefined): Promise<number | undefined> {
    const { module } = this.#loaded;
    const data = setup?.state === 'done' ? setup.value : undefined;
    const teardown = this.#plan.noTeardown ? undefined : (module.teardown as ((vu: VU, data?: unknown) => unknown) | undefined);
    const cleanup = this.#plan.cleanup && this.#pushed.size > 0;
    if (teardown === undefined && !cleanup) return undefined;
    this.#hooks.onStage(teardown === undefined ? 'cleanup' : 'teardown');
    const result = await runStage({
      name: 'teardown',
      context: this.#context,
      env: this.#plan.env,
      timeoutMs: this.#plan.teardownTimeoutMs,
      signal: new AbortController().signal,
      frame: this.#loaded.userFrame,
      fn: async (vu) => {
        await teardown?.(vu, data);
        if (!cleanup) return;
        if (teardown !== undefined) this.#hooks.onStage('cleanup');
        await removePushed(vu.registry, this.#pushed, vu.signal, this.#hooks.log);
      },
    });
    if (result.state === 'failed') this.#stopper.fail(result.cause, result.reason);
    return result.ms;
  }
}
