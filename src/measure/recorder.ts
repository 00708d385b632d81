import { ErrorTally } from './errors.ts';
import type { Instrument, TrendInstrument } from './instruments.ts';
import { storedScale } from './metrics.ts';
import type { CustomMetric, Exchange, FlowCounter, IterationOutcome, MetricContains, MetricType, Observer, Scope } from './observation.ts';
import { seriesKey } from './series.ts';
import { SeriesStore } from './series-store.ts';
import { OTHER, ScopeSeries, withoutEmpty } from './scope-series.ts';
import type { ErrorGroup, HealthSample, IntervalSnapshot, Tags } from './snapshot.ts';
import type { SampleTap } from './tap.ts';

/** State of a slice at the end of an interval. */
export interface SliceState {
  readonly slice: number;
  /** VUs at work, and VUs made so far. */
  readonly vus: number;
  readonly vusMax: number;
  readonly health?: HealthSample | undefined;
}

/** Takes the observations of one slice and gives them out interval by interval. */
export interface Recorder extends Observer {
  /** What stage `run` observed since the last cut, as interval `index`. */
  cut(index: number, state: SliceState): IntervalSnapshot;
  /** What setup and teardown observed since the last call, as interval -1. */
  cutStage(slice: number): IntervalSnapshot;
}

/** A recorder for one slice. `tap` is asked who takes the samples of each series, for outputs that want every one. */
export function createRecorder(tap?: SampleTap): Recorder {
  return new SliceRecorder(tap);
}

class SliceRecorder implements Recorder {
  readonly #store: SeriesStore;
  readonly #errors = new ErrorTally();
  readonly #stageErrors = new ErrorTally();
  /** By identity, the usual way; then by content: two scopes that say the same are one. */
  readonly #byScope = new WeakMap<Scope, ScopeSeries>();
  readonly #byContent = new Map<string, ScopeSeries>();
  /** The one that was asked for last: exchanges of one scope come in rows. */
  #last: ScopeSeries | undefined = undefined;

  constructor(tap: SampleTap | undefined) {
    this.#store = new SeriesStore(tap);
  }

  exchange(scope: Scope, exchange: Readonly<Exchange>, lagUs?: number): void {
    this.#of(scope).exchange(exchange).add(exchange, lagUs);
    if (exchange.errorCode === 'DIGEST_MISMATCH' || exchange.errorCode === 'SIZE_MISMATCH') this.count(scope, 'digest_mismatches', 1);
    if (exchange.errorCode !== '') this.#fail(scope, 'exchange', exchange.operation, exchange.errorCode, exchange.errorDetail);
  }

  flow(scope: Scope, durationUs: number, errorCode: string, errorDetail: string, lagUs?: number): void {
    const series = this.#of(scope);
    const { stage } = scope;
    this.#flowTrend(series, 'flow_duration', errorCode).add(durationUs);
    if (lagUs !== undefined) this.#flowTrend(series, 'flow_response_time', errorCode).add(durationUs + lagUs);
    series.once('flow_failed', (store) => store.builtIn(stage, 'flow_failed', series.tags)).add(errorCode !== '');
    if (errorCode !== '') this.#fail(scope, 'flow', scope.flow, errorCode, errorDetail);
  }

  lag(scope: Scope, lagUs: number): void {
    const series = this.#of(scope);
    series.once('iteration_lag', (store) => store.builtIn(scope.stage, 'iteration_lag', series.tags)).add(lagUs);
  }

  iteration(scope: Scope, durationUs: number, outcome: IterationOutcome): void {
    const { stage } = scope;
    const series = this.#of(scope);
    const { tags } = series;
    if (outcome === 'interrupted') {
      series.once('interrupted_iterations', (store) => store.builtIn(stage, 'interrupted_iterations', tags)).add(1);
      return;
    }
    const of = series.once('iterations', (store) => ({
      count: store.builtIn(stage, 'iterations', tags),
      duration: store.builtIn(stage, 'iteration_duration', tags),
      failed: store.builtIn(stage, 'iteration_failed', tags),
    }));
    of.count.add(1);
    of.duration.add(durationUs);
    of.failed.add(outcome === 'failed');
  }

  exception(scope: Scope, code: string, detail: string): void {
    this.#fail(scope, 'iteration', scope.scenario, code, detail);
  }

  group(scope: Scope, durationUs: number): void {
    const series = this.#of(scope);
    series.once('group_duration', (store) => store.builtIn(scope.stage, 'group_duration', series.tags)).add(durationUs);
  }

  check(scope: Scope, name: string, ok: boolean, tags: Tags): void {
    const known = !this.#store.full || this.#of(scope).has(`given/checks/${name}`);
    const instrument = this.#tagged(scope, 'checks', 'rate', 'default', { check: known ? name : OTHER }, tags);
    if (instrument.type === 'rate') instrument.add(ok);
  }

  count(scope: Scope, counter: FlowCounter, amount: number): void {
    const series = this.#of(scope);
    series.once(counter, (store) => store.builtIn(scope.stage, counter, series.tags)).add(amount);
  }

  retryWait(scope: Scope, waitUs: number): void {
    const series = this.#of(scope);
    series.once('retry_wait', (store) => store.builtIn(scope.stage, 'retry_wait', series.tags)).add(waitUs);
  }

  blobThroughput(scope: Scope, operation: string, kibPerSecond: number): void {
    const series = this.#of(scope);
    const trend = series.once(`blob_throughput/${operation}`, (store) =>
      store.builtIn(scope.stage, 'blob_throughput', { ...series.tags, operation }),
    );
    trend.add(kibPerSecond);
  }

  custom(scope: Scope, metric: CustomMetric, value: number, tags: Tags): void {
    const { name, type, contains } = metric;
    if (!Number.isFinite(value)) {
      this.#fail(scope, 'iteration', scope.scenario, 'INVALID_VALUE', `the ${type} ${name} was given ${value}`);
      return;
    }
    const instrument = this.#tagged(scope, name, type, contains, {}, tags);
    if (instrument.type !== type) {
      this.#fail(scope, 'iteration', scope.scenario, 'INVALID_METRIC', `the ${type} ${name} has the name of a ${instrument.type}`);
    } else if (instrument.type === 'rate') {
      instrument.add(value !== 0);
    } else {
      instrument.add(value * storedScale(name, type, contains));
    }
  }

  cut(index: number, state: SliceState): IntervalSnapshot {
    const { slice, vus, vusMax, health } = state;
    return { slice, index, series: this.#store.cut(true), errors: this.#errors.cut(), vus, vusMax, health };
  }

  cutStage(slice: number): IntervalSnapshot {
    const [series, errors] = [this.#store.cut(false), this.#stageErrors.cut()];
    return { slice, index: -1, series, errors, vus: 0, vusMax: 0, health: undefined };
  }

  #of(scope: Scope): ScopeSeries {
    if (this.#last?.scope === scope) return this.#last;
    const known = this.#byScope.get(scope);
    if (known !== undefined) {
      this.#last = known;
      return known;
    }
    const content = seriesKey(scope.stage, '', { ...scope.tags, scenario: scope.scenario, flow: scope.flow, group: scope.group });
    let series = this.#byContent.get(content);
    if (series === undefined) {
      series = new ScopeSeries(this.#store, scope);
      this.#byContent.set(content, series);
    }
    this.#byScope.set(scope, series);
    return series;
  }

  /** Failed flows have series of their own: a percentile over pulls that ended early would flatter the registry. */
  #flowTrend(series: ScopeSeries, metric: 'flow_duration' | 'flow_response_time', errorCode: string): TrendInstrument {
    const known = errorCode === '' || !this.#store.full || series.has(`${metric}/${errorCode}`);
    const code = known ? errorCode : OTHER; // codes that scenarios make up must not take all memory
    return series.once(`${metric}/${code}`, (store) =>
      store.builtIn(series.scope.stage, metric, withoutEmpty({ ...series.tags, error_code: code })),
    );
  }

  /** The instrument of a series with tags that a scenario gives with each call. */
  #tagged(scope: Scope, metric: string, type: MetricType, contains: MetricContains, own: Tags, given: Tags): Instrument {
    const series = this.#of(scope);
    const extra = Object.keys(given).length > 0;
    if (!extra) {
      return series.once(`given/${metric}/${own['check'] ?? ''}`, (store) =>
        store.get(scope.stage, metric, type, contains, withoutEmpty({ ...series.tags, ...own })),
      );
    }
    if (this.#store.full) {
      const detail = `there are more than enough series: the tags of ${metric} are left out`;
      this.#fail(scope, 'iteration', scope.scenario, 'TOO_MANY_SERIES', detail);
      return this.#tagged(scope, metric, type, contains, own, {});
    }
    return this.#store.get(scope.stage, metric, type, contains, withoutEmpty({ ...given, ...series.tags, ...own }));
  }

  #fail(scope: Scope, source: ErrorGroup['source'], name: string, code: string, example: string): void {
    const tally = scope.stage === 'run' ? this.#errors : this.#stageErrors;
    tally.add({ stage: scope.stage, source, name, code, count: 1, example });
  }
}
