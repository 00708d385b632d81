import type { Logger, Random } from '../base/index.ts';
import type { BodySource, Method, RequestHeaders, ResponseHeaders, Send } from '../http/index.ts';
import type { Observer, Phases, Scope } from '../measure/index.ts';
import type { RegistryClient } from '../registry/index.ts';
import type { CachePolicy } from './blob-cache.ts';
import type { ClientProfile, RetryPolicy } from './profiles/index.ts';
import type { UploadMode } from './upload-options.ts';

/** How much of what is pulled is checked against its digest: every byte, a share of the blobs (`sampled:0.1`), sizes only, or nothing. */
export type VerifyPolicy = 'full' | `sampled:${number}` | 'size' | 'off';

/** Settings of the run that flows and images go by. */
export interface FlowSettings {
  readonly verify: VerifyPolicy;
  /** Goes before every repository that loadreg names itself; '' or ends without a slash. */
  readonly repoPrefix: string;
  /** Fixes sizes, popularity and choices. Default 1. */
  readonly seed: number;
  /** Unique to the run; salts what is pushed fresh. */
  readonly runId: string;
  /** The client that flows imitate. */
  readonly profile: ClientProfile;
  /** What is tried again, and when. */
  readonly retry: RetryPolicy;
  /** Layers that a pull transfers at once, and a push too unless `push` says otherwise. */
  readonly layerConcurrency: number;
  /** How pushes go unless their own options say otherwise; what is missing here is as the client has it. */
  readonly push?: Partial<PushSettings>;
  /** Which layers a host has already when it pulls. Default `none`. */
  readonly cache?: CachePolicy;
  /** Folder that relative paths of the scenario start at. */
  readonly scenarioDir: string;
}

/** How pushes go. */
export interface PushSettings {
  /** Blobs that a push transfers at once. */
  readonly layerConcurrency: number;
  readonly mode: UploadMode;
  /** Bytes of a chunk, where the mode cuts any. */
  readonly chunkSize: number;
  /** A repository to mount from what is missing, before it is uploaded; undefined: none. */
  readonly mountFrom: string | undefined;
}

/** k6's `exec`: where in the run this VU and iteration stand. */
export interface Exec {
  readonly scenario: {
    readonly name: string;
    readonly executor: string;
    /** When the scenario began, ms since the Unix epoch. */
    readonly startTime: number;
    /** How far it has come, 0 to 1. */
    readonly progress: number;
    readonly iterationInInstance: number;
    readonly iterationInTest: number;
  };
  readonly vu: {
    readonly idInInstance: number;
    readonly idInTest: number;
    readonly iterationInInstance: number;
    readonly iterationInScenario: number;
    /**
     * Tags of all that this VU records from then on, in later iterations too: `vu.exec.vu.metrics.tags['tenant'] = 'a'`; `delete` takes one
     * away. Keep the number of values small. Texts, numbers and booleans.
     */
    readonly metrics: { readonly tags: Record<string, string | number | boolean> };
  };
  readonly instance: {
    readonly vusActive: number;
    readonly vusInitialized: number;
    readonly iterationsCompleted: number;
    readonly iterationsInterrupted: number;
    /** ms */
    readonly currentTestRunDuration: number;
  };
  readonly test: {
    /** Ends the whole run: running iterations are cut off, teardown runs, the report is written. Exit 108. */
    abort(message?: string): never;
    /** Lets the run go on and marks it as failed. Exit 110. */
    fail(message?: string): void;
    /** The consolidated options under their names in a scenario file, every default filled in. Times in ms. Read-only. */
    readonly options: Readonly<Record<string, unknown>>;
  };
}

/** A request of the scenario's own, for a product's REST API. */
export interface VuRequest {
  readonly method?: Method;
  /** Path on the registry's host (`/api/v2.0/projects`), or an absolute URL. */
  readonly path: string;
  readonly headers?: RequestHeaders;
  /** Text, bytes, a source, or a value that is sent as JSON. */
  readonly body?: string | Uint8Array | BodySource | Record<string, unknown> | readonly unknown[];
  /** Operation name in the report; default `request`. Keep the number of names small. */
  readonly name?: string;
  /** Statuses that are no failure; default 200 to 399. */
  readonly expect?: readonly number[];
  /** Send the credentials of the run; default true on the registry's own host, never on another. */
  readonly auth?: boolean;
}

/** The answer to {@link VuRequest}; a request that got no answer has status 0 and an error code. */
export interface VuResponse {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: string;
  /** '' when the answer was expected. */
  readonly errorCode: string;
  /** Microseconds. */
  readonly phases: Phases;
  json(): unknown;
}

/** The iteration that a VU is in. What begins in it keeps it, since it may still go on when the VU is in its next one: nobody has to await it. */
export interface Iteration {
  /** How late it started, whole µs; undefined in closed executors, in setup and in teardown. */
  readonly lagUs: number | undefined;
  /** Flows that began in it and have not ended. */
  flowsUnderWay: number;
}

/** What a flow knows and does beside the scenario's view of a VU. Scenarios have no need of it. */
export interface VuInternals {
  readonly settings: FlowSettings;
  readonly observer: Observer;
  readonly scope: Scope;
  /** The iteration under way, or the last one. */
  readonly iteration: Iteration;
  /** Sends one request on behalf of this VU's scope. */
  readonly send: Send;
  /** A view of the same VU within a flow: its requests are counted under the flow's name. Cheap. */
  inFlow(flow: string): VU;
  /** Enters or leaves a group; returns the path that was current before. */
  setGroup(path: string): string;
  /**
   * Begins anew, as another process on the host would: the next request opens a connection and knows no token. Connections in use end with what
   * is under way on them. Does nothing where VUs share connections.
   */
  freshHost(): void;
  /** Tells the VU that a flow of the current iteration failed: the iteration will not count as a success. */
  flowFailed(): void;
  /** A pushed repository, tag or manifest that `--cleanup` may remove at the end. */
  pushed(what: PushedManifest): void;
  /** A state shared by all VUs of this thread and run, for caches such as digests of generated layers. */
  readonly shared: Map<string, unknown>;
}

/** A manifest that this run pushed. */
export interface PushedManifest {
  readonly repository: string;
  readonly digest: string;
  readonly tag: string | undefined;
}

/** A virtual user, as scenario functions get it: always their first argument. */
export interface VU {
  /** Values of `-e NAME=VALUE` and of the scenario's `env`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Seeded by (seed, scenario, VU, iteration): the same choices on every run, whatever the number of threads. */
  readonly random: Random;
  /** The registry API, one method an operation; every call is measured. */
  readonly registry: RegistryClient;
  /** Aborts when this iteration is to end. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly exec: Exec;
  /** A measured request of the scenario's own. */
  request(request: VuRequest): Promise<VuResponse>;
  /** @internal For flows. */
  readonly internals: VuInternals;
}
