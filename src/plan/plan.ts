import type { CachePolicy, ClientName, RetryPolicy, UploadMode, VerifyPolicy } from '../flow/index.ts';
import type { Timeouts } from '../http/index.ts';
import type { ExecutorOptions } from '../executor/index.ts';

/** A scenario with every default filled in. Times in ms. */
export interface ScenarioPlan {
  readonly name: string;
  /** Exported function that is one iteration. */
  readonly exec: string;
  /** Options of the executor, units parsed. */
  readonly executor: ExecutorOptions;
  readonly startTimeMs: number;
  readonly env: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** One threshold as given, its metric and tags apart. */
export interface ThresholdPlan {
  /** As written: `http_req_duration{operation:blob_get}`. */
  readonly metric: string;
  /** As written: `p(95)<500`. */
  readonly expression: string;
  readonly abortOnFail: boolean;
  /** From the start of the load. */
  readonly delayAbortEvalMs: number;
  /** Whole seconds: every window of this length has to hold. Undefined: the whole of what was measured. */
  readonly windowMs: number | undefined;
}

/** How to reach the registry. Credentials are not here: they never enter the plan, and so never the record. */
export interface TargetPlan {
  /** Base URL without credentials and trailing slash; undefined: the embedded registry. */
  readonly registry: string | undefined;
  readonly insecureSkipTlsVerify: boolean;
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  /** Extra header fields on every request to the registry. Values may be secret: only names are recorded. */
  readonly headers: Readonly<Record<string, string>>;
  readonly userAgent: string;
  /** Put the path of the base URL before a `Location` or `Link` that came without it. */
  readonly restoreBasePath: boolean;
  readonly connections: 'per-vu' | { readonly shared: number };
  /** Every request opens a connection, and closes it. */
  readonly noConnectionReuse: boolean;
  /** Every iteration begins without connections. */
  readonly noVUConnectionReuse: boolean;
}

/** How pushes go, unless their own options say otherwise. */
export interface PushPlan {
  /** Blobs that a push transfers at once. */
  readonly layerConcurrency: number;
  readonly mode: UploadMode;
  /** Bytes of a chunk, where the mode cuts any. */
  readonly chunkSize: number;
  /** A repository to mount from what is missing; undefined: none. */
  readonly mountFrom: string | undefined;
}

/** Everything a slice needs to know, as plain JSON: all options consolidated, every default filled in. */
export interface RunPlan {
  readonly name: string;
  readonly scenarioPath: string;
  readonly seed: number;
  readonly verify: VerifyPolicy;
  readonly repoPrefix: string;
  /** The client that requests imitate. */
  readonly client: ClientName;
  /** What is tried again, and when. */
  readonly retries: RetryPolicy;
  /** Of every exchange, ms. */
  readonly timeouts: Timeouts;
  /** Layers that a pull transfers at once. */
  readonly layerConcurrency: number;
  readonly push: PushPlan;
  /** Which layers a host has already when it pulls. */
  readonly cache: CachePolicy;
  readonly target: TargetPlan;
  readonly scenarios: readonly ScenarioPlan[];
  readonly thresholds: readonly ThresholdPlan[];
  /** Metrics whose list of thresholds was given empty: that switches a built-in threshold off. */
  readonly disabledThresholds: readonly string[];
  /** File of the run record that thresholds may be held against. */
  readonly baseline: string | undefined;
  readonly warmupMs: number;
  /** An iteration that was shorter is followed by a pause; 0: none. */
  readonly minIterationMs: number;
  readonly setupTimeoutMs: number;
  readonly teardownTimeoutMs: number;
  readonly noSetup: boolean;
  readonly noTeardown: boolean;
  readonly noThresholds: boolean;
  /** Values of `-e`; only their names are recorded. */
  readonly env: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** Describe the run, never enter a series. */
  readonly labels: Readonly<Record<string, string>>;
  readonly envLabel: string | undefined;
  readonly cleanup: boolean;
  /** Bytes. */
  readonly maxWrite: number;
  readonly summaryTrendStats: readonly string[];
  readonly strict: boolean;
  /** Send nothing that writes before the start. */
  readonly noTrialPush: boolean;
  readonly publicRegistryIsMine: boolean;
}
