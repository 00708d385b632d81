import { channel } from 'node:diagnostics_channel';
import { InvalidConfigError } from '../base/index.ts';
import { METRICS, type CustomMetric, type MetricContains, type MetricType } from '../measure/index.ts';
import type { VU } from './vu.ts';

/** k6's rule for the names of metrics (k6: metrics/registry.go). */
const NAME = /^[a-zA-Z_][a-zA-Z0-9_]{1,128}$/;

/**
 * Diagnostics channel on which every new metric is told: whoever loads a scenario learns which metrics it made, so that thresholds on
 * others can be refused before the run.
 */
export const CUSTOM_METRICS = 'loadreg:custom-metrics';

const made = channel(CUSTOM_METRICS);

/** What the four kinds of custom metric have in common. */
abstract class Metric implements CustomMetric {
  readonly name: string;
  readonly type: MetricType;
  readonly contains: MetricContains;

  constructor(name: string, type: MetricType, contains: MetricContains) {
    if (typeof name !== 'string' || !NAME.test(name)) {
      const fix = 'up to 128 ASCII letters, digits and underscores, the first of them no digit';
      throw new InvalidConfigError([{ where: `new ${new.target.name}(…)`, what: `${JSON.stringify(name)} is no name for a metric`, fix }]);
    }
    if (Object.hasOwn(METRICS, name)) {
      throw new InvalidConfigError([
        { where: `new ${new.target.name}(…)`, what: `${name} is a metric of loadreg's own`, fix: 'another name' },
      ]);
    }
    this.name = name;
    this.type = type;
    this.contains = contains;
    made.publish(this);
  }

  protected record(vu: VU, value: number, tags: Readonly<Record<string, string>>): void {
    if (Number.isFinite(value)) vu.internals.observer.custom(vu.internals.scope, this, value, tags);
    else vu.log.warn(`metric ${this.name}: ${value} is no number to record, it was left out`);
  }
}

/** A sum: `new Counter('scans_started').add(vu, 1)`. Make it at the top of the file, not in an iteration. */
export class Counter extends Metric {
  constructor(name: string) {
    super(name, 'counter', 'default');
  }

  /** Adds `value` to the sum. */
  add(vu: VU, value: number, tags: Readonly<Record<string, string>> = {}): void {
    this.record(vu, value, tags);
  }
}

/** The last value, with the least and the greatest. */
export class Gauge extends Metric {
  constructor(name: string) {
    super(name, 'gauge', 'default');
  }

  /** Sets the value. */
  add(vu: VU, value: number, tags: Readonly<Record<string, string>> = {}): void {
    this.record(vu, value, tags);
  }
}

/** The share of values that are true. */
export class Rate extends Metric {
  constructor(name: string) {
    super(name, 'rate', 'default');
  }

  /** Counts one case: true, or any number but 0, is a hit. */
  add(vu: VU, value: boolean | number, tags: Readonly<Record<string, string>> = {}): void {
    this.record(vu, Number(value) === 0 ? 0 : 1, tags);
  }
}

/** A distribution: average, percentiles, extremes. */
export class Trend extends Metric {
  /** `isTime`: the values are milliseconds and shown as times. Default false. */
  constructor(name: string, isTime = false) {
    super(name, 'trend', isTime ? 'time' : 'default');
  }

  /** Adds one value; milliseconds when the trend is one of times. */
  add(vu: VU, value: number, tags: Readonly<Record<string, string>> = {}): void {
    this.record(vu, value, tags);
  }
}
