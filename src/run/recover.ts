import { formatDuration, LoadregError } from '../base/index.ts';
import { Collector } from '../measure/index.ts';
import { type JournalEntry, type LoadTimes, readJournal, type RunRecord } from '../record/index.ts';
import { makeRecord } from './make-record.ts';
import { messagesOf } from './messages.ts';
import { Stopper } from './stopper.ts';
import { ThresholdJudge } from './thresholds.ts';
import { plannedEnd } from './timing.ts';

type EntryOf<Kind extends JournalEntry['kind']> = Extract<JournalEntry, { kind: Kind }>;

/** A run that left no report. */
export interface RecoveredRun {
  readonly record: RunRecord;
  /** What a person is told beside the report, one sentence each. */
  readonly messages: readonly string[];
}

/**
 * Makes the record of a run of its journal: all that a run measured which was over, and of one that was killed all but the last interval or
 * two. Takes no more memory than the run did. Throws LoadregError (exit `invalidConfig`) when the file is no journal, or holds no interval.
 */
export async function recoverRun(path: string): Promise<RecoveredRun> {
  let recovery: Recovery | undefined;
  const { damaged } = await readJournal(path, (entry) => {
    if (entry.kind === 'head') recovery ??= new Recovery(entry);
    else recovery?.add(entry);
  });
  if (recovery === undefined) throw new Error(`the journal ${path} was read without its head`);
  if (damaged !== undefined) {
    const lines = damaged.after === 1 ? 'the line after it is' : `the ${damaged.after} lines after it are`;
    recovery.warnings.push(`the journal is damaged in line ${damaged.line}: it and ${lines} left out`);
  }
  const record = recovery.record();
  if (record === undefined) {
    throw new LoadregError(`${path} holds no interval: the run ended before its load had run for a second`, { exit: 'invalidConfig' });
  }
  return { record, messages: messagesOf(record) };
}

/** A run on its way back from its journal. */
class Recovery {
  readonly warnings: string[];
  readonly #head: EntryOf<'head'>;
  readonly #collector: Collector;
  readonly #judge: ThresholdJudge;
  readonly #stageMs: { setup: number | undefined; teardown: number | undefined } = { setup: undefined, teardown: undefined };
  #intervals = 0;
  #load: EntryOf<'load'> | undefined;
  #stopping: EntryOf<'stopping'> | undefined;
  #loaded: LoadTimes | undefined;
  #end: EntryOf<'end'> | undefined;

  constructor(entry: EntryOf<'head'>) {
    const { head, intervalMs, customMetrics: custom, judged: plan, baseline } = entry;
    this.#head = entry;
    this.warnings = [...entry.warnings];
    const warmupIntervals = Math.ceil(plan.warmupMs / intervalMs);
    this.#collector = new Collector({ slices: 1, warmupIntervals, intervalMs, cores: head.environment.cores });
    const asked = baseline && { ...baseline, values: baseline.values.map((value) => value ?? undefined), warnings: [] };
    this.#judge = new ThresholdJudge({ plan, custom, baseline: asked, intervalMs });
    this.#collector.onInterval((_, snapshot) => this.#judge.add(snapshot));
  }

  add(entry: JournalEntry): void {
    switch (entry.kind) {
      case 'stage':
        this.#stageMs[entry.stage] = entry.ms;
        this.#collector.add(entry.snapshot);
        break;
      case 'interval':
        this.#intervals = entry.snapshot.index + 1;
        this.#collector.add(entry.snapshot);
        break;
      case 'load':
        this.#load = entry;
        break;
      case 'stopping':
        this.#stopping = entry;
        if (typeof entry.sinceLoadMs === 'number') this.#judge.endsAt(entry.sinceLoadMs);
        break;
      case 'loaded':
        this.#loaded = entry.load;
        break;
      case 'end':
        this.#end = entry;
        this.warnings.splice(0, Number.POSITIVE_INFINITY, ...entry.warnings, ...this.warnings.slice(this.#head.warnings.length));
        break;
      case 'head':
        break;
    }
  }

  /** Undefined when nothing was measured by a run that has not come to its end. */
  record(): RunRecord | undefined {
    const load = this.#loadTimes();
    if (load === undefined) return undefined;
    this.#collector.sliceEnded(0);
    return makeRecord({
      head: this.#head.head,
      endedAt: this.#end?.endedAt ?? load.startedAt + load.end,
      stopper: this.#stopper(load),
      load,
      intervalMs: this.#head.intervalMs,
      collector: this.#collector,
      judge: this.#judge,
      setupMs: this.#stageMs.setup,
      teardownMs: this.#stageMs.teardown,
      warnings: this.warnings,
    });
  }

  #loadTimes(): LoadTimes | undefined {
    if (this.#loaded !== undefined && (this.#end !== undefined || this.#intervals > 0)) return this.#loaded;
    if (this.#load === undefined || this.#intervals === 0) return undefined;
    const { judged, intervalMs } = this.#head;
    const end = this.#intervals * intervalMs;
    return {
      startedAt: this.#load.startedAt,
      warmupEnd: Math.min(judged.warmupMs, end),
      loadEnd: Math.min(plannedEnd(judged), this.#stopping?.sinceLoadMs ?? Number.POSITIVE_INFINITY, end),
      end,
    };
  }

  #stopper({ end: ms }: LoadTimes): Stopper {
    const stopper = new Stopper();
    const end = this.#end?.end ?? this.#stopping?.end;
    if (end?.state === 'failed') stopper.fail(end.cause, end.reason);
    if (end?.state === 'aborted') {
      const more = this.#end === undefined ? ', and ended without a report: this was recovered from its journal' : '';
      stopper.abort(end.cause, `${end.reason}${more}`);
      if (this.#end?.besides !== undefined) stopper.fail('teardown-exception', this.#end.besides);
    } else if (this.#end === undefined) {
      const when = this.#loaded === undefined ? `after ${formatDuration(ms)} of load or a second or two more` : 'after its load was over';
      stopper.abort('crash', `the run was killed ${when}, and left no report: this was recovered from its journal`);
    }
    return stopper;
  }
}
