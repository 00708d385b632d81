import { formatMicros } from '../base/index.ts';
import type { HealthSample } from './snapshot.ts';
import type { HealthTotals } from './totals.ts';

/** When a generator is no longer to be trusted. All numbers of the verdict stand here. */
const HEALTH_LIMITS = {
  /** p99 of the event-loop delay within an interval, µs: every latency measured may be that much too long. */
  loopDelayP99: 20_000,
  /** A single stall, µs. */
  loopDelayMax: 500_000,
  /** Share of an interval that the event loop was busy: from here on, throughput is the generator's and not the registry's. */
  loopUtilization: 0.95,
  /** Share of all cores that the process used. */
  cpuShareOfCores: 0.9,
  /** Share of the intervals that may be past a limit. */
  tolerated: 0.1,
} as const;

/** Which limits an interval is past. */
export interface Strain {
  readonly late: boolean;
  readonly busy: boolean;
  readonly cpuBound: boolean;
}

/** Holds one interval against the limits; `cores` are those of the machine. */
export function strainOf(sample: HealthSample, cores: number): Strain {
  return {
    late: sample.loopDelayP99 > HEALTH_LIMITS.loopDelayP99,
    busy: sample.loopUtilization > HEALTH_LIMITS.loopUtilization,
    cpuBound: sample.cpuShare > HEALTH_LIMITS.cpuShareOfCores * cores,
  };
}

/** Whether the generator measured the registry, or itself. */
export interface GeneratorVerdict {
  readonly verdict: 'ok' | 'suspect';
  /** For people: how much, and what to do. Empty when ok. */
  readonly reasons: readonly string[];
}

/** The verdict on a run. A run without samples is ok: it was too short to tell. */
export function judgeGenerator(health: HealthTotals): GeneratorVerdict {
  const { samples, worst, lateIntervals, busyIntervals, cpuBoundIntervals } = health;
  const reasons: string[] = [];
  const often = (intervals: number) => samples > 0 && intervals > HEALTH_LIMITS.tolerated * samples;
  const share = (intervals: number) => `in ${Math.round((100 * intervals) / samples)}% of the run`;
  if (worst !== undefined && often(lateIntervals)) {
    reasons.push(
      `the event loop was late by more than ${formatMicros(HEALTH_LIMITS.loopDelayP99)} (p99) ${share(lateIntervals)}, at worst by ` +
        `${formatMicros(worst.loopDelayP99)}: latencies may be too long by that much. Use fewer VUs, or keep the registry off this machine`,
    );
  }
  if (worst !== undefined && worst.loopDelayMax > HEALTH_LIMITS.loopDelayMax) {
    reasons.push(
      `the event loop stood still for ${formatMicros(worst.loopDelayMax)} once: the highest latencies are the generator's. ` +
        'Look for other load on this machine, or for slow code in the scenario',
    );
  }
  if (often(busyIntervals)) {
    reasons.push(
      `the event loop was busy for more than ${100 * HEALTH_LIMITS.loopUtilization}% of the time ${share(busyIntervals)}: ` +
        "throughput may be this machine's limit and not the registry's. Use --verify size, fewer VUs, or keep the registry off this machine",
    );
  }
  if (worst !== undefined && often(cpuBoundIntervals)) {
    reasons.push(
      `loadreg used nearly all CPU of this machine (at most ${worst.cpuShare.toFixed(1)} cores) ${share(cpuBoundIntervals)}. ` +
        'Use fewer VUs or a larger machine',
    );
  }
  return { verdict: reasons.length === 0 ? 'ok' : 'suspect', reasons };
}
