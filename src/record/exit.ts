import type { ExitName } from '../base/index.ts';
import type { AbortCause, FailureCause, RunRecord } from './schema.ts';

const ABORTED: Record<AbortCause, ExitName> = {
  signal: 'interrupted',
  'test.abort': 'testAbort',
  'max-write': 'testAbort',
  threshold: 'thresholds',
  'agent-lost': 'agentLost',
  crash: 'interrupted',
};

const FAILED: Record<FailureCause, ExitName> = {
  'setup-timeout': 'setupTimeout',
  'setup-exception': 'scriptException',
  'teardown-timeout': 'teardownTimeout',
  'teardown-exception': 'scriptException',
  'scenario-exception': 'scriptException',
  'test.fail': 'testFail',
  'no-iteration-succeeded': 'noIterationSucceeded',
  defect: 'defect',
};

/**
 * What `loadreg run` exits with, from the record alone, so that every report of a run agrees with it. How the run ended goes before what
 * it measured: a run that was cut short has not shown that its thresholds hold. A suspect generator counts only with `--strict`.
 */
export function exitOf(record: Pick<RunRecord, 'outcome' | 'thresholds' | 'generator' | 'options'>): ExitName {
  const { outcome } = record;
  if (outcome.state === 'aborted') return ABORTED[outcome.cause];
  if (outcome.state === 'failed') return FAILED[outcome.cause];
  if (record.thresholds.some((threshold) => !threshold.ok)) return 'thresholds';
  if (record.options.strict && record.generator.verdict === 'suspect') return 'generatorSuspect';
  return 'ok';
}
