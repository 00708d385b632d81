import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DeadlineWatch } from '../../src/http/deadlines.ts';
import { DEFAULT_TIMEOUTS } from '../../src/http/index.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Is under way for so many looks. */
function busyFor(looks: number) {
  return { lookAt: vi.fn<() => boolean>(() => (looks -= 1) > 0) };
}

it.each([
  ['a sixteenth of the shortest time-out', { total: 800 }, 50],
  ['a quarter of a second at most', {}, 250],
  ['5 ms at least', { stall: 10 }, 5],
])('looks every %s', (_phrase, timeouts, everyMs) => {
  const watch = new DeadlineWatch({ ...DEFAULT_TIMEOUTS, ...timeouts });
  const one = busyFor(100);
  watch.add(one);
  vi.advanceTimersByTime(everyMs * 4 + 1);
  expect(one.lookAt).toHaveBeenCalledTimes(4);
});

it('stops when nothing is under way, and begins anew with the next one', () => {
  const watch = new DeadlineWatch(DEFAULT_TIMEOUTS);
  const [short, long] = [busyFor(1), busyFor(3)];
  watch.add(short);
  watch.add(long);
  vi.advanceTimersByTime(10_000);
  expect(short.lookAt).toHaveBeenCalledTimes(1);
  expect(long.lookAt).toHaveBeenCalledTimes(3);
  expect(vi.getTimerCount()).toBe(0);
  const later = busyFor(1);
  watch.add(later);
  vi.advanceTimersByTime(10_000);
  expect(later.lookAt).toHaveBeenCalledTimes(1);
});
