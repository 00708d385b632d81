import { parseDuration, parseSize } from '../base/index.ts';
import type { MetricInfo } from './metrics.ts';

/** Unit of a threshold's limit and of what is measured for it. `1` stands for counts, shares and plain numbers. */
export type ThresholdUnit = 'ms' | 'B' | 'B/s' | 'KiB/s' | '1/s' | '1';

/** What a threshold is held against, as the baseline's value of the same statistic: `baseline × factor + plus`. */
export interface BaselineLimit {
  readonly factor: number;
  /** In the unit of the threshold. */
  readonly plus: number;
}

/** A limit, or what would be one: words for a message. */
export type ParsedLimit = { readonly limit: number | BaselineLimit } | { readonly limit: undefined; readonly works: string };

/** What may stand for a limit: a bare number is in the unit itself, and a unit that is written out is turned into it. */
interface Measure {
  readonly works: string;
  /** A text with a unit, without spaces; undefined when that is no unit of this kind. */
  parse(text: string): number | undefined;
}

const perSecond = (text: string) => (text.endsWith('/s') ? parseSize(text.slice(0, -2)) : undefined);

const MEASURES: Record<Exclude<ThresholdUnit, '1'> | 'count' | 'share', Measure> = {
  ms: { works: 'milliseconds or a duration, as 500, 500ms, 1.5s or 800us', parse: parseDuration },
  B: { works: 'bytes or a size, as 4096, 512KiB or 10GiB', parse: parseSize },
  'B/s': { works: 'bytes per second or a size per second, as 1048576 or 50MiB/s', parse: perSecond },
  'KiB/s': {
    works: 'KiB per second or a size per second, as 1024 or 50MiB/s',
    parse: (text) => {
      const bytes = perSecond(text);
      return bytes === undefined ? undefined : bytes / 1024;
    },
  },
  '1/s': {
    works: 'a number per second, as 100 or 100/s',
    parse: (text) => (text.endsWith('/s') ? plainNumber(text.slice(0, -2)) : undefined),
  },
  count: { works: 'a number without a unit', parse: () => undefined },
  share: {
    works: 'a share or a percentage, as 0.01 or 1%',
    parse: (text) => {
      const percent = text.endsWith('%') ? plainNumber(text.slice(0, -1)) : undefined;
      return percent === undefined ? undefined : percent / 100;
    },
  },
};

/** The unit that a statistic of a metric is measured in. */
export function thresholdUnit(info: MetricInfo, stat: string): ThresholdUnit {
  if (info.type === 'counter' && stat === 'rate') return info.contains === 'data' ? 'B/s' : '1/s';
  if (info.unit === 'KiB/s') return 'KiB/s';
  return info.contains === 'time' ? 'ms' : info.contains === 'data' ? 'B' : '1';
}

/**
 * A limit: a number in the unit, one with a unit of the same kind (`1.5s`, `50MiB/s`, `1%`), or one that is relative to the baseline
 * (`baseline`, `baseline*1.05`, `baseline+0.01`, `baseline*1.05+10ms`).
 */
export function parseLimit(text: string, info: MetricInfo, stat: string): ParsedLimit {
  const unit = thresholdUnit(info, stat);
  const measure = MEASURES[unit !== '1' ? unit : info.type === 'rate' ? 'share' : 'count'];
  const amount = (given: string) => plainNumber(given) ?? measure.parse(given.replaceAll(/\s+/g, ''));
  if (text.startsWith('baseline')) {
    const match = /^baseline\s*(?:\*\s*([\d.]+)\s*)?(?:([+-])\s*(.+))?$/.exec(text);
    const factor = match === null ? undefined : plainNumber(match[1] ?? '1');
    const plus = match?.[3] === undefined ? 0 : amount(match[3]);
    if (factor !== undefined && plus !== undefined) return { limit: { factor, plus: match?.[2] === '-' ? -plus : plus } };
    return { limit: undefined, works: `baseline, baseline*1.05, or baseline and an amount: ${measure.works}` };
  }
  const limit = amount(text);
  return limit === undefined ? { limit, works: measure.works } : { limit };
}

function plainNumber(text: string): number | undefined {
  const number = /^\s*-?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}
