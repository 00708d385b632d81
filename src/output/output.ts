import type { Logger } from '../base/index.ts';
import type { IntervalSnapshot, MetricContains, MetricType, Tags } from '../measure/index.ts';

/** Tag of what enters no total: `setup`, `warmup` or `teardown`. Points without it add up to the run record. */
export const STAGE_TAG = 'run_stage';

/** A series as its points show it. */
export interface PointSeries {
  readonly metric: string;
  readonly type: MetricType;
  readonly contains: MetricContains;
  /** With {@link STAGE_TAG} where the points enter no total. */
  readonly tags: Tags;
}

/** Takes one point of a series: ms since the epoch, and the value in the unit that people see (ms, bytes, KiB/s; 0 or 1 of a rate). */
export type PointWriter = (at: number, value: number) => void;

/** What is missing in an output. */
export interface Shortfall {
  /** One sentence, for people and for the warnings of the record. */
  readonly message: string;
  /** Whether writing failed (a full disk), and the file ends where it did; not when points were left out because the disk was slow. */
  readonly broken: boolean;
}

/** One output while a run lasts. Its methods are synchronous and cheap where they say nothing else, and never throw. */
export interface Output {
  /** For the header of the run: `json (points.json)`. */
  readonly description: string;
  /** The run begins: whatever an earlier one left in the file may go. */
  begin?(): void;
  /** For an output that wants every point: called once for each series, with the first of them. */
  points?(series: PointSeries): PointWriter;
  /** For an output that wants intervals. */
  onInterval?(snapshot: IntervalSnapshot): void;
  /** Nothing more will come: resolves when all of it lies where it belongs, with what is missing there. */
  end(): Promise<Shortfall | undefined>;
  /**
   * Lets go of what others can still reach after `end`. With `wait` it may stay until they have fetched the last numbers, but not once the
   * signal aborts.
   */
  close?(wait: boolean, signal: AbortSignal): Promise<void>;
}

/** A threshold, for outputs that show it beside its metric. */
export interface OutputThreshold {
  /** `http_req_duration{operation:blob_get}` */
  readonly metric: string;
  readonly expression: string;
  readonly abortOnFail: boolean;
}

/** What outputs are made with. */
export interface OutputContext {
  readonly log: Logger;
  readonly thresholds: readonly OutputThreshold[];
}

/** What is wrong with the argument of an output, and what would work. */
export interface ArgumentProblem {
  readonly what: string;
  readonly fix: string;
}

/** One kind of output: what stands before the `=` of `--out` in the table of them. */
export interface OutputKind {
  /** What it writes to, the same text for the same file or port, so that no two outputs share one; undefined when the argument is none. */
  target(argument: string): string | undefined;
  /** Looks whether it could be opened; undefined when it could. Changes nothing. */
  check(argument: string): Promise<ArgumentProblem | undefined>;
  /** Opens it. @throws Error when that fails after all. */
  open(argument: string, context: OutputContext): Promise<Output>;
}
