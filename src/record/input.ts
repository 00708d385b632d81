import type { GeneratorVerdict, RunTotals, SettledThreshold, ThresholdOutcome } from '../measure/index.ts';
import type { RunPlan } from '../plan/index.ts';
import type { AbortCause, FailureCause, RecordedAgent, RecordedSlice } from './schema.ts';
import type { Environment, Target } from './schema-setting.ts';

/** How the run ended, as the run itself knows it. That no iteration succeeded is found out when the record is built. */
export type RunEnd =
  | { readonly state: 'finished' }
  | { readonly state: 'aborted'; readonly cause: AbortCause; readonly reason: string }
  | { readonly state: 'failed'; readonly cause: FailureCause; readonly reason: string };

/**
 * When the parts of the load were, in ms from the start of the load (the start of interval 0), on the clock that the intervals go by.
 * A run that ended within its warm-up has an empty measured window.
 */
export interface LoadTimes {
  /** Wall time of the start of the load, ms since the Unix epoch. */
  readonly startedAt: number;
  /** 0 without a warm-up. */
  readonly warmupEnd: number;
  /** When no more iterations were started. */
  readonly loadEnd: number;
  /** When the last iteration had ended. */
  readonly end: number;
}

/** A threshold with what came out of it. */
export interface ThresholdResult {
  /** As written: `http_req_duration{operation:blob_get}`. */
  readonly metric: string;
  /** As written: `p(95)<500`. */
  readonly expression: string;
  readonly parsed: SettledThreshold;
  readonly outcome: ThresholdOutcome;
  readonly abortOnFail: boolean;
  /** Set by loadreg itself, such as `digest_mismatches: count==0`. */
  readonly builtIn: boolean;
  /** Length of the windows that it was held against; undefined: the whole of what was measured. */
  readonly windowMs: number | undefined;
  /** What the limit was made of; undefined when it is a plain number. */
  readonly baseline: { readonly value: number; readonly file: string; readonly runId: string } | undefined;
  /** Why it came out so, where the value alone does not say it. */
  readonly reason: string | undefined;
}

/** Everything that a record is built from. Plain data. */
export interface RecordInput {
  readonly run: {
    readonly id: string;
    /** Wall times, ms since the Unix epoch; setup and teardown included. */
    readonly startedAt: number;
    readonly endedAt: number;
    readonly end: RunEnd;
  };
  readonly toolVersion: string;
  readonly plan: RunPlan;
  /** Text that the workload hash takes in: the scenario's bundle without paths and source map. */
  readonly workloadText: string;
  readonly load: LoadTimes;
  /** What preflight found. `baseUrl` may carry credentials: they are dropped. */
  readonly target: Target;
  /** From `readEnvironment()`. */
  readonly environment: Environment;
  readonly slices: readonly RecordedSlice[];
  /** Default: none. */
  readonly agents?: readonly RecordedAgent[];
  readonly totals: RunTotals;
  /** Milliseconds; undefined when there was no such stage. */
  readonly setupMs: number | undefined;
  /** Teardown and cleanup together. */
  readonly teardownMs: number | undefined;
  /** In the order to show them. */
  readonly thresholds: readonly ThresholdResult[];
  /** Default: judged by what was measured. */
  readonly generator?: GeneratorVerdict;
  readonly warnings?: readonly string[];
  readonly notes?: readonly string[];
}
