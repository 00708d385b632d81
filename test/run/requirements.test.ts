import { expect, it } from 'vitest';
import { requirementsOf } from '../../src/run/index.ts';
import { plan } from '../support/records.ts';

/** A scenario of `vus` VUs for a minute, that may take ten seconds more to stop. */
const scenario = (name: string, vus: number, startTimeMs: number) => ({
  ...plan().scenarios[0]!,
  name,
  startTimeMs,
  executor: { executor: 'constant-vus', vus, durationMs: 60_000, warmupMs: 0, gracefulStopMs: 10_000 } as const,
});

it.each([
  ['side by side add up', [0, 0], 0, { maxVus: 7, vusMade: 7, maxDurationMs: 70_000 }],
  ['that overlap in their graceful stop add up', [0, 65_000], 0, { maxVus: 7, vusMade: 7, maxDurationMs: 135_000 }],
  ['one after the other do not', [0, 70_000], 0, { maxVus: 4, vusMade: 7, maxDurationMs: 140_000 }],
  ['that start later wait for the warm-up too', [0, 10_000], 5_000, { maxVus: 7, vusMade: 7, maxDurationMs: 85_000 }],
])('the VUs of scenarios %s', (_case, [first = 0, second = 0], warmupMs, needs) => {
  expect(requirementsOf(plan({ warmupMs, scenarios: [scenario('a', 4, first), scenario('b', 3, second)] }))).toMatchObject(needs);
});
