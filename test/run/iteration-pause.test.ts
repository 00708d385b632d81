import { describe, expect, it } from 'vitest';
import { pauseAfterIteration, pauseMs } from '../../src/run/iteration-pause.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const FOREVER = Number.POSITIVE_INFINITY;

describe('the pause after an iteration', () => {
  it.each([
    ['lasts for what is left of the least duration', { startedAt: 1_000, now: 1_300, endsAt: FOREVER }, 700],
    ['is none after a long one', { startedAt: 1_000, now: 2_500, endsAt: FOREVER }, 0],
    ['ends just after no more iterations start', { startedAt: 1_000, now: 1_300, endsAt: 1_400 }, 105],
    ['is none after that', { startedAt: 1_000, now: 1_500, endsAt: 1_400 }, 0],
  ])('%s', (_phrase, { now, ...rest }, ms) => {
    expect(pauseMs(now, { ...rest, minIterationMs: 1_000 })).toBe(ms);
  });

  it.each([0, 1])('ends at once by either signal (%i)', async (which) => {
    const clock = new VirtualClock();
    const controllers = [new AbortController(), new AbortController()];
    const signals = controllers.map(({ signal }) => signal);
    let over = false;
    const pausing = pauseAfterIteration({ clock, startedAt: 0, minIterationMs: 60_000, endsAt: FOREVER, signals }).then(
      () => (over = true),
    );
    await clock.advance(10_000);
    expect(over).toBe(false);
    controllers[which]?.abort();
    await pausing;
    expect(clock.now()).toBe(10_000);
  });

  it('takes its time on the clock', async () => {
    const clock = new VirtualClock();
    let over = false;
    void pauseAfterIteration({ clock, startedAt: 0, minIterationMs: 1_000, endsAt: FOREVER, signals: [] }).then(() => (over = true));
    await clock.advance(999);
    expect(over).toBe(false);
    await clock.advance(1);
    expect(over).toBe(true);
  });
});
