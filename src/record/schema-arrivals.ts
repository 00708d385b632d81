import { z } from 'zod';

/** How the starts of an open scenario went: its executor plans when iterations start, whatever the registry does. */

const count = z.number().int().nonnegative();
const us = (what: string) => z.number().nonnegative().describe(`${what}, in µs.`);
const perSecond = (what: string) => z.number().nonnegative().describe(`${what} per second of the measured window.`);

const oneScenario = z.strictObject({
  scenario: z.string().describe('Name of the scenario.'),
  due: count.describe('Iterations that were due: those started and those dropped. As all counts here, warm-up left out.'),
  offeredRate: perSecond('Iterations due'),
  started: count.describe('Iterations that were started.'),
  dropped: count.describe('Iterations that were due and never started, because no VU was free.'),
  late: count.describe('Of those started, how many were late by more than lateUs.'),
  lateUs: us('How late a start may be without being counted as late'),
  completed: count.describe('Iterations that ran to their end, well or not.'),
  achievedRate: perSecond('Iterations that ran to their end'),
  lag: z
    .strictObject({ p50Us: us('Median'), p95Us: us('95th percentile'), p99Us: us('99th percentile'), maxUs: us('Longest') })
    .nullable()
    .describe('How late iterations were started; null when none was. Response time is service time and this lag.'),
  vus: z
    .strictObject({
      preAllocated: count.describe('VUs made before the start.'),
      made: count.describe('VUs made in all, warm-up included.'),
      max: count.describe('Most VUs that were allowed.'),
    })
    .describe('VUs of the scenario.'),
  onNoVu: z.string().describe('What became of an iteration when no VU was free: "drop", or "queue", which starts it late.'),
});

/** The starts of all open scenarios. */
export const arrivalsSchema = z
  .array(oneScenario)
  .describe('How the starts of each open scenario went: asked for against done; empty when every scenario was of a closed model.');

/** The starts of one open scenario. */
export type RecordedArrivals = z.infer<typeof oneScenario>;
