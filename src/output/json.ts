import { parseSelector } from '../measure/index.ts';
import type { OutputThreshold, PointSeries } from './output.ts';
import { type LineFormat, pointFile } from './point-file.ts';
import { isoTime } from './time.ts';

/** k6's NDJSON: a `Metric` line before the first point of a metric, and a `Point` line for each sample. */
export const json = pointFile('json', async ({ thresholds }) => jsonLines(thresholds));

/** The lines of k6's `--out json`. What every point of a series has in common is made once. */
function jsonLines(thresholds: readonly OutputThreshold[]): LineFormat {
  const told = new Set<string>();
  const time = isoTime();
  return {
    head: '',
    series(series) {
      const { metric, tags } = series;
      const intro = told.has(metric) ? '' : metricLine(series, thresholds);
      told.add(metric);
      const before = `{"metric":${JSON.stringify(metric)},"type":"Point","data":{"time":"`;
      const after = `,"tags":${JSON.stringify(tags)}}}\n`;
      return { intro, line: (at, value) => `${before}${time(at)}","value":${value}${after}` };
    },
  };
}

function metricLine({ metric, type, contains }: PointSeries, thresholds: readonly OutputThreshold[]): string {
  const own = thresholds.filter((threshold) => threshold.metric === metric).map(shownThreshold);
  const data = { name: metric, type, contains, thresholds: own, submetrics: submetricsOf(metric, thresholds) };
  return `${JSON.stringify({ type: 'Metric', data, metric })}\n`;
}

function shownThreshold({ expression, abortOnFail }: OutputThreshold): string | { threshold: string; abortOnFail: true } {
  return abortOnFail ? { threshold: expression, abortOnFail } : expression;
}

/** The sub-metrics that thresholds speak of; null when there are none, as in k6. */
function submetricsOf(metric: string, thresholds: readonly OutputThreshold[]): readonly object[] | null {
  const names = [...new Set(thresholds.map((threshold) => threshold.metric))];
  const found = names.flatMap((name) => {
    const selector = name.includes('{') ? parseSelector(name) : undefined;
    if (selector?.metric !== metric) return [];
    return [{ name, suffix: name.slice(name.indexOf('{') + 1, name.lastIndexOf('}')), tags: selector.tags }];
  });
  return found.length === 0 ? null : found;
}
