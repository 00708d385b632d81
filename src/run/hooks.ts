import type { ExitName, Logger } from '../base/index.ts';
import type { Executor } from '../executor/index.ts';
import type { ProxySettings, TappedExchange, TlsSettings } from '../http/index.ts';
import type { IntervalSnapshot, MergedInterval, SampleTap, Scope } from '../measure/index.ts';
import type { JournalEntry, RunRecord } from '../record/index.ts';
import type { Credentials } from '../registry/index.ts';
import type { Baseline } from './baseline.ts';

/** Where a run stands. `run` is the load itself; the clock of the load starts with it. */
export type RunStage = 'preflight' | 'setup' | 'run' | 'teardown' | 'cleanup';

/** What is known when the preflight is over and before setup starts: the header of the live view is made of it. */
export interface RunStart {
  /** As the user should see it: the base URL without credentials, or that the embedded registry is used. */
  readonly target: string;
  readonly embedded: boolean;
  /** In the order of the plan. `startTimeMs` counts from the start of the load. */
  readonly scenarios: readonly { readonly name: string; readonly executor: Executor; readonly startTimeMs: number }[];
  /** Most VUs at work at once over all scenarios. */
  readonly maxVus: number;
  /** Longest time to the end of the load in ms, start times and graceful stops included. */
  readonly maxDurationMs: number;
}

/** Iterations of one scenario since the start of the load, warm-up included, over all slices. */
interface IterationCounts {
  /** Ended on their own, failed ones included. */
  readonly complete: number;
  readonly interrupted: number;
}

/** By scenario name. */
export type IterationsByScenario = Readonly<Record<string, IterationCounts>>;

/** What streams observations elsewhere while a run lasts. The methods are called in this order. */
export interface RunOutputs {
  /** Takes every sample; undefined when none is wanted. */
  readonly tap: SampleTap | undefined;
  /** The preflight is over: the run begins. */
  begin(): void;
  /** After each complete interval of the load. */
  onInterval(snapshot: IntervalSnapshot): void;
  /** The load is over, and teardown follows. */
  loadEnded(): void;
  /** Nothing more will come. Resolves when all is written, with a sentence for each output in which something is missing. */
  end(): Promise<readonly string[]>;
}

/** What a run is given by whoever shows it. None of the callbacks may throw; all are called in the main thread. */
export interface RunHooks {
  readonly log: Logger;
  /** Already resolved (flags, environment, docker's `config.json`); undefined is anonymous. */
  readonly credentials: Credentials | undefined;
  readonly proxy: ProxySettings;
  /** PEM texts, already read from the files that the plan names. */
  readonly tls: TlsSettings;
  /** What thresholds ask of the baseline, already read from the file that the plan names; needed when there is such a threshold. */
  readonly baseline?: Baseline | undefined;
  /** Undefined: none. */
  readonly outputs?: RunOutputs | undefined;
  /** Version of loadreg, for the record. */
  readonly version: string;
  /** Aborts at the first Ctrl+C: no more iterations start, running ones may finish; setup is cut off. Its reason is the signal's name. */
  readonly stopping: AbortSignal;
  /**
   * Aborts at the second Ctrl+C or at SIGTERM: running iterations are cut off, teardown runs, the record is made; a teardown that is at work
   * already is cut off. Its reason is the signal's name.
   */
  readonly signal: AbortSignal;
  /** Aborts when a mistake of loadreg's own came to light, its reason: the load is cut off, teardown runs, the record is made. */
  readonly defect: AbortSignal;
  /** The block that the preflight found, one line each, without colour. */
  onPreflight(lines: readonly string[]): void;
  /** Once, after the preflight and before setup. */
  onStart(start: RunStart): void;
  /** At each change of stage. */
  onStage(stage: RunStage): void;
  /** After each complete interval of the load, about once a second. */
  onInterval(interval: MergedInterval, iterations: IterationsByScenario): void;
  /** A signal was heard: what becomes of the run. */
  onInterrupt(interruption: Interruption): void;
  /** When given, called for each exchange of setup, load and teardown once it has ended. Nothing in it is redacted. Slow: for debugging. */
  readonly onExchange?: ((scope: Scope, exchange: TappedExchange) => void) | undefined;
  /** All that the record is made of, as it comes. */
  onJournal(entry: JournalEntry): void;
}

/** What a signal does to a run. */
export interface Interruption {
  /** Whether running iterations, or a teardown at work, may finish. */
  readonly drains: boolean;
  /** Where it found the run. */
  readonly stage: RunStage;
  /** Iterations that were running. */
  readonly running: number;
  /** How long they may take, ms. */
  readonly gracefulStopMs: number;
}

/** How a run ended. An error before the load (unreachable registry, invalid input) is thrown as a `LoadregError` instead. */
export interface RunOutcome {
  readonly record: RunRecord;
  /** What the process exits with, unless writing the reports fails. */
  readonly exit: ExitName;
  /** Why, one sentence each: failed thresholds, the error of setup, a limit that was reached. For stderr, after the summary. */
  readonly messages: readonly string[];
}
