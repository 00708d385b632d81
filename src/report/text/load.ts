import { formatCount, formatDuration } from '../../base/index.ts';
import type { RunRecord } from '../../record/index.ts';

type Scenario = RunRecord['options']['scenarios'][number];
type Options = Readonly<Record<string, unknown>>;

/** What each executor does with its options; the record of another version may hold one that is not here. */
const LOADS: Readonly<Record<string, (options: Options) => string>> = {
  'constant-vus': (o) => `${number(o, 'vus')} looping VUs for ${ms(o, 'durationMs')}`,
  'ramping-vus': (o) =>
    `up to ${greatest(o, 'startVUs')} looping VUs, ${stages(o, 'startVUs')}, gracefulRampDown ${ms(o, 'gracefulRampDownMs')}`,
  'per-vu-iterations': (o) =>
    `${number(o, 'iterations')} iterations for each of ${number(o, 'vus')} VUs (maxDuration: ${ms(o, 'maxDurationMs')})`,
  'shared-iterations': (o) =>
    `${number(o, 'iterations')} iterations shared among ${number(o, 'vus')} VUs (maxDuration: ${ms(o, 'maxDurationMs')})`,
  'constant-arrival-rate': (o) => `${number(o, 'rate')} iterations${perUnit(o)} for ${ms(o, 'durationMs')}, ${arrivals(o)}`,
  'ramping-arrival-rate': (o) => `up to ${greatest(o, 'startRate')} iterations${perUnit(o)}, ${stages(o, 'startRate')}, ${arrivals(o)}`,
};

/** The load of a scenario as k6 says it; an executor that this text does not know is shown by its options. */
export function describeLoad({ executor, startTimeMs }: Pick<Scenario, 'executor' | 'startTimeMs'>): string {
  const { executor: name, ...options } = executor;
  const describe = Object.hasOwn(LOADS, name) ? LOADS[name] : undefined;
  if (describe === undefined) return `${name} ${JSON.stringify(options)}`;
  const later = startTimeMs > 0 ? `, starts after ${formatDuration(startTimeMs)}` : '';
  return `${describe(options)}, gracefulStop ${ms(options, 'gracefulStopMs')}${later}`;
}

function number(options: Options, key: string): string {
  return formatCount(Number(options[key] ?? 0));
}

function ms(options: Options, key: string): string {
  return formatDuration(Number(options[key] ?? 0));
}

function stagesOf(options: Options): readonly { readonly durationMs: number; readonly target: number }[] {
  return (options['stages'] ?? []) as readonly { durationMs: number; target: number }[];
}

/** `stages from 1: 1m00s to 10, 3m00s to 100`. */
function stages(options: Options, start: string): string {
  const each = stagesOf(options).map(({ durationMs, target }) => `${formatDuration(durationMs)} to ${formatCount(target)}`);
  return `stages from ${number(options, start)}: ${each.join(', ')}`;
}

function greatest(options: Options, start: string): string {
  return formatCount(Math.max(Number(options[start] ?? 0), ...stagesOf(options).map(({ target }) => target)));
}

/** `/s`, or ` per 1m00s`. */
function perUnit(options: Options): string {
  const unit = Number(options['timeUnitMs'] ?? 1000);
  return unit === 1000 ? '/s' : ` per ${formatDuration(unit)}`;
}

function arrivals(options: Options): string {
  return `${String(options['arrival'])} arrivals, ${number(options, 'preAllocatedVUs')} to ${number(options, 'maxVUs')} VUs`;
}
