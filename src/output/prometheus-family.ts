import { METRICS, type MetricContains, type MetricType, type MetricUnit } from '../measure/index.ts';

/** How a metric is shown to Prometheus: by its conventions for names and base units. */
export interface FamilyShape {
  /** Name without the suffixes that the type of family brings. */
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  /** How many units as they are stored (see `storedScale`; µs of a trend of times) make one of the family. */
  readonly stored: number;
  /** Upper edges of the buckets of a trend, as stored and ascending. */
  readonly bounds: readonly number[];
}

/** Name of the unit, how many of the units that people see make one, and bucket edges in it. */
interface Unit {
  readonly suffix: string;
  readonly seen: number;
  readonly edges: readonly number[];
}

const MI = 2 ** 20;

const UNITS: Readonly<Record<MetricUnit, Unit>> = {
  // From a cached answer on loopback to an image of many layers.
  time: {
    suffix: '_seconds',
    seen: 1000,
    edges: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
  },
  bytes: { suffix: '_bytes', seen: 1, edges: Array.from({ length: 11 }, (_, i) => 1024 * 4 ** i) },
  'KiB/s': { suffix: '_bytes_per_second', seen: 1 / 1024, edges: Array.from({ length: 13 }, (_, i) => MI * 2 ** i) },
  // What a scenario counts may be anything.
  count: { suffix: '', seen: 1, edges: [-3, -2, -1, 0, 1, 2, 3, 4, 5, 6].flatMap((e) => [1, 2.5, 5].map((m) => Number(`${m}e${e}`))) },
  share: { suffix: '', seen: 1, edges: [] },
};

/** The family of a metric; `scale` is its `storedScale`. */
export function familyShape(metric: string, type: MetricType, contains: MetricContains, scale: number): FamilyShape {
  const own = Object.hasOwn(METRICS, metric) ? METRICS[metric as keyof typeof METRICS] : undefined;
  const unit = UNITS[own?.unit ?? (contains === 'time' ? 'time' : contains === 'data' ? 'bytes' : type === 'rate' ? 'share' : 'count')];
  const stored = unit.seen * scale;
  // A scenario may have put the unit into its metric's name itself.
  const name = `loadreg_${metric.replace(/_total$/, '')}`;
  return {
    name: unit.suffix === '' || name.endsWith(unit.suffix) ? name : name + unit.suffix,
    help: own?.meaning ?? `${type} of the scenario`,
    type,
    stored,
    bounds: type === 'trend' ? unit.edges.map((edge) => edge * stored) : [],
  };
}

/** A tag's name as that of a label: `[a-zA-Z_][a-zA-Z0-9_]*`, and none that Prometheus keeps for itself. */
export function labelName(tag: string): string {
  const name = tag.replaceAll(/[^a-zA-Z0-9_]/g, '_');
  return /^(?:\d|__)/.test(name) || name === 'le' ? `tag_${name}` : name;
}
