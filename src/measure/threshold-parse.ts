import type { Problem } from '../base/index.ts';
import { METRICS, metricInfo, storedScale } from './metrics.ts';
import type { CustomMetric, MetricType } from './observation.ts';
import { percentOf } from './summary.ts';
import type { Threshold, ThresholdOperator } from './threshold.ts';
import { parseSelector } from './threshold-selector.ts';
import { parseLimit, thresholdUnit } from './threshold-units.ts';

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

const EXPRESSION = /^\s*([a-z]+(?:\([^)]*\))?)\s*(<=|>=|===|==|!=|<|>)\s*((?:-?\.?\d|baseline).*?)\s*$/i;

/**
 * Parses a threshold in k6's grammar, and beyond it units and the baseline: a metric or sub-metric (`http_req_duration{operation:blob_get}`)
 * and an expression (`p(95)<500`, `p(95)<1.5s`, `p(99)<=baseline*1.05`). `where` is its place for problems; `custom` are the metrics that
 * the scenario made.
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
  const [, stat, operator, text] = EXPRESSION.exec(expression) ?? [];
  if (stat === undefined || text === undefined) {
    const fix = "write '<statistic> <operator> <limit>', as in 'p(95)<500' or 'p(95)<1.5s'";
    problems.push({ where, what: `${JSON.stringify(expression)} is no threshold`, fix });
    return { threshold: undefined, problems };
  }
  if (selector === undefined || info === undefined) return { threshold: undefined, problems };
  if (!hasStat(info.type, stat)) {
    const what = `${stat} is no statistic of ${selector.metric}, a ${info.type}`;
    return { threshold: undefined, problems: [{ where, what, fix: `one of ${STATS[info.type]}` }] };
  }
  const parsed = parseLimit(text, info, stat);
  if (parsed.limit === undefined) {
    const what = `${JSON.stringify(text)} is no limit for ${stat} of ${selector.metric}`;
    return { threshold: undefined, problems: [{ where, what, fix: `write ${parsed.works}` }] };
  }
  const threshold = {
    ...selector,
    type: info.type,
    stat,
    operator: operator as ThresholdOperator,
    limit: parsed.limit,
    unit: thresholdUnit(info, stat),
    scale: storedScale(selector.metric, info.type, info.contains),
  };
  return { threshold, problems: [] };
}

function hasStat(type: MetricType, stat: string): boolean {
  if (type === 'trend') return ['avg', 'min', 'max'].includes(stat) || percentOf(stat) !== undefined;
  return STATS[type].split(', ').includes(stat);
}
