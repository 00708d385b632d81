import { expect, it } from 'vitest';
import type { Ending } from '../../src/cli/progress.ts';
import { ProgressTracker } from '../../src/cli/progress-state.ts';
import { createExecutor, type ExecutorOptions } from '../../src/executor/index.ts';

const minute: ExecutorOptions = { executor: 'constant-vus', vus: 5, durationMs: 60_000, warmupMs: 10_000, gracefulStopMs: 30_000 };
const shared: ExecutorOptions = { executor: 'shared-iterations', vus: 5, iterations: 10, maxDurationMs: 60_000, gracefulStopMs: 30_000 };

function trackerOf(options: ExecutorOptions, startTimeMs = 0) {
  const tracker = new ProgressTracker(0);
  const executor = createExecutor(options);
  tracker.started({ target: '', embedded: false, scenarios: [{ name: 'a', executor, startTimeMs }], maxVus: 5, maxDurationMs: 1 });
  return tracker;
}

const statusAt = (tracker: ProgressTracker, now: number, ending: Ending = 'none') => tracker.state(now, 1000, ending).scenarios[0]?.status;

it('follows a scenario from waiting over its graceful stop to its end', () => {
  const tracker = trackerOf(minute);
  expect(statusAt(tracker, 500)).toBe('waiting');
  tracker.stage('setup', 1_000);
  expect(statusAt(tracker, 2_000)).toBe('waiting');
  tracker.stage('run', 5_000);
  expect(statusAt(tracker, 6_000)).toBe('running');
  expect(statusAt(tracker, 5_000 + 69_999)).toBe('running');
  expect(statusAt(tracker, 5_000 + 70_001)).toBe('stopping');
  expect(statusAt(tracker, 5_000 + 100_001)).toBe('done');
});

it('is done, not stopping, when the last of its iterations has ended', () => {
  const tracker = trackerOf(shared);
  tracker.stage('run', 0);
  expect(statusAt(tracker, 2_000)).toBe('running');
  tracker.interval({ errors: 0, dropped: 0, vus: 5, iterationsByScenario: { a: 10 } } as never, { a: { complete: 9, interrupted: 1 } });
  expect(statusAt(tracker, 3_000)).toBe('done');
  expect(tracker.state(3_000, 1000, 'none')).toMatchObject({ complete: 9, interrupted: 1, scenarios: [{ rate: 10 }] });
});

it('waits for a later start', () => {
  const tracker = trackerOf(shared, 15_000);
  tracker.stage('run', 0);
  expect(statusAt(tracker, 14_000)).toBe('waiting');
  expect(statusAt(tracker, 15_500)).toBe('running');
});

it('is interrupted when the run is aborted before its end', () => {
  const tracker = trackerOf(minute);
  tracker.stage('run', 0);
  expect(statusAt(tracker, 1_000, 'aborting')).toBe('interrupted');
});

it('is stopping while its last iterations finish after Ctrl+C, and interrupted when it has not begun', () => {
  const tracker = trackerOf(minute, 15_000);
  tracker.stage('run', 0);
  expect(statusAt(tracker, 14_000, 'stopping')).toBe('interrupted');
  expect(statusAt(tracker, 16_000, 'stopping')).toBe('stopping');
});
