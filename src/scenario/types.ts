import type { CachePolicy, ClientName, RetriesOption, UploadMode, VerifyPolicy, VU } from '../flow/index.ts';

/** A duration as text (`'30s'`, `'1h30m'`, `'500ms'`) or a number of milliseconds. */
export type Duration = string | number;

/** Options that every executor takes. */
export interface CommonScenarioOptions {
  /** How long running iterations get to finish when the load has ended, before they are cut off. Default `'30s'`. */
  gracefulStop?: Duration;
  /** When, from the start of the load, this scenario begins. Default `'0s'`. */
  startTime?: Duration;
  /** Name of the exported function that is one iteration. Default `'default'`. */
  exec?: string;
  /** Added to `vu.env` for this scenario. */
  env?: Record<string, string>;
  /** Added to every series of this scenario. */
  tags?: Record<string, string>;
}

/** A fixed number of VUs iterate for a fixed time. */
export interface ConstantVusOptions extends CommonScenarioOptions {
  executor: 'constant-vus';
  /** Default 1. */
  vus?: number;
  duration: Duration;
}

/** Each VU runs a fixed number of iterations. */
export interface PerVuIterationsOptions extends CommonScenarioOptions {
  executor: 'per-vu-iterations';
  /** Default 1. */
  vus?: number;
  /** Of each VU. Default 1. */
  iterations?: number;
  /** Default `'10m'`. */
  maxDuration?: Duration;
}

/** VUs share a fixed number of iterations: who is free takes the next. */
export interface SharedIterationsOptions extends CommonScenarioOptions {
  executor: 'shared-iterations';
  /** Default 1. */
  vus?: number;
  /** Of all VUs together, at least as many as VUs. Default 1. */
  iterations?: number;
  /** Default `'10m'`. */
  maxDuration?: Duration;
}

/** One stage of a ramp: in a straight line from where the one before it ended. */
export interface StageOptions {
  /** `'0s'` is a jump. */
  duration: Duration;
  /** VUs in `ramping-vus`, iterations in each `timeUnit` in `ramping-arrival-rate`. Whole, at least 0. */
  target: number;
}

/** A number of VUs that follows stages. A warm-up runs before them, with `startVUs`. */
export interface RampingVusOptions extends CommonScenarioOptions {
  executor: 'ramping-vus';
  /** Default 1. */
  startVUs?: number;
  stages: readonly StageOptions[];
  /** How long the iteration of a VU that a ramp takes away may go on. Default `'30s'`. */
  gracefulRampDown?: Duration;
}

/** What both arrival executors take: they start iterations by the clock, whether or not earlier ones have ended. */
export interface ArrivalRateOptions extends CommonScenarioOptions {
  /** The time that rates are counted in. Default `'1s'`. */
  timeUnit?: Duration;
  /** VUs that are there before the start: rate × length of an iteration, and a reserve. */
  preAllocatedVUs: number;
  /** The most VUs; others are made when none is free. Default: the larger of 10 × `preAllocatedVUs` and 1000. */
  maxVUs?: number;
  /** Starts evenly spaced, or as those of many who know nothing of each other, at the same mean rate. Default `'uniform'`. */
  arrival?: 'uniform' | 'poisson';
  /**
   * What becomes of an iteration that is due when no VU is free and no more may be made: it is never started and counts in `dropped_iterations`,
   * or it starts late, and its response time counts from when it was due. Default `'drop'`.
   */
  onNoVU?: 'drop' | 'queue';
}

/** Iterations start at one rate for a fixed time. */
export interface ConstantArrivalRateOptions extends ArrivalRateOptions {
  executor: 'constant-arrival-rate';
  /** Iterations in each `timeUnit`. Whole, at least 1. */
  rate: number;
  duration: Duration;
}

/** Iterations start at a rate that follows stages. A warm-up runs before them, at `startRate`. */
export interface RampingArrivalRateOptions extends ArrivalRateOptions {
  executor: 'ramping-arrival-rate';
  /** Iterations in each `timeUnit`. Default 0. */
  startRate?: number;
  stages: readonly StageOptions[];
}

/** One scenario of a run: a union on `executor`. */
export type ScenarioOptions =
  | ConstantVusOptions
  | RampingVusOptions
  | PerVuIterationsOptions
  | SharedIterationsOptions
  | ConstantArrivalRateOptions
  | RampingArrivalRateOptions;

/** A threshold with settings. */
export interface ThresholdSettings {
  /** `'p(95)<500'`, `'p(95)<1.5s'`, `'rate<1%'`, `'p(99)<=baseline*1.05'`. */
  threshold: string;
  /** End the run as soon as it fails. Default false. */
  abortOnFail?: boolean;
  /** From the start of the load; until then it does not end the run. Default `'0s'`. */
  delayAbortEval?: Duration;
  /** Whole seconds: every window of this length has to hold, not the run as a whole. The warm-up is in none. */
  window?: Duration;
}

/** A threshold: `'p(95)<500'`, or the same with settings. */
export type ThresholdOption = string | ThresholdSettings;

/** What a scenario file may export as `options`. Names, meanings and defaults are k6's where k6 has them. */
export interface Options {
  /** Short for one scenario named `default`: `constant-vus` with `duration`, `shared-iterations` with `iterations`, `ramping-vus` with `stages`. */
  vus?: number;
  duration?: Duration;
  iterations?: number;
  /** `vus` is where they begin. */
  stages?: readonly StageOptions[];
  scenarios?: Record<string, ScenarioOptions>;
  /** By metric or sub-metric (`'http_req_duration{operation:blob_get}'`). */
  thresholds?: Record<string, string | readonly ThresholdOption[]>;
  /** A run record that thresholds name as `baseline`. The path starts at the scenario's folder. */
  baseline?: string;
  /** Time before the stated duration that is run and left out of every total. Only for executors that run for a duration. Default `'0s'`. */
  warmup?: Duration;
  /** Base URL of the registry, may carry a path; `--registry` goes before it. */
  registry?: string;
  /** Goes before every repository that loadreg names itself. Default `'loadreg'`. */
  repoPrefix?: string;
  /** Default `'full'`. */
  verify?: VerifyPolicy;
  /** Default 1. */
  seed?: number;
  /** A small pool for each VU, as a host has (default), or one pool of `shared` connections for all VUs of a thread. */
  connections?: 'per-vu' | { shared: number };
  /** A new connection for every request. Default false. */
  noConnectionReuse?: boolean;
  /** New connections for every iteration. Default false. */
  noVUConnectionReuse?: boolean;
  /** Client that pulls and pushes imitate: order and kind of requests, retries, connections, `User-Agent`. Default `'plain'`. */
  client?: ClientName;
  /**
   * What is tried again. Default `'profile'`: as the client does it; `plain` tries nothing again. `'none'`, another client's name, how many
   * times more, or a policy: `{ attempts: 3, backoff: '1s', statuses: [429, 503] }`.
   */
  retries?: RetriesOption;
  /** Wait before a retry as long as the registry says in `Retry-After`, also for clients that do not look at it. Default false. */
  honorRetryAfter?: boolean;
  /** Longest wait that `Retry-After` leads to. Default `'60s'`. */
  maxRetryAfter?: Duration;
  /** A body that stands still for so long, up or down, has stalled: its exchange fails as `STALLED`. Default `'30s'`. */
  stallTimeout?: Duration;
  /** For TCP and TLS together. Default `'5s'`. */
  connectTimeout?: Duration;
  /** From the end of a request to the head of its answer. Default `'60s'`, for uploads `'300s'`. */
  headersTimeout?: Duration;
  /** For a whole exchange. Default `'15m'`. */
  requestTimeout?: Duration;
  /** An iteration that was shorter is followed by a pause, which is no part of it. Default `'0s'`. */
  minIterationDuration?: Duration;
  /** Show every exchange on stderr, `'full'` with the beginning of its bodies. */
  httpDebug?: boolean | 'full';
  /** Layers that a pull or push transfers at once. Default: as many as the client; `plain` 3. */
  layerConcurrency?: number;
  /** How blobs go up. Default: as the client; `plain` `'monolithic'`. */
  pushMode?: UploadMode;
  /** Size of a chunk with `pushMode: 'chunked'`. Default `'5MiB'`. */
  chunkSize?: string | number;
  /** A repository to mount from what is missing, before it is uploaded. Fresh blobs are never mounted. */
  mountFrom?: string;
  /** Layers that a host has already when it pulls. Default `'none'`. */
  cache?: CachePolicy;
  /** Default `'15m'`. */
  setupTimeout?: Duration;
  /** Default `'15m'`. */
  teardownTimeout?: Duration;
  /** For `handleSummary`; past it, the usual summary is shown. Default `'2m'`. */
  handleSummaryTimeout?: Duration;
  noSetup?: boolean;
  noTeardown?: boolean;
  /** Tags on every series of the run. */
  tags?: Record<string, string>;
  /** Remove at the end what the run pushed. Default false. */
  cleanup?: boolean;
  /** Stop the run when this much was uploaded. Default `'20GiB'`. */
  maxWrite?: string | number;
  /** Statistics of trends in the text report. Default `['avg', 'min', 'med', 'max', 'p(90)', 'p(95)', 'p(99)']`. */
  summaryTrendStats?: readonly string[];
  /** Extra header fields on every request to the registry. */
  headers?: Record<string, string>;
  userAgent?: string;
  /** Put the path of the base URL before a `Location` that came without it, as proxies in front of some registries let through. Default false. */
  restoreBasePath?: boolean;
  insecureSkipTLSVerify?: boolean;
  /** A name for the run and its report files. Default: the name of the scenario file. */
  name?: string;
}

/** What `handleSummary` gets: k6's shape, in milliseconds. */
export interface SummaryData {
  readonly options: { readonly summaryTrendStats: readonly string[] };
  readonly state: { readonly isStdOutTTY: boolean; readonly isStdErrTTY: boolean; readonly testRunDurationMs: number };
  readonly metrics: Readonly<
    Record<
      string,
      {
        readonly type: 'counter' | 'gauge' | 'rate' | 'trend';
        readonly contains: 'default' | 'time' | 'data';
        readonly values: Readonly<Record<string, number>>;
        readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
      }
    >
  >;
}

/** What a scenario file exports. `default` is one iteration; a scenario's `exec` names another export. */
export interface ScenarioModule {
  readonly options?: Options;
  readonly default?: (vu: VU, data: never) => unknown;
  readonly setup?: (vu: VU) => unknown;
  readonly teardown?: (vu: VU, data?: never) => unknown;
  readonly handleSummary?: (data: SummaryData) => Record<string, string | Uint8Array> | Promise<Record<string, string | Uint8Array>>;
  readonly [name: string]: unknown;
}
