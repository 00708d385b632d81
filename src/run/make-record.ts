import type { Collector } from '../measure/index.ts';
import { completeRecord, type LoadTimes, type RecordHead, type RunRecord } from '../record/index.ts';
import type { Stopper } from './stopper.ts';
import type { ThresholdJudge } from './thresholds.ts';

/** A run that is over, or as much of it as its journal holds. */
export interface FinishedRun {
  readonly head: RecordHead;
  /** Wall time, ms since the Unix epoch. */
  readonly endedAt: number;
  readonly stopper: Stopper;
  readonly load: LoadTimes;
  readonly intervalMs: number;
  readonly collector: Collector;
  readonly judge: ThresholdJudge;
  /** Undefined when there was no such stage. */
  readonly setupMs: number | undefined;
  readonly teardownMs: number | undefined;
  readonly warnings: readonly string[];
}

/** The record of a run, with its thresholds judged. The same for a run that has just ended and for one that is recovered. */
export function makeRecord({ head, stopper, load, intervalMs, collector, judge, warnings, ...run }: FinishedRun): RunRecord {
  const totals = collector.finish();
  const known = totals.errors.find((error) => error.code === 'FRESH_BLOB_EXISTS');
  if (known !== undefined) {
    // The run measured HEAD hits where it means uploads: whatever its numbers are, they are of another workload.
    stopper.fail('scenario-exception', `${known.count} pushes were to send fresh blobs that the registry had already`);
  }
  const { end, besides } = stopper;
  return completeRecord(head, {
    run: { endedAt: run.endedAt, end },
    load,
    slices: [{ index: 0, host: 'in-process', agent: null, state: end.state, reason: null, intervals: Math.ceil(load.end / intervalMs) }],
    totals,
    setupMs: run.setupMs,
    teardownMs: run.teardownMs,
    thresholds: judge.results(collector, totals, load),
    warnings: besides === undefined ? warnings : [...warnings, besides],
  });
}
