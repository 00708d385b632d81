/** What is observed while a load runs: the only facts that travel from the load to the recorder. */

/** Which of the hosts that a registry client talks to: the registry itself, its token server, or the object storage it redirects to. */
export type HostRole = 'registry' | 'token' | 'storage';

/** Part of a run that traffic belongs to. Setup and teardown are kept out of every total. */
export type Stage = 'setup' | 'run' | 'teardown';

/** Size of a blob in a class of its own, because a percentile over mixed sizes says nothing. Empty for anything that is no blob. */
export type SizeClass = '' | '<64KiB' | '<1MiB' | '<16MiB' | '<128MiB' | '≥128MiB';

/** The size class of a blob of `bytes` bytes. */
export function sizeClassOf(bytes: number): SizeClass {
  if (bytes < 65_536) return '<64KiB';
  if (bytes < 1_048_576) return '<1MiB';
  if (bytes < 16_777_216) return '<16MiB';
  if (bytes < 134_217_728) return '<128MiB';
  return '≥128MiB';
}

/**
 * On whose behalf something happens; its fields become tags of every series. A VU has one for its scenario, and one more for each
 * flow that it is in. The recorder keys its caches by identity, so scopes are made once and kept.
 */
export interface Scope {
  readonly stage: Stage;
  readonly scenario: string;
  /** Name of the flow, or '' outside of any. */
  readonly flow: string;
  /** k6's group path (`::login::fetch`), or ''. */
  readonly group: string;
  /** Tags that the user gave (`--tag`, a scenario's `tags`). */
  readonly tags: Readonly<Record<string, string>>;
}

/** Where the time of one exchange went, in whole microseconds. The names and meanings are k6's. */
export interface Phases {
  /** From the wish to send until a connection was ours; includes connecting. */
  blocked: number;
  /** TCP connect (and DNS), charged to the first exchange on a connection; 0 on a kept connection. */
  connecting: number;
  /** TLS handshake, charged likewise. */
  tlsHandshaking: number;
  sending: number;
  waiting: number;
  receiving: number;
}

/** One HTTP request and its response, or its failure. A redirect hop and a retry are exchanges of their own. */
export interface Exchange extends Phases {
  /** API call, for example `blob_get`. */
  operation: string;
  method: string;
  hostRole: HostRole;
  /** HTTP status; 0 when no response arrived. */
  status: number;
  /** Whether the operation expects this answer; k6's `expected_response`. */
  expected: boolean;
  /** Stable code of the failure (`ECONNREFUSED`, `HTTP_503`, `MANIFEST_UNKNOWN`, `DIGEST_MISMATCH`, …); '' when the answer was expected. */
  errorCode: string;
  /** One sentence about a failure, without secrets; the first one of each code is kept as the example. */
  errorDetail: string;
  sizeClass: SizeClass;
  /** Bytes on the wire, heads included. */
  bytesSent: number;
  bytesReceived: number;
}

/** How an iteration ended. `failed`: it threw, or a flow in it failed; `interrupted`: cut off by the end of the run. */
export type IterationOutcome = 'complete' | 'failed' | 'interrupted';

/** k6's kinds of metric. */
export type MetricType = 'counter' | 'gauge' | 'rate' | 'trend';

/** k6's `contains`: how the values of a metric are shown. */
export type MetricContains = 'default' | 'time' | 'data';

/** A metric that a scenario made with `new Counter('name')` and the like. */
export interface CustomMetric {
  readonly name: string;
  readonly type: MetricType;
  readonly contains: MetricContains;
}

/** Counters of loadreg's own that flows and executors add to. */
export type FlowCounter = 'retries' | 'digest_mismatches' | 'dropped_iterations' | 'connections_opened' | 'vus_made';

/**
 * Where observations go. Every method is synchronous and cheap; nothing given to it is kept after the call, save the scope and the first
 * example of an error.
 */
export interface Observer {
  /** `lagUs`: how late its iteration started; undefined in closed executors, which plan no starts. Its response time is its duration and the lag. */
  exchange(scope: Scope, exchange: Readonly<Exchange>, lagUs?: number): void;
  /** A flow ended; `errorCode` is '' when it went well, `errorDetail` one sentence when it did not. `lagUs` as for an exchange. */
  flow(scope: Scope, durationUs: number, errorCode: string, errorDetail: string, lagUs?: number): void;
  /** An iteration of an open executor started `lagUs` after it was due. */
  lag(scope: Scope, lagUs: number): void;
  iteration(scope: Scope, durationUs: number, outcome: IterationOutcome): void;
  /** An iteration threw; counted under `code` in the errors of the run. */
  exception(scope: Scope, code: string, detail: string): void;
  /** A group ended (k6's `group_duration`). */
  group(scope: Scope, durationUs: number): void;
  check(scope: Scope, name: string, ok: boolean, tags: Readonly<Record<string, string>>): void;
  count(scope: Scope, counter: FlowCounter, amount: number): void;
  /** Something was waited for before it was tried again: no part of any exchange. */
  retryWait(scope: Scope, waitUs: number): void;
  /** A blob of 1 MiB or more was transferred; KiB/s over sending or receiving and the waiting before it. */
  blobThroughput(scope: Scope, operation: string, kibPerSecond: number): void;
  custom(scope: Scope, metric: CustomMetric, value: number, tags: Readonly<Record<string, string>>): void;
}
