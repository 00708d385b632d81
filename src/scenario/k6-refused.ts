/** Something that loadreg does not take. */
export interface Refusal {
  /** Name in `options`. */
  readonly option?: string;
  /** As `-l, --linger`; a placeholder behind it when it takes a value. */
  readonly flag?: string;
  /** Why there is no such thing here, and what works instead: one sentence. */
  readonly reason: string;
}

/**
 * Options and flags that loadreg refuses, each with its reason; nearly all are those of `k6 run`. People bring their files and habits
 * along, and "unknown option" would leave them looking for a spelling mistake. `docs/k6-differences.md` says the same.
 */
export const K6_REFUSED: readonly Refusal[] = [
  {
    option: 'executionSegment',
    flag: '--execution-segment SEGMENT',
    reason: 'one process makes the whole load; give a part of it with --vus or --rate',
  },
  {
    option: 'executionSegmentSequence',
    flag: '--execution-segment-sequence SEQUENCE',
    reason: 'one process makes the whole load; give a part of it with --vus or --rate',
  },
  { option: 'paused', flag: '-p, --paused', reason: 'nothing could resume the run: there is no REST API; start it when it is to start' },
  { flag: '-l, --linger', reason: 'there is no REST API to ask afterwards: the record holds every figure' },
  { option: 'rps', flag: '--rps N', reason: 'a limit below the load hides its latency; use --rate with an arrival-rate executor' },
  {
    option: 'maxRedirects',
    flag: '--max-redirects N',
    reason: 'redirects are followed as registry clients do it: to storage, for blobs',
  },
  { option: 'batch', flag: '--batch N', reason: 'there is no http.batch(); layerConcurrency says how many layers are transferred at once' },
  {
    option: 'batchPerHost',
    flag: '--batch-per-host N',
    reason: 'there is no http.batch(); layerConcurrency says how many layers are transferred at once',
  },
  { option: 'dns', flag: '--dns HOW', reason: 'names are looked up by the system for each connection: set its resolver' },
  { option: 'hosts', reason: 'names are looked up by the system: put them into /etc/hosts' },
  {
    flag: '--local-ips RANGE',
    reason: 'the system chooses the address: set it by its routes, or use connections shared:N when ports run out',
  },
  { option: 'blacklistIPs', flag: '--blacklist-ip RANGE', reason: 'loadreg only talks to the registry, its token server and its storage' },
  {
    option: 'blockHostnames',
    flag: '--block-hostnames NAMES',
    reason: 'loadreg only talks to the registry, its token server and its storage',
  },
  {
    option: 'discardResponseBodies',
    flag: '--discard-response-bodies',
    reason: 'bodies are never kept; --verify size stops hashing them too',
  },
  { option: 'throw', flag: '-w, --throw', reason: 'flows return ok: false and a code; throw in the scenario where you want it' },
  { option: 'tlsAuth', reason: 'the client certificate is --cert FILE and --key FILE' },
  { option: 'tlsVersion', reason: 'Node.js sets it: NODE_OPTIONS=--tls-min-v1.3' },
  { option: 'tlsCipherSuites', reason: 'Node.js sets them: NODE_OPTIONS=--tls-cipher-list=…' },
  { option: 'noCookiesReset', reason: 'there are no cookies: registries take tokens' },
  { option: 'metricSamplesBufferSize', reason: 'no samples are kept: every trend is a histogram' },
  {
    option: 'systemTags',
    flag: '--system-tags LIST',
    reason: 'the tags are fixed, and none of them grows with the content of the registry',
  },
  {
    option: 'summaryTimeUnit',
    flag: '--summary-time-unit UNIT',
    reason: 'every table says its unit, and it is always ms; the record has µs',
  },
  { flag: '--new-machine-readable-summary', reason: 'the record is always written: reports/*.json, or --report FILE.json' },
  { option: 'cloud', reason: 'there is no cloud service' },
  { option: 'ext', reason: 'there are no extensions: import npm packages' },
  { option: 'features', flag: '--features LIST', reason: 'nothing is behind a feature flag' },
  { flag: '--traces-output WHERE', reason: 'no traces are written; vu.request() can send a traceparent header' },
  { flag: '--include-system-env-vars', reason: 'process.env is there as it is; -e NAME=VALUE is vu.env.NAME' },
  { flag: '-t, --type TYPE', reason: 'the extension of the file says what it is: .ts, .js' },
  { flag: '--compatibility-mode MODE', reason: 'scenarios are ES modules in TypeScript or JavaScript, run by Node.js' },
  {
    flag: '--secret-source SOURCE',
    reason: "secrets come from LOADREG_PASSWORD, --password-stdin, process.env or docker's credential helpers",
  },
  { flag: '--log-output WHERE', reason: 'the log goes to stderr: redirect it; --log-format json is for programs' },
  { flag: '--console-output FILE', reason: 'console.log goes to stdout and vu.log to stderr: redirect them' },
  { flag: '-a, --address ADDRESS', reason: 'there is no REST API; --out prometheus lets others read the run while it lasts' },
  { flag: '--profiling-enabled', reason: 'Node.js does it: NODE_OPTIONS=--cpu-prof' },
  { flag: '--no-usage-report', reason: 'nothing is ever reported to anybody' },
  { flag: '--no-summary', reason: 'k6 2.0 removed it too: --summary-mode disabled' },
  { flag: '--html FILE', reason: 'there is no HTML report; --report FILE.txt and FILE.json are what there is' },
  { flag: '--fail-on-regression', reason: "thresholds like 'p(99)<=baseline*1.05' with --baseline FILE fail the run" },
  { flag: '--note TEXT', reason: '--label note=TEXT stands in the report' },
];

/** Commands of k6 that loadreg does not have, with the reason. */
export const K6_COMMANDS: Readonly<Record<string, string>> = {
  archive: 'scenarios are bundled when they run: copy the folder',
  cloud: 'there is no cloud service',
  deps: 'npm ls lists what a scenario depends on',
  features: 'nothing is behind a feature flag',
  login: 'there is no cloud service',
  pause: 'there is no REST API',
  resume: 'there is no REST API',
  scale: 'there is no REST API; ramping-vus changes the number of VUs',
  status: 'there is no REST API; the run shows its progress, and --out prometheus lets others read it',
  stats: 'there is no REST API; --out prometheus lets others read the run while it lasts',
  x: 'there are no extensions: import npm packages',
};

/** k6's modules that scenarios may try to import, and what to write instead. */
export const K6_MODULES: Readonly<Record<string, string>> = {
  k6: "check, group and sleep are exported by 'loadreg', and take the VU first",
  'k6/http': "pull, push and the other flows are exported by 'loadreg'; vu.request({ method, path }) sends a request of your own",
  'k6/metrics': "Counter, Gauge, Rate and Trend are exported by 'loadreg', and add(vu, value) takes the VU first",
  'k6/execution': 'it is vu.exec',
  'k6/data': 'VUs share the module: an ordinary variable is a SharedArray',
  'k6/encoding': "it is Node.js: Buffer.from(text).toString('base64')",
  'k6/crypto': 'it is Node.js: node:crypto',
  'k6/timers': 'it is Node.js: setTimeout is there; sleep(vu, time) ends with the iteration',
};

/** Why an option of k6 is not taken, or undefined when k6 has none of this name, or loadreg has it too. */
export function refusedOption(name: string): string | undefined {
  return K6_REFUSED.find(({ option }) => option === name)?.reason;
}
