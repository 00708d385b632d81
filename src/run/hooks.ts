import type { ExitName, Logger } from '../base/index.ts';
import type { Executor } from '../executor/index.ts';
import type { ProxySettings, TlsSettings } from '../http/index.ts';
import type { MergedInterval } from '../measure/index.ts';
import type { RunRecord } from '../record/index.ts';
import type { Credentials } from '../registry/index.ts';

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

/** What a run is given by whoever shows it. None of the callbacks may throw; all are called in the main thread. */
export interface RunHooks {
  readonly log: Logger;
  /** Already resolved (flags, environment, docker's `config.json`); undefined is anonymous. */
  readonly credentials: Credentials | undefined;
  readonly proxy: ProxySettings;
  /** PEM texts, already read from the files that the plan names. */
  readonly tls: TlsSettings;
  /** Version of loadreg, for the record. */
  readonly version: string;
  /** Aborts at the first Ctrl+C or SIGTERM: running iterations are aborted, teardown runs, the record is made. */
  readonly signal: AbortSignal;
  /** The block that the preflight found, one line each, without colour. */
  onPreflight(lines: readonly string[]): void;
  /** Once, after the preflight and before setup. */
  onStart(start: RunStart): void;
  /** At each change of stage. */
  onStage(stage: RunStage): void;
  /** After each complete interval of the load, about once a second. */
  onInterval(interval: MergedInterval, iterations: IterationsByScenario): void;
}

/** How a run ended. An error before the load (unreachable registry, invalid input) is thrown as a `LoadregError` instead. */
export interface RunOutcome {
  readonly record: RunRecord;
  /** What the process exits with, unless writing the reports fails. */
  readonly exit: ExitName;
  /** Why, one sentence each: failed thresholds, the error of setup, a limit that was reached. For stderr, after the summary. */
  readonly messages: readonly string[];
}
