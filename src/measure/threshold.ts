import type { Problem } from '../base/index.ts';
import { METRICS, metricInfo, storedScale } from './metrics.ts';
import type { CustomMetric, MetricType } from './observation.ts';
import type { SeriesData, Tags } from './snapshot.ts';
import { percentOf, summarize } from './summary.ts';

const COMPARE = {
  '<': (a: number, b: number) => a < b,
  '<=': (a: number, b: number) => a <= b,
  '>': (a: number, b: number) => a > b,
  '>=': (a: number, b: number) => a >= b,
  '==': (a: number, b: number) => a === b,
  '===': (a: number, b: number) => a === b,
  '!=': (a: number, b: number) => a !== b,
} as const;

/** How a threshold compares what was measured with its limit. */
export type ThresholdOperator = keyof typeof COMPARE;

/** A threshold, parsed. */
export interface Threshold {
  readonly metric: string;
  /** Tags that series must have; none: all series of the metric. */
  readonly tags: Tags;
  readonly type: MetricType;
  /** `p(95)`, `avg`, `count`, `rate`, `value`, … */
  readonly stat: string;
  readonly operator: ThresholdOperator;
  /** In what people see: ms, bytes, KiB/s, a share. */
  readonly limit: number;
  /** Stored units in one of those; see `storedScale`. */
  readonly scale: number;
}

/** What a threshold came to. */
export interface ThresholdOutcome {
  readonly ok: boolean;
  /** What was measured, in the unit of the limit; undefined when nothing was. */
  readonly value: number | undefined;
}

/** A parsed threshold, or everything that is wrong with it. */
export type ParsedThreshold =
  | { readonly threshold: Threshold; readonly problems: readonly [] }
  | { readonly threshold: undefined; readonly problems: readonly Problem[] };

const STATS: Record<MetricType, string> = {
  counter: 'count, rate',
  gauge: 'value',
  rate: 'rate',
  trend: 'avg, min, max, med, p(N) with N from 0 to 100',
};

/**
 * Parses a threshold in k6's grammar: a metric or sub-metric (`http_req_duration{operation:blob_get}`) and an expression (`p(95)<500`).
 * `where` is its place for problems; `custom` are the metrics that the scenario made.
 */
export function parseThreshold(metric: string, expression: string, where: string, custom: readonly CustomMetric[] = []): ParsedThreshold {
  const problems: Problem[] = [];
  const selector = parseSelector(metric);
  const info = selector && metricInfo(selector.metric, custom);
  if (selector === undefined) {
    problems.push({ where, what: `${JSON.stringify(metric)} is no metric`, fix: 'write name or name{tag:value,tag2:value2}' });
  } else if (info === undefined) {
    const names = [...Object.keys(METRICS), ...custom.map(({ name }) => name)];
    problems.push({ where, what: `there is no metric ${JSON.stringify(selector.metric)}`, fix: `one of ${names.join(', ')}` });
  }
  const match = /^\s*([a-z]+(?:\([^)]*\))?)\s*(<=|>=|===|==|!=|<|>)\s*(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*$/i.exec(expression);
  if (match === null) {
    problems.push({
      where,
      what: `${JSON.stringify(expression)} is no threshold`,
      fix: "write '<statistic> <operator> <number>', as in 'p(95)<500'",
    });
  }
  const [, stat, operator, limit] = match ?? [];
  if (info !== undefined && stat !== undefined && !hasStat(info.type, stat)) {
    problems.push({ where, what: `${stat} is no statistic of ${selector?.metric}, a ${info.type}`, fix: `one of ${STATS[info.type]}` });
  }
  if (problems.length > 0 || selector === undefined || info === undefined || stat === undefined) return { threshold: undefined, problems };
  const scale = storedScale(selector.metric, info.type, info.contains);
  const threshold = { ...selector, type: info.type, stat, operator: operator as ThresholdOperator, limit: Number(limit), scale };
  return { threshold, problems: [] };
}

/** A metric and tags from `name{tag:value,tag2:value2}`; a value may hold colons (`group:::login`) and stand in quotes. */
export function parseSelector(text: string): { metric: string; tags: Tags } | undefined {
  const match = /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:\{(.*)\})?\s*$/.exec(text);
  if (match === null) return undefined;
  const tags: Record<string, string> = {};
  for (const part of (match[2] ?? '').split(',')) {
    if (part.trim() === '') continue;
    const colon = part.indexOf(':');
    if (colon < 1) return undefined;
    tags[unquote(part.slice(0, colon))] = unquote(part.slice(colon + 1));
  }
  return { metric: match[1] as string, tags };
}

/**
 * Judges a threshold by what was measured so far. Where nothing was measured, a counter is 0, and any other threshold has failed: a
 * threshold on a misspelt tag must not pass.
 */
export function evaluateThreshold(threshold: Threshold, data: SeriesData | undefined, elapsedMs: number): ThresholdOutcome {
  if (!hasSamples(data) && threshold.type !== 'counter') return { ok: false, value: undefined };
  const values = summarize(data ?? { type: 'counter', value: 0 }, elapsedMs, { stats: [threshold.stat], scale: threshold.scale });
  const value = values[threshold.stat];
  return { ok: value !== undefined && COMPARE[threshold.operator](value, threshold.limit), value };
}

function hasSamples(data: SeriesData | undefined): boolean {
  if (data === undefined) return false;
  if (data.type === 'trend') return data.histogram.count > 0;
  return data.type !== 'rate' || data.total > 0;
}

function hasStat(type: MetricType, stat: string): boolean {
  if (type === 'trend') return ['avg', 'min', 'max'].includes(stat) || percentOf(stat) !== undefined;
  return STATS[type].split(', ').includes(stat);
}

function unquote(text: string): string {
  return text.trim().replace(/^(["'])(.*)\1$/, '$2');
}
