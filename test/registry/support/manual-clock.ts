import type { Clock } from '../../../src/base/index.ts';

/** A clock that stands still until it is moved. */
export interface ManualClock extends Clock {
  /** Both clocks, in milliseconds. */
  advance(ms: number): void;
}

export function manualClock(wallTime = Date.parse('2026-01-01T00:00:00Z')): ManualClock {
  let passed = 0;
  return {
    now: () => passed,
    wallTime: () => wallTime + passed,
    sleep: async () => {},
    sleepExactly: async () => {},
    advance(ms) {
      passed += ms;
    },
  };
}
