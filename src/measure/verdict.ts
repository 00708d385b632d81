import { formatCount, formatMicros } from '../base/index.ts';
import type { HealthSample } from './snapshot.ts';
import { percentile } from './summary.ts';
import type { Starts } from './starts.ts';
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
  /** p99 of how late iterations started, µs: the same as for the event loop, since a response time holds it in full. */
  startLagP99: 20_000,
  /** Share of the iterations due that may be dropped: beyond, the load was not the one that was asked for. */
  droppedShare: 0.001,
} as const;

/** From here on a start counts as late, µs: twice what a timer of Node.js may be late by at rest. */
export const LATE_START_US = 5_000;

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

/**
 * The verdict on a run: on the generator's health, and on the starts of its open scenarios (default: there are none). A run without samples
 * is ok: it was too short to tell.
 */
export function judgeGenerator(health: HealthTotals, open: readonly Starts[] = []): GeneratorVerdict {
  const reasons = [...healthReasons(health), ...open.flatMap(startReasons)];
  return { verdict: reasons.length === 0 ? 'ok' : 'suspect', reasons };
}

function healthReasons(health: HealthTotals): string[] {
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
  return reasons;
}

function startReasons({ name, started, dropped, lag, vusMade, maxVus, queues }: Starts): string[] {
  const reasons: string[] = [];
  const due = started + dropped;
  if (dropped > HEALTH_LIMITS.droppedShare * due) {
    reasons.push(
      `scenario ${name} never started ${formatCount(dropped)} of the ${formatCount(due)} iterations that were due ` +
        `(${((100 * dropped) / due).toFixed(1)}%): the load was not the one that was asked for. Raise maxVUs, or ask for a lower rate`,
    );
  }
  const p99 = percentile(lag, 99);
  if (p99 > HEALTH_LIMITS.startLagP99) {
    // Only a queue makes an iteration wait for a VU; without one it is dropped, and what starts late waited for this machine.
    const cause =
      queues && vusMade >= maxVus
        ? `all of its ${formatCount(maxVus)} VUs were at work at times, and response times hold the wait for one. Raise maxVUs, or ask for a lower rate`
        : 'this machine could not keep up, and response times are too long by that much. Ask for a lower rate, or keep the registry off this machine';
    reasons.push(`scenario ${name} started iterations late, 1 in 100 by ${formatMicros(p99)} or more: ${cause}`);
  }
  return reasons;
}
