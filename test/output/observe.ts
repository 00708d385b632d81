import { createRecorder, type CustomMetric, type IntervalSnapshot, type Recorder, type SampleTap } from '../../src/measure/index.ts';
import { exchange, scope } from '../support/records.ts';

// A custom trend, and a custom gauge of times.
const LAYERS: CustomMetric = { name: 'layers', type: 'trend', contains: 'default' };
const QUEUE: CustomMetric = { name: 'queue', type: 'gauge', contains: 'time' };

/** Everything that can be observed, at least once; exchanges take 0.02 + 1 + 0.3 ms and the like. */
export function observeAll(recorder: Recorder, more: { readonly stage?: 'setup' | 'run' | 'teardown' } = {}): void {
  const pulls = scope({ ...more, flow: 'pull', group: '::night, "and" day', tags: { build: 'a=1&b' } });
  recorder.exchange(pulls, exchange('manifest_get'), 500);
  recorder.exchange(pulls, exchange('blob_get', { sizeClass: '≥128MiB', bytesReceived: 150_000_000, receiving: 2_345_678 }), 500);
  recorder.exchange(pulls, exchange('blob_get', { status: 503, expected: false, errorCode: 'HTTP_503', errorDetail: 'no' }), 500);
  recorder.blobThroughput(pulls, 'blob_get', 51_200);
  recorder.flow(pulls, 2_400_000, '', '', 500);
  recorder.flow(pulls, 1_340, 'HTTP_503', 'no', 500);
  recorder.lag(pulls, 500);
  recorder.iteration(pulls, 2_500_000, 'complete');
  recorder.iteration(pulls, 1_400, 'failed');
  recorder.iteration(pulls, 1_400, 'interrupted');
  recorder.group(pulls, 2_450_000);
  recorder.check(pulls, 'has "layers", all', true, { kind: 'one\ntwo' });
  recorder.check(pulls, 'has "layers", all', false, { kind: 'one\ntwo' });
  recorder.count(pulls, 'retries', 2);
  recorder.count(pulls, 'dropped_iterations', 3);
  recorder.custom(pulls, LAYERS, 1.005, {});
  recorder.custom(pulls, QUEUE, 12.5, {});
}

/** A recorder that is tapped, and what it has cut: at most one interval. */
export function tappedRecorder(tap: SampleTap | undefined): { recorder: Recorder; cut: (index: number) => IntervalSnapshot } {
  const recorder = createRecorder(tap);
  return { recorder, cut: (index) => recorder.cut(index, { slice: 0, vus: 3, vusMax: 5 }) };
}
