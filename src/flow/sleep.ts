import { InvalidConfigError, parseDuration, systemClock } from '../base/index.ts';
import type { VU } from './vu.ts';

/**
 * Waits: seconds as a number, as in k6 (`sleep(vu, 0.5)`), or a duration with its unit (`sleep(vu, '500ms')`).
 * When the iteration is cut off meanwhile, throws the reason of `vu.signal`, so that a loop around it ends.
 */
export async function sleep(vu: VU, duration: number | string): Promise<void> {
  const ms = milliseconds(duration);
  vu.signal.throwIfAborted();
  await systemClock.sleep(ms, vu.signal);
  vu.signal.throwIfAborted();
}

function milliseconds(duration: number | string): number {
  const ms = typeof duration === 'number' ? duration * 1000 : /[a-zµ]\s*$/.test(duration) ? parseDuration(duration) : undefined;
  if (ms === undefined || !Number.isFinite(ms) || ms < 0) {
    const what = `${typeof duration === 'number' ? duration : JSON.stringify(duration)} is no duration`;
    throw new InvalidConfigError([{ where: 'sleep(vu, …)', what, fix: "seconds as a number (0.5) or text with a unit ('500ms')" }]);
  }
  return ms;
}
