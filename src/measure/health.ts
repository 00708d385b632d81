import { type EventLoopUtilization, type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { HealthSample } from './snapshot.ts';

/** Milliseconds between two looks at the event loop. */
const RESOLUTION_MS = 10;

/** Watches the event loop of the thread that it is made in, and the CPU and memory of the process. `stop()` it when done. */
export class HealthMonitor {
  readonly #delay: IntervalHistogram;
  #utilization: EventLoopUtilization;
  #cpu: NodeJS.CpuUsage;
  #at: number;

  constructor() {
    this.#delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#delay.enable();
    this.#utilization = performance.eventLoopUtilization();
    this.#cpu = process.cpuUsage();
    this.#at = performance.now();
  }

  /** What happened since the last sample, or since the start. */
  sample(): HealthSample {
    const now = performance.now();
    const utilization = performance.eventLoopUtilization();
    const cpu = process.cpuUsage(this.#cpu);
    const elapsedUs = (now - this.#at) * 1000;
    const sample: HealthSample = {
      loopDelayP50: lateness(this.#delay.percentile(50)),
      loopDelayP99: lateness(this.#delay.percentile(99)),
      loopDelayMax: lateness(this.#delay.max),
      loopUtilization: performance.eventLoopUtilization(utilization, this.#utilization).utilization,
      cpuShare: elapsedUs > 0 ? (cpu.user + cpu.system) / elapsedUs : 0,
      rss: process.memoryUsage.rss(),
    };
    this.#delay.reset();
    this.#utilization = utilization;
    this.#cpu = process.cpuUsage();
    this.#at = now;
    return sample;
  }

  stop(): void {
    this.#delay.disable();
  }
}

/**
 * Node measures the time between two looks, in ns, so its values hold the resolution; what is over it is delay. In µs. A histogram that saw
 * no look says 0, or for its max nothing sensible before it has one.
 */
function lateness(nanoseconds: number): number {
  return Number.isFinite(nanoseconds) ? Math.max(0, Math.round(nanoseconds / 1000) - RESOLUTION_MS * 1000) : 0;
}
