import { keyedRandom, type Logger } from '../../../src/base/index.ts';
import { type ClientName, CLIENTS, clientSend, type FlowSettings, type PushedManifest, type VU } from '../../../src/flow/index.ts';
import { DEFAULT_TIMEOUTS, Dispatchers, HttpClient, NO_PROXIES, type Send } from '../../../src/http/index.ts';
import type { Exchange, Observer, Scope } from '../../../src/measure/index.ts';
import { Authorizer, type Credentials, RegistryClient } from '../../../src/registry/index.ts';
import { atEnd } from '../../support/at-end.ts';

/** A flow as it was recorded. */
interface SeenFlow {
  readonly flow: string;
  readonly durationUs: number;
  readonly code: string;
  readonly detail: string;
  readonly lagUs: number | undefined;
}

/** All that a {@link TestVu} had recorded. */
interface Seen {
  readonly exchanges: (Exchange & { flow: string; group: string })[];
  readonly flows: SeenFlow[];
  readonly groups: { group: string; durationUs: number }[];
  readonly checks: { name: string; ok: boolean; group: string; tags: Readonly<Record<string, string>> }[];
  readonly counts: Record<string, number>;
  /** Waits before retries, µs. */
  readonly retryWaits: number[];
  readonly throughputs: { operation: string; kibPerSecond: number }[];
  readonly custom: { name: string; type: string; value: number; tags: Readonly<Record<string, string>> }[];
  readonly pushed: PushedManifest[];
  readonly log: string[];
  /** Flows that failed, as the VU was told. */
  failedFlows: number;
}

/** A VU over the real client, with everything that it records at hand. */
export interface TestVu {
  readonly vu: VU;
  readonly seen: Seen;
  /** `GET /v2/…` lines: method and operation of each exchange, in the order they ended. */
  readonly operations: () => string[];
  readonly abort: (reason?: unknown) => void;
}

/** What is special about a {@link TestVu}. */
export interface TestVuOptions {
  readonly settings?: Partial<FlowSettings>;
  readonly env?: Record<string, string>;
  /** Number of the VU. Default 1. */
  readonly id?: number;
  readonly credentials?: Credentials;
  /** Imitates this client, with as many transfers at once as it has. Default `plain`. */
  readonly client?: ClientName;
  /** How late its iteration started. Default: undefined, as in closed executors. */
  readonly lagUs?: number;
  /** Stands between the client and the network. */
  readonly wrap?: (send: Send) => Send;
}

/** Makes a VU that talks to the registry at `url`. Its connections are closed when the test file is done. */
export function testVu(url: string, options: TestVuOptions = {}): TestVu {
  const dispatchers = new Dispatchers({
    connections: 8,
    tls: { ca: undefined, cert: undefined, key: undefined, insecureSkipVerify: false },
    timeouts: DEFAULT_TIMEOUTS,
    proxy: NO_PROXIES,
    onConnected: () => {},
  });
  atEnd(() => dispatchers.destroy());
  const http = new HttpClient({ dispatchers, timeouts: DEFAULT_TIMEOUTS });
  const controller = new AbortController();
  const seen: Seen = {
    exchanges: [],
    flows: [],
    groups: [],
    checks: [],
    counts: {},
    throughputs: [],
    retryWaits: [],
    custom: [],
    pushed: [],
    log: [],
    failedFlows: 0,
  };
  const observer: Observer = {
    exchange: (scope, exchange) => void seen.exchanges.push({ ...exchange, flow: scope.flow, group: scope.group }),
    flow: (scope, durationUs, code, detail, lagUs) => void seen.flows.push({ flow: scope.flow, durationUs, code, detail, lagUs }),
    lag() {},
    iteration() {},
    exception() {},
    group: (scope, durationUs) => void seen.groups.push({ group: scope.group, durationUs }),
    check: (scope, name, ok, tags) => void seen.checks.push({ name, ok, group: scope.group, tags }),
    count(_scope, counter, amount) {
      seen.counts[counter] = (seen.counts[counter] ?? 0) + amount;
    },
    retryWait: (_scope, waitUs) => void seen.retryWaits.push(waitUs),
    blobThroughput: (_scope, operation, kibPerSecond) => void seen.throughputs.push({ operation, kibPerSecond }),
    custom: (_scope, { name, type }, value, tags) => void seen.custom.push({ name, type, value, tags }),
  };
  const profile = CLIENTS[options.client ?? 'plain'];
  const settings: FlowSettings = {
    verify: 'full',
    repoPrefix: 'loadreg',
    seed: 1,
    runId: 'run-1',
    profile,
    retry: profile.retry,
    layerConcurrency: profile.layerConcurrency.down,
    push: { layerConcurrency: options.settings?.layerConcurrency ?? profile.layerConcurrency.up },
    scenarioDir: '.',
    ...options.settings,
  };
  const log: Logger = {
    debug: (message) => void seen.log.push(message),
    info: (message) => void seen.log.push(message),
    warn: (message) => void seen.log.push(`warning: ${message}`),
    error: (message) => void seen.log.push(`error: ${message}`),
  };
  const auth = new Authorizer({ credentials: options.credentials, style: settings.profile.authStyle });
  const shared = new Map<string, unknown>();
  const id = options.id ?? 1;
  const iteration = { lagUs: options.lagUs, flowsUnderWay: 0 };

  const view = (flow: string): VU => {
    let scope: Scope = { stage: 'run', scenario: 'default', flow, group: '', tags: {} };
    const direct = http.sender((exchange) => observer.exchange(scope, exchange));
    const onRetry = (waitedMs: number) => {
      observer.count(scope, 'retries', 1);
      if (waitedMs > 0) observer.retryWait(scope, Math.round(waitedMs * 1000));
    };
    const send = clientSend(options.wrap === undefined ? direct : options.wrap(direct), settings.profile, {
      retry: settings.retry.request,
      onRetry,
      signal: () => controller.signal,
    });
    return {
      env: options.env ?? {},
      random: keyedRandom(1, 'test', id),
      registry: new RegistryClient({
        baseUrl: url,
        send,
        auth,
        userAgent: settings.profile.userAgent ?? 'loadreg-test',
        headers: settings.profile.extraHeaders,
      }),
      signal: controller.signal,
      log,
      exec: {
        scenario: { name: 'default', executor: 'per-vu-iterations', startTime: 0, progress: 0, iterationInInstance: 0, iterationInTest: 0 },
        vu: { idInInstance: id, idInTest: id, iterationInInstance: 0, iterationInScenario: 0, metrics: { tags: {} } },
        instance: { vusActive: 1, vusInitialized: 1, iterationsCompleted: 0, iterationsInterrupted: 0, currentTestRunDuration: 0 },
        test: {
          abort(message) {
            throw new Error(message);
          },
          fail() {},
          options: {},
        },
      },
      request: () => Promise.reject(new Error('not a part of this test')),
      internals: {
        settings,
        observer,
        get scope() {
          return scope;
        },
        iteration,
        send,
        inFlow: view,
        setGroup(group) {
          const before = scope.group;
          scope = { ...scope, group };
          return before;
        },
        freshHost() {
          dispatchers.renew();
          auth.cache.clear();
        },
        flowFailed() {
          seen.failedFlows += 1;
        },
        pushed: (what) => void seen.pushed.push(what),
        shared,
      },
    };
  };

  return {
    vu: view(''),
    seen,
    operations: () => seen.exchanges.map(({ operation }) => operation),
    abort: (reason: unknown = new Error('the run ended')) => {
      controller.abort(reason);
      http.abort('ABORTED', 'the run ended');
    },
  };
}
