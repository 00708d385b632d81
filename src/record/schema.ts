import { z } from 'zod';
import { arrivalsSchema } from './schema-arrivals.ts';
import { rowSchema } from './schema-rows.ts';
import { environmentSchema, optionsSchema, targetSchema } from './schema-setting.ts';
import { thresholdSchema } from './schema-thresholds.ts';

/** Version of the record's format. It grows when a reader of the version before would misread the file. */
export const RECORD_VERSION = 1;

/** What every record says first, so that another JSON file is not taken for one. */
export const RECORD_FORMAT = 'loadreg-run-record';

const text = z.string();
const time = z.iso.datetime();
const count = z.number().int().nonnegative();
const stage = z.enum(['setup', 'run', 'teardown']);

/** Why a run ended before its time. */
export const abortCauses = ['signal', 'test.abort', 'max-write', 'threshold', 'agent-lost', 'crash'] as const;

/** Why a run counts as failed, whatever its numbers say. */
export const failureCauses = [
  'setup-timeout',
  'setup-exception',
  'teardown-timeout',
  'teardown-exception',
  'scenario-exception',
  'test.fail',
  'no-iteration-succeeded',
  'defect',
] as const;

const reason = text.describe('One sentence for a person.');

const outcomeSchema = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('finished').describe('The run went through to its end.') }),
  z.strictObject({
    state: z.literal('aborted').describe('The run ended before its time; its numbers cover what was done until then.'),
    cause: z.enum(abortCauses).describe('Why, as a stable word.'),
    reason,
  }),
  z.strictObject({
    state: z.literal('failed').describe('The run did not do what it was for.'),
    cause: z.enum(failureCauses).describe('Why, as a stable word.'),
    reason,
  }),
]);

const windowSchema = z.strictObject({
  startUs: z.number().describe('Start, in µs from the start of the load.'),
  endUs: z.number().describe('End, in µs from the start of the load.'),
  startedAt: time.describe('Start, as a time.'),
  endedAt: time.describe('End, as a time.'),
});

const partState = z.enum(['finished', 'aborted', 'failed', 'lost']);

const sliceSchema = z.strictObject({
  index: count.describe('Number of the slice, from 0.'),
  host: z.enum(['in-process', 'thread', 'agent']).describe('Where the slice ran.'),
  agent: text.nullable().describe('Name of the agent that it ran on; null without agents.'),
  state: partState.describe('How the slice ended; the numbers of a lost one are missing from some intervals.'),
  reason: text.nullable().describe('Why it did not finish, in one sentence; null when it did.'),
  intervals: count.describe('Intervals, of one second each, that it delivered.'),
});

const agentSchema = z.strictObject({
  name: text.describe('Name of the agent.'),
  state: partState.describe('How the agent ended.'),
  reason: text.nullable().describe('Why it did not finish, in one sentence; null when it did.'),
  environment: environmentSchema.describe('The machine that the agent ran on.'),
});

const columnsSchema = z.strictObject({
  widthUs: z
    .number()
    .int()
    .positive()
    .describe('Time that each column covers, in µs: one second, doubled when the run has more than 600 seconds, and so on.'),
  count: count.describe('Number of columns, at most 600; the last one may be cut short by the end of the run.'),
  warmupCount: count.describe('Columns at the start that are at least partly warm-up.'),
  rateFrom: count.describe('First of the columns that rates are computed from: those that lie wholly in the measured window.'),
  rateTo: count.describe(
    'The column after the last of them; equal to rateFrom when the window was too short, and rates are totals over its length.',
  ),
});

const numberColumns = (what: string) =>
  z.array(z.number().nullable()).describe(`${what}, one number for each column; null where it is not known.`);

const healthSchema = z.strictObject({
  columns: z
    .strictObject({
      loopDelayP99Us: numberColumns('99th percentile of the event-loop delay, in µs'),
      loopUtilization: numberColumns('Share of the time that the event loop was busy, 0 to 1'),
      cpuShare: numberColumns('CPU time of the process over wall time; 1 is one core'),
      rssBytes: numberColumns('Resident memory of the process, in bytes'),
    })
    .describe('The worst slice of each column.'),
  worst: z
    .strictObject({
      loopDelayP50Us: z.number().describe('Median event-loop delay, in µs.'),
      loopDelayP99Us: z.number().describe('99th percentile of the event-loop delay, in µs.'),
      loopDelayMaxUs: z.number().describe('Longest event-loop delay, in µs.'),
      loopUtilization: z.number().describe('Share of the time that the event loop was busy, 0 to 1.'),
      cpuShare: z.number().describe('CPU time of the process over wall time; 1 is one core.'),
      rssBytes: z.number().describe('Resident memory of the process, in bytes.'),
    })
    .nullable()
    .describe('The worst interval of the measured window, each number by itself; null when nothing was sampled.'),
});

const errorSchema = z.strictObject({
  stage: stage.describe('Part of the run that it happened in.'),
  code: text.describe('Stable code, for example "ECONNREFUSED", "HTTP_503" or "DIGEST_MISMATCH".'),
  source: z.enum(['exchange', 'flow', 'iteration']).describe('What failed.'),
  name: text.describe('Name of what failed: the operation, the flow or the scenario.'),
  count: count.describe('How often.'),
  example: text.describe('The first one, in one sentence without secrets.'),
});

const checkSchema = z.strictObject({
  name: text.describe('Name of the check.'),
  group: text.describe('Group that it stands in (k6’s path), or an empty text.'),
  scenario: text.describe('Scenario that made it.'),
  passes: count.describe('How often it held in the measured window.'),
  fails: count.describe('How often it did not.'),
});

const stageSchema = z.strictObject({
  durationUs: z.number().nonnegative().describe('How long the stage took, in µs.'),
  rows: z.array(rowSchema).describe('Its rows; they have no columns and are in no total.'),
});

const generatorSchema = z.strictObject({
  verdict: z.enum(['ok', 'suspect']).describe('Whether the load generator can be trusted, or was itself the bottleneck.'),
  reasons: z.array(text).describe('Why it is suspect, one sentence each; empty when it is ok.'),
});

const iterationsSchema = z.strictObject({
  complete: count.describe('Iterations that ran to their end, well or not; as all of these, warm-up left out.'),
  failed: count.describe('Those of the complete ones that threw, or in which a flow failed.'),
  interrupted: count.describe('Iterations that the end of the run cut off.'),
  dropped: count.describe('Iterations that the plan asked for and that were never started.'),
});

/** The whole record. Every field carries a sentence; they reach the JSON Schema. */
export const recordSchema = z.strictObject({
  format: z.literal(RECORD_FORMAT).describe('Says that this file is a run record of loadreg.'),
  version: z.literal(RECORD_VERSION).describe('Version of this format.'),
  id: text.describe('Unique name of the run.'),
  name: text.describe('Name of the run: --name, or the name of the scenario file.'),
  labels: z
    .record(z.string(), z.string())
    .describe('What --label said about the run, for example the build under test; never part of a row.'),
  tool: z
    .strictObject({ name: z.literal('loadreg').describe('Program that made the record.'), version: text.describe('Its version.') })
    .describe('What made this record.'),
  seed: z.number().int().describe('Seed of all random choices.'),
  workloadHash: text.describe(
    'Hash of everything that shapes the load. Runs can be compared when it is equal. Threads, agents and target are not in it.',
  ),
  environmentId: text.describe('Hash of CPU model, cores, memory and label of the generator. Latencies can be compared when it is equal.'),
  scenarioPath: text.describe('Scenario file, as it was named; never its source.'),
  envNames: z.array(text).describe('Names given with -e; values are not recorded.'),
  headerNames: z.array(text).describe('Names of extra header fields; values are not recorded.'),
  startedAt: time.describe('When the run began, setup included.'),
  endedAt: time.describe('When the run ended, teardown included.'),
  outcome: outcomeSchema.describe('How the run ended.'),
  target: targetSchema.describe('The registry under test, as it showed itself before the start.'),
  environment: environmentSchema.describe('The machine that made the load.'),
  options: optionsSchema.describe('All options consolidated, every default filled in, secrets left out.'),
  windows: z
    .strictObject({
      warmup: windowSchema.nullable().describe('Load that is in no total; null without a warm-up.'),
      measured: windowSchema.describe('From the end of the warm-up until no more iterations were started.'),
      rampDown: windowSchema.nullable().describe('From there to the end of the last iteration; null when nothing was left to finish.'),
    })
    .describe(
      'Parts of the load, one after the other. Totals are about the measured window and the ramp-down, rates about the measured window alone.',
    ),
  slices: z.array(sliceSchema).describe('Parts that the load was divided into.'),
  agents: z.array(agentSchema).describe('Other machines that made load; empty when there were none.'),
  generator: generatorSchema.describe('How far the load generator can be trusted.'),
  iterations: iterationsSchema.describe('How the iterations ended.'),
  arrivals: arrivalsSchema,
  thresholds: z.array(thresholdSchema).describe('Thresholds with their results.'),
  checks: z.array(checkSchema).describe('Checks with their results.'),
  errors: z.array(errorSchema).describe('Failures grouped by stage, code and what failed, most frequent first; the warm-up left out.'),
  warmupErrors: z.array(errorSchema).describe('Failures of the warm-up, which are in no total.'),
  columns: columnsSchema.describe('What a column of the rows is.'),
  vus: z
    .strictObject({
      active: z.array(count).describe('Most VUs at work at once, one number for each column.'),
      made: count.describe('VUs made over the whole load.'),
    })
    .describe('VUs over time.'),
  health: healthSchema.describe('How the load generator itself felt.'),
  rows: z.array(rowSchema).describe('One row for each metric and tag set of the load. Totals leave the warm-up out, columns have it.'),
  setup: stageSchema.nullable().describe('Traffic of setup(), kept out of every total; null when there was none.'),
  teardown: stageSchema.nullable().describe('Traffic of teardown() and cleanup, kept out of every total; null when there was none.'),
  warnings: z.array(text).describe('What a reader must know before trusting a number, one sentence each.'),
  notes: z.array(text).describe('What else is worth knowing, one sentence each.'),
});

/** A run as its JSON file holds it. Durations µs, times ISO 8601, sizes bytes. */
export type RunRecord = z.infer<typeof recordSchema>;
/** How a run ended. */
export type Outcome = z.infer<typeof outcomeSchema>;
/** Why a run ended before its time, as a stable word. */
export type AbortCause = (typeof abortCauses)[number];
/** Why a run counts as failed, as a stable word. */
export type FailureCause = (typeof failureCauses)[number];
/** A part of the load, in µs from its start and as times. */
export type RecordedWindow = z.infer<typeof windowSchema>;
/** A part that the load was divided into. */
export type RecordedSlice = z.infer<typeof sliceSchema>;
/** Another machine that made load. */
export type RecordedAgent = z.infer<typeof agentSchema>;
/** A threshold with its result. */
export type RecordedThreshold = z.infer<typeof thresholdSchema>;
/** Failures of one kind. */
export type RecordedError = z.infer<typeof errorSchema>;
/** A check with its result. */
export type RecordedCheck = z.infer<typeof checkSchema>;
/** How the load generator felt. */
export type Health = z.infer<typeof healthSchema>;
/** How far the load generator can be trusted. */
export type GeneratorVerdict = z.infer<typeof generatorSchema>;
