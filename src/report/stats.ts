import type { Distribution } from '../record/index.ts';

/** The value of a statistic by k6's name: `avg`, `min`, `med`, `max`, `count`, `p(N)`; undefined without a sample, or when the name is unknown. */
export function statOf(distribution: Distribution, stat: string): number | undefined {
  switch (stat) {
    case 'avg':
      return distribution.avg;
    case 'min':
      return distribution.min;
    case 'med':
      return distribution.percentile(50);
    case 'max':
      return distribution.max;
    case 'count':
      return distribution.count;
    default: {
      const percent = /^p\((\d+(?:\.\d+)?)\)$/.exec(stat)?.[1];
      return percent === undefined ? undefined : distribution.percentile(Number(percent));
    }
  }
}

/** A statistic's name as the head of a column: `p(95)` is `p95`. */
export function statHead(stat: string): string {
  return stat.replace(/^p\((.+)\)$/, 'p$1');
}
