import type { CustomMetric, MetricContains, MetricType } from './observation.ts';

/** What the values of a metric are, for people; trends of times are shown in ms and s. */
export type MetricUnit = 'time' | 'bytes' | 'KiB/s' | 'count' | 'share';

/** A metric that loadreg fills itself. */
export interface MetricInfo {
  readonly type: MetricType;
  readonly contains: MetricContains;
  readonly unit: MetricUnit;
  /** One line for reports and help. */
  readonly meaning: string;
}

const counter = (meaning: string) => ({ type: 'counter', contains: 'default', unit: 'count', meaning }) as const;
const data = (meaning: string) => ({ type: 'counter', contains: 'data', unit: 'bytes', meaning }) as const;
const rate = (meaning: string) => ({ type: 'rate', contains: 'default', unit: 'share', meaning }) as const;
const gauge = (meaning: string) => ({ type: 'gauge', contains: 'default', unit: 'count', meaning }) as const;
const time = (meaning: string) => ({ type: 'trend', contains: 'time', unit: 'time', meaning }) as const;

/** Every built-in metric, once. Names and meanings are k6's where k6 has them. */
export const METRICS = {
  http_reqs: counter('exchanges: requests sent, each redirect hop and retry counted'),
  http_req_failed: rate('exchanges whose answer was not expected, or that got none'),
  http_req_duration: time('sending + waiting + receiving'),
  http_req_blocked: time('waiting for a connection, connecting included'),
  http_req_connecting: time('TCP connect and name lookup; 0 on a kept connection'),
  http_req_tls_handshaking: time('TLS handshake; 0 on a kept connection'),
  http_req_sending: time('sending the request'),
  http_req_waiting: time('from the last byte sent to the first byte of the answer'),
  http_req_receiving: time('receiving the answer'),
  http_req_response_time: time('http_req_duration and the lag of its iteration; open executors only'),
  iterations: counter('iterations that ran to their end, well or not'),
  iteration_duration: time('from start to end of an iteration that ran to its end'),
  iteration_lag: time('from when an iteration was due until it started; open executors only'),
  iteration_failed: rate('iterations that threw, or in which a flow failed'),
  dropped_iterations: counter('iterations that the plan asked for and that were never started'),
  interrupted_iterations: counter('iterations cut off by the end of the run'),
  checks: rate('checks that held'),
  group_duration: time('from start to end of a group'),
  vus: gauge('VUs at work'),
  vus_max: gauge('VUs made'),
  vus_made: counter('VUs made, by scenario; those of the warm-up stand in its columns only'),
  data_sent: data('bytes sent, heads included'),
  data_received: data('bytes received, heads included'),
  flow_duration: time('from start to end of a flow'),
  flow_response_time: time('flow_duration and the lag of its iteration; open executors only'),
  flow_failed: rate('flows that failed'),
  blob_throughput: { type: 'trend', contains: 'default', unit: 'KiB/s', meaning: 'transfer rate of blobs of 1 MiB and more' },
  connections_opened: counter('connections opened'),
  retries: counter('exchanges that repeated an earlier one'),
  retry_wait: time('waits before a retry; part of flow_duration and of no latency'),
  digest_mismatches: counter('contents that did not have the digest or size asked for'),
} as const satisfies Record<string, MetricInfo>;

/** Name of a built-in metric. */
export type MetricName = keyof typeof METRICS;

/** Trends that keep p50, p95, p99 and max for each column of a run. */
export const PERCENTILE_COLUMNS: ReadonlySet<string> = new Set<MetricName>([
  'http_req_duration',
  'http_req_waiting',
  'http_req_response_time',
  'flow_duration',
  'flow_response_time',
  'iteration_duration',
  'iteration_lag',
]);

/** Trends that keep coarse buckets for each column of a run, for heat maps. */
export const HEAT_MAP_COLUMNS: ReadonlySet<string> = new Set<MetricName>([
  'http_req_duration',
  'http_req_response_time',
  'flow_duration',
  'flow_response_time',
]);

/** What is known of a metric by its name; undefined when it is neither built in nor one of `custom`. */
export function metricInfo(name: string, custom: readonly CustomMetric[] = []): MetricInfo | undefined {
  if (Object.hasOwn(METRICS, name)) return METRICS[name as MetricName];
  const own = custom.find((metric) => metric.name === name);
  if (own === undefined) return undefined;
  const unit = own.contains === 'time' ? 'time' : own.contains === 'data' ? 'bytes' : own.type === 'rate' ? 'share' : 'count';
  return { type: own.type, contains: own.contains, unit, meaning: '' };
}

/**
 * How many stored units make one unit of what people and thresholds see. Histograms hold whole numbers, so a trend of times is stored in
 * microseconds and seen in milliseconds, a plain trend is stored in thousandths, bytes and KiB/s as they are. Only trends are scaled.
 */
export function storedScale(metric: string, type: MetricType, contains: MetricContains): number {
  if (type !== 'trend' || contains === 'data' || metric === 'blob_throughput') return 1;
  return 1000;
}
