import type { CachePolicy, ClientName, UploadMode, VerifyPolicy, VU } from '../flow/index.ts';

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

/** One scenario of a run: a union on `executor`. */
export type ScenarioOptions = ConstantVusOptions | PerVuIterationsOptions | SharedIterationsOptions;

/** A threshold: `'p(95)<500'`, or the same with k6's abort settings. */
export type ThresholdOption = string | { threshold: string; abortOnFail?: boolean; delayAbortEval?: Duration };

/** What a scenario file may export as `options`. Names, meanings and defaults are k6's where k6 has them. */
export interface Options {
  /** Short for one scenario named `default`: `constant-vus` with `duration`, `shared-iterations` with `iterations`. */
  vus?: number;
  duration?: Duration;
  iterations?: number;
  scenarios?: Record<string, ScenarioOptions>;
  /** By metric or sub-metric (`'http_req_duration{operation:blob_get}'`). */
  thresholds?: Record<string, string | readonly ThresholdOption[]>;
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
  /** Client that pulls and pushes imitate: order and kind of requests, retries, connections, `User-Agent`. Default `'plain'`. */
  client?: ClientName;
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
  insecureSkipTlsVerify?: boolean;
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
