import { InvalidConfigError, type Problem } from '../base/index.ts';
import { type CustomMetric, parseThreshold, type Threshold } from '../measure/index.ts';
import type { RunPlan } from '../plan/index.ts';
import { environmentId, readEnvironment, rowsOf, type RunRecord, statisticOf, workloadHash } from '../record/index.ts';
import { whyNoSample } from './no-sample.ts';

/** The run that thresholds are held against, as far as they ask for it. */
export interface Baseline {
  /** Name of its file, as the report shows it. */
  readonly file: string;
  readonly runId: string;
  /** For each threshold of the plan its value in the baseline, in its unit; undefined where the threshold asks for none. */
  readonly values: readonly (number | undefined)[];
  /** Why limits that are made of it may not be fair, one sentence each. */
  readonly warnings: readonly string[];
}

/** What a baseline is read for. */
export interface BaselineContext {
  readonly plan: RunPlan;
  readonly custom: readonly CustomMetric[];
  /** Text that the workload hash takes in. */
  readonly workloadText: string;
  /** Name of the record's file, as the report shows it. */
  readonly file: string;
}

/** Whether a threshold of the plan needs the baseline. */
export function needsBaseline({ thresholds, noThresholds }: RunPlan, custom: readonly CustomMetric[]): boolean {
  return !noThresholds && thresholds.some(({ metric, expression }) => asksForBaseline(metric, expression, custom) !== undefined);
}

/**
 * Looks up what the thresholds ask of a baseline, before the run. A counter without a series is 0, as anywhere.
 * Throws InvalidConfigError with a line for every threshold that the record has no value for.
 */
export function resolveBaseline(record: RunRecord, { plan, custom, workloadText, file }: BaselineContext): Baseline {
  const problems: Problem[] = [];
  const warnings = warningsOf(record, plan, workloadText, `the baseline ${file} (run ${record.id})`);
  const values = plan.thresholds.map(({ metric, expression }) => {
    const threshold = asksForBaseline(metric, expression, custom);
    if (threshold === undefined) return undefined;
    const value = statisticOf(record, threshold);
    if (value === undefined) {
      const what = `'${expression}' has no value in the baseline ${file}: there, the metric ${whyNoSample(threshold, record.rows)}`;
      problems.push({ where: `thresholds[${JSON.stringify(metric)}]`, what, fix: 'a record in which it has samples, or a fixed limit' });
    } else if (threshold.type === 'counter' && lacks(record, threshold)) {
      warnings.push(`the baseline ${file} (run ${record.id}) has no series ${metric}: there it counts as 0`);
    }
    return value;
  });
  if (problems.length > 0) throw new InvalidConfigError(problems);
  return { file, runId: record.id, values, warnings };
}

function asksForBaseline(metric: string, expression: string, custom: readonly CustomMetric[]): Threshold | undefined {
  const { threshold } = parseThreshold(metric, expression, 'thresholds', custom);
  return threshold === undefined || typeof threshold.limit === 'number' ? undefined : threshold;
}

/** Whether the record has the metric, but not with these tags. */
function lacks({ rows }: RunRecord, { metric, tags }: Threshold): boolean {
  return rowsOf(rows, metric).length > 0 && rowsOf(rows, metric, tags).length === 0;
}

function warningsOf(record: RunRecord, plan: RunPlan, workloadText: string, name: string): string[] {
  const warnings: string[] = [];
  if (record.workloadHash !== workloadHash(plan, workloadText)) {
    warnings.push(`${name} is of another workload (its options, seed or scenario differ): limits made of it may not be fair`);
  }
  const environment = readEnvironment(plan.envLabel);
  if (record.environmentId !== environmentId(environment)) {
    const { cpuModel, cores, label } = record.environment;
    const there = `${cpuModel}, ${cores} cores${label === null ? '' : `, label ${label}`}`;
    warnings.push(`${name} was made in another environment (${there}): limits made of it may not be fair`);
  }
  if (record.outcome.state !== 'finished') warnings.push(`${name} did not go well: ${record.outcome.reason}`);
  if (record.generator.verdict === 'suspect') warnings.push(`${name} has a suspect generator: see its report`);
  return warnings;
}
