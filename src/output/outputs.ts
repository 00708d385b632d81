import { InvalidConfigError, messageOf, type Problem } from '../base/index.ts';
import type { IntervalSnapshot, SampledSeries, SampleSink, SampleTap } from '../measure/index.ts';
import { type Output, type OutputContext, type PointSeries, type PointWriter, STAGE_TAG } from './output.ts';
import { parseOutput } from './parse.ts';
import { OUTPUTS } from './table.ts';

/** Settings of {@link openOutputs}. */
export interface OutputsOptions extends OutputContext {
  /** Intervals at the start of the load that enter no total. */
  readonly warmupIntervals: number;
  /** Wall time, ms since the epoch. Default: the machine's. */
  readonly now?: () => number;
}

/**
 * Opens every output that was asked for; what `outputProblems` has nothing against can fail only by what has changed since.
 * @throws InvalidConfigError with every output that cannot be opened; those that could are closed again.
 */
export async function openOutputs(texts: readonly string[], options: OutputsOptions): Promise<Outputs> {
  const opened: Output[] = [];
  const problems: Problem[] = [];
  for (const text of texts) {
    const wanted = parseOutput(text);
    try {
      if (wanted === undefined) throw new Error('there is no such output');
      opened.push(await OUTPUTS[wanted.name].open(wanted.argument, options));
    } catch (error) {
      problems.push({ where: `--out ${text}`, what: messageOf(error) });
    }
  }
  const outputs = new Outputs(opened, options);
  if (problems.length === 0) return outputs;
  await outputs.end();
  await outputs.close(false, new AbortController().signal);
  throw new InvalidConfigError(problems);
}

/** All outputs of one run. With none of them, nothing is called and nothing costs anything. */
export class Outputs {
  /** One for each output, for the header. */
  readonly descriptions: readonly string[];
  /** For the recorder; undefined when no output wants single samples. */
  readonly tap: SampleTap | undefined;
  readonly #outputs: readonly Output[];
  readonly #options: OutputsOptions;
  readonly #now: () => number;
  readonly #ownSeries = new Map<string, SampleSink>();
  /** The interval that is going on: that of the recorder, which cuts just before it tells. */
  #interval = 0;
  #over = false;
  #ended: Promise<readonly string[]> | undefined;
  #broken = false;

  constructor(outputs: readonly Output[], options: OutputsOptions) {
    this.#outputs = outputs;
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.descriptions = outputs.map((output) => output.description);
    this.tap = outputs.some((output) => output.points !== undefined) ? (series) => this.#sink(series) : undefined;
  }

  /** The run begins. What an earlier one left in the same files is kept until then. */
  begin(): void {
    for (const output of this.#outputs) output.begin?.();
  }

  /** Each interval of the load, once it is complete. */
  onInterval(snapshot: IntervalSnapshot): void {
    this.#own('vus', snapshot.vus);
    this.#own('vus_max', snapshot.vusMax);
    for (const output of this.#outputs) output.onInterval?.(snapshot);
    this.#interval = snapshot.index + 1;
  }

  /** The load is over. What it still leaves behind is in no total, and so in no output. */
  loadEnded(): void {
    this.#over = true;
  }

  /** Nothing more will come. Resolves when all is written, with a sentence for each output in which something is missing. */
  end(): Promise<readonly string[]> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  /** Whether an output could not be written to its end: the disk was full, or the like. Known after {@link end}. */
  get broken(): boolean {
    return this.#broken;
  }

  /**
   * Ends what has not ended, and lets go of all that others can reach. With `wait`, Prometheus may scrape the last numbers first, unless the
   * signal aborts.
   */
  async close(wait: boolean, signal: AbortSignal): Promise<void> {
    await this.end();
    await Promise.all(this.#outputs.map(async (output) => output.close?.(wait, signal)));
  }

  async #end(): Promise<readonly string[]> {
    const ends = await Promise.all(this.#outputs.map((output) => output.end()));
    const missing = ends.filter((end) => end !== undefined);
    this.#broken = missing.some(({ broken }) => broken);
    return missing.map(({ message }) => message);
  }

  #sink({ stage, metric, type, contains, tags }: SampledSeries): SampleSink {
    const shape = { metric, type, contains };
    const marked = (mark: string) => this.#writer({ ...shape, tags: { ...tags, [STAGE_TAG]: mark } });
    if (stage !== 'run') {
      const write = marked(stage);
      return (value) => write(this.#now(), value);
    }
    // Lines are made when a point comes: most series have none in the warm-up, or none but there.
    let warmup: PointWriter | undefined;
    let measured: PointWriter | undefined;
    return (value) => {
      if (this.#over) return;
      const write =
        this.#interval < this.#options.warmupIntervals ? (warmup ??= marked('warmup')) : (measured ??= this.#writer({ ...shape, tags }));
      write(this.#now(), value);
    };
  }

  /** Writes to every output that takes points. */
  #writer(series: PointSeries): PointWriter {
    const writers = this.#outputs.map((output) => output.points?.(series)).filter((writer) => writer !== undefined);
    const [only] = writers;
    if (only !== undefined && writers.length === 1) return only;
    return (at, value) => {
      for (const write of writers) write(at, value);
    };
  }

  /** A gauge of the run itself, which no recorder sees. */
  #own(metric: string, value: number): void {
    if (this.tap === undefined) return;
    const sink = this.#ownSeries.get(metric) ?? this.#sink({ stage: 'run', metric, type: 'gauge', contains: 'default', tags: {} });
    this.#ownSeries.set(metric, sink);
    sink(value);
  }
}
