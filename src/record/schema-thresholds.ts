import { z } from 'zod';

const text = z.string();
const count = z.number().int().nonnegative();

/** A threshold with its result. */
export const thresholdSchema = z.strictObject({
  metric: text.describe('Metric or sub-metric, as written.'),
  expression: text.describe('Expression, as written; k6’s grammar, a number for times is milliseconds.'),
  aggregation: text.describe('Statistic that was compared, for example "p(95)".'),
  measured: z
    .number()
    .nullable()
    .describe('Measured value, in the unit below, of the worst window if it has windows; null when there was no sample.'),
  limit: z
    .number()
    .describe('Limit that it was held against, in the unit below: the number of the expression, or what came of the baseline.'),
  unit: text.describe(
    'Unit of limit and measured value: "ms", "B" (bytes), "B/s", "KiB/s", "1/s" (per second), or "1" for counts and shares.',
  ),
  ok: z.boolean().describe('Whether it held. A trend or rate without a sample does not hold.'),
  builtIn: z.boolean().describe('Whether loadreg set it by itself.'),
  abortOnFail: z.boolean().describe('Whether the run was to end as soon as it failed.'),
  window: z
    .strictObject({
      lengthUs: z.number().positive().describe('Length of a window, in µs; one begins with every second of the measured window.'),
      judged: count.describe('Windows with a sample.'),
      failed: count.describe('Those of them in which it did not hold; it fails as a whole when there is one.'),
      empty: count.describe('Windows without a sample, which say nothing.'),
      worstStartUs: z
        .number()
        .nullable()
        .describe('Start of the worst window, in µs from the start of the load; null when none was judged.'),
    })
    .nullable()
    .describe('Windows that it was held against, each by itself; null: the whole of what was measured.'),
  baseline: z
    .strictObject({
      value: z.number().describe('What the same statistic was in the baseline, in the unit above.'),
      file: text.describe('File of the baseline.'),
      runId: text.describe('Id of the run that the baseline is of.'),
    })
    .nullable()
    .describe('Earlier run that the limit was made of; null when it is a number.'),
  reason: text.nullable().describe('Why it came out so, where the measured value alone does not say it; null otherwise.'),
});
