import { z } from 'zod';

/**
 * What was measured: one row for each metric and tag set. The word "sample" means one value given to a metric.
 * Numbers that need a sample to exist are null where there was none, so that no reader takes a missing value for a zero.
 */

const tags = z
  .record(z.string(), z.string())
  .describe('Tags of the row, for example {"flow": "pull", "operation": "blob_get"}; a tag that is not set is left out.');

const unit = z
  .string()
  .describe('Unit of every value of this row: "µs", "B" (bytes), "KiB/s", or "1" for counts, shares and numbers without a unit.');

const contains = z.enum(['default', 'time', 'data']).describe("k6's hint how people should see the values: plain numbers, times or sizes.");

const metric = z.string().describe('Name of the metric; k6’s where k6 has one.');

const count = z.number().int().nonnegative();

/** One number a column; null where a column has no sample. */
const numbers = (what: string) =>
  z.array(z.number().nullable()).describe(`${what}, one number for each column; null where there was no sample.`);

const histogram = z
  .strictObject({
    encoding: z
      .literal('hdr-v2-base64')
      .describe('Compressed HDR histogram, V2, base64: readers exist for C, Java, Go, Rust and JavaScript.'),
    scale: z
      .number()
      .int()
      .positive()
      .describe('A value of the histogram divided by this is in the unit of the row: histograms hold whole numbers only.'),
    clamped: count.describe('Values outside the range of the histogram, counted at its edge.'),
    data: z.string().describe('The histogram itself. Any percentile can be computed from it, and histograms of several runs can be added.'),
  })
  .describe('All samples of the measured window in one mergeable histogram (3 significant digits).');

const sampled = (what: string) => z.number().nullable().describe(`${what}, in the unit of the row; null without a sample.`);

/** Totals and percentiles of a trend. */
const trendValues = z
  .strictObject({
    count: count.describe('Number of samples.'),
    rate: z.number().nonnegative().describe('Samples per second of the measured window.'),
    sum: z.number().describe('Exact sum of all samples, in the unit of the row.'),
    avg: sampled('Exact mean'),
    min: sampled('Exact smallest sample'),
    max: sampled('Exact largest sample'),
    p50: sampled('Median'),
    p75: sampled('75th percentile'),
    p90: sampled('90th percentile'),
    p95: sampled('95th percentile'),
    p99: sampled('99th percentile'),
    p999: sampled('99.9th percentile'),
  })
  .describe('Statistics over the measured window; percentiles are read from the histogram.');

const coarse = z
  .strictObject({
    lo: count.describe('Number of the first bucket.'),
    counts: z.array(z.number()).describe('Samples in bucket lo, lo + 1 and so on.'),
  })
  .describe(
    'Eight buckets to an octave: bucket i begins at i µs when i < 8, else at (8 + i mod 8) × 2^(floor(i / 8) − 1) µs, and ends where the next begins.',
  );

const trendColumns = z
  .strictObject({
    count: z.array(z.number()).describe('Samples, one number for each column.'),
    avg: numbers('Mean, in the unit of the row').optional(),
    p50: numbers('Median, in the unit of the row').optional(),
    p95: numbers('95th percentile, in the unit of the row').optional(),
    p99: numbers('99th percentile, in the unit of the row').optional(),
    max: numbers('Largest sample, in the unit of the row').optional(),
    buckets: z
      .array(coarse.nullable())
      .describe('Samples by coarse latency bucket, for heat maps; null where a column has no sample.')
      .optional(),
  })
  .describe(
    'How the metric went over time, warm-up included. Percentiles are kept for the metrics that people judge by, means for the others.',
  );

const head = { metric, contains, unit, tags };

const counterRow = z.strictObject({
  ...head,
  type: z.literal('counter').describe('A sum of amounts.'),
  values: z
    .strictObject({
      count: z.number().describe('Sum over the measured window, in the unit of the row.'),
      rate: z.number().describe('The sum per second of the measured window.'),
    })
    .describe('Totals over the measured window.'),
  columns: z
    .strictObject({ count: z.array(z.number()).describe('Sum, one number for each column.') })
    .describe('How the sum grew over time, warm-up included.')
    .optional(),
});

const gaugeRow = z.strictObject({
  ...head,
  type: z.literal('gauge').describe('A value that goes up and down; the last one counts.'),
  values: z
    .strictObject({ value: sampled('Last value'), min: sampled('Smallest value'), max: sampled('Largest value') })
    .describe('Values over the measured window.'),
  columns: z
    .strictObject({ value: numbers('Last value, in the unit of the row') })
    .describe('The value over time, warm-up included.')
    .optional(),
});

const rateRow = z.strictObject({
  ...head,
  type: z.literal('rate').describe('A share of samples that were true.'),
  values: z
    .strictObject({
      hits: count.describe('Samples that were true.'),
      total: count.describe('All samples.'),
      rate: z.number().nullable().describe('hits / total, 0 to 1; null without a sample.'),
    })
    .describe('Totals over the measured window.'),
  columns: z
    .strictObject({
      hits: z.array(z.number()).describe('Samples that were true, one number for each column.'),
      total: z.array(z.number()).describe('All samples, one number for each column.'),
    })
    .describe('The share over time, warm-up included.')
    .optional(),
});

const trendRow = z.strictObject({
  ...head,
  type: z.literal('trend').describe('A distribution of values.'),
  values: trendValues,
  histogram,
  columns: trendColumns.optional(),
});

/** One metric with one tag set. */
export const rowSchema = z.discriminatedUnion('type', [counterRow, gaugeRow, rateRow, trendRow]);

/** One metric with one tag set: a union on `type`. */
export type Row = z.infer<typeof rowSchema>;
/** A row of a counter. */
export type CounterRow = Extract<Row, { type: 'counter' }>;
/** A row of a rate. */
export type RateRow = Extract<Row, { type: 'rate' }>;
/** A row of a trend. */
export type TrendRow = Extract<Row, { type: 'trend' }>;
/** Totals and percentiles of a trend, in the unit of its row. */
export type TrendValues = z.infer<typeof trendValues>;
