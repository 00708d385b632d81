import { Accumulator } from './accumulator.ts';
import { mergeData } from './merge.ts';
import { hasTags } from './series.ts';
import type { IntervalSnapshot, SeriesData } from './snapshot.ts';
import { badness, holds, measureThreshold, type SettledThreshold, type ThresholdOutcome } from './threshold.ts';
import type { Selector } from './threshold-selector.ts';

/** What the windows of a threshold are made of. */
export interface WindowOptions {
  /** Length of a window, in whole intervals. */
  readonly intervals: number;
  readonly intervalMs: number;
  /** Intervals at the start of the load that are in no window. */
  readonly warmupIntervals: number;
}

/**
 * Judges one threshold over every window of so many intervals, one interval apart, from the end of the warm-up to the end of the load.
 * Only windows of whole intervals count: the last interval of a run may be cut short, and is judged when another follows it or the end is
 * known. Keeps what one window is made of, and no more, however long the run is.
 */
export class WindowJudge {
  readonly #threshold: SettledThreshold;
  readonly #options: WindowOptions;
  /** What the threshold is about, of the intervals that the next window may have. */
  #ring: { readonly index: number; readonly data: SeriesData }[] = [];
  #pending: number | undefined;
  #endMs = Number.POSITIVE_INFINITY;
  #failed = 0;
  #judged = 0;
  #empty = 0;
  #worst: { readonly value: number; readonly startMs: number } | undefined;

  constructor(threshold: SettledThreshold, options: WindowOptions) {
    this.#threshold = threshold;
    this.#options = options;
  }

  /** Takes in an interval; they come in order. */
  add(snapshot: IntervalSnapshot): void {
    this.#judge();
    if (snapshot.index < this.#options.warmupIntervals || !this.#isWhole(snapshot.index)) return;
    const data = selectInterval(snapshot, this.#threshold);
    if (data !== undefined) this.#ring.push({ index: snapshot.index, data });
    this.#pending = snapshot.index;
  }

  /** Says when the load ends, in ms from its start. Windows that reach past it are left out: the load dies away in them. */
  endsAt(ms: number): void {
    this.#endMs = Math.min(this.#endMs, ms);
  }

  /** Says that no interval follows. */
  finish(): void {
    this.#judge();
  }

  /** What came of the windows so far. Without one in which something was measured, the threshold has failed. */
  get outcome(): ThresholdOutcome {
    const [judged, failed, empty] = [this.#judged, this.#failed, this.#empty];
    const windows = { judged, failed, empty, worstStartMs: this.#worst?.startMs };
    return { ok: judged > 0 && failed === 0, value: this.#worst?.value, windows };
  }

  /** Whether an interval ended before the load did. Timers are not exact: a hundredth of it may be missing. */
  #isWhole(index: number): boolean {
    return (index + 0.99) * this.#options.intervalMs <= this.#endMs;
  }

  /** Judges the window that ends with the pending interval. */
  #judge(): void {
    const last = this.#pending;
    this.#pending = undefined;
    const { intervals, intervalMs, warmupIntervals } = this.#options;
    if (last === undefined || !this.#isWhole(last)) return;
    const first = last - intervals + 1;
    if (first < warmupIntervals) return;
    this.#ring = this.#ring.filter(({ index }) => index >= first);
    const sum = new Accumulator(this.#threshold.type);
    for (const { data } of this.#ring) sum.add(data);
    const value = measureThreshold(this.#threshold, this.#ring.length === 0 ? undefined : sum.data(), intervals * intervalMs);
    if (value === undefined) {
      this.#empty += 1;
      return;
    }
    this.#judged += 1;
    if (!holds(this.#threshold, value)) this.#failed += 1;
    if (this.#worst === undefined || badness(this.#threshold, value) > badness(this.#threshold, this.#worst.value)) {
      this.#worst = { value, startMs: first * intervalMs };
    }
  }
}

/** Merged over the series of an interval that a selector means; undefined when there is none. */
function selectInterval({ series, vus, vusMax }: IntervalSnapshot, { metric, tags }: Selector): SeriesData | undefined {
  if (metric === 'vus' || metric === 'vus_max') {
    const value = metric === 'vus' ? vus : vusMax; // no recorder fills these: they are the state of the slices
    return Object.keys(tags).length === 0 ? { type: 'gauge', value, min: value, max: value } : undefined;
  }
  const found = series.filter((one) => one.stage === 'run' && one.metric === metric && hasTags(one.tags, tags));
  return found.length === 0 ? undefined : found.map(({ data }) => data).reduce(mergeData);
}
