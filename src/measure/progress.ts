import { HistogramSum, percentiles } from './packed.ts';
import type { IntervalSnapshot, SeriesSnapshot } from './snapshot.ts';
import type { MergedInterval } from './totals.ts';

/** What a watcher of the run is told about one interval. */
export function summarizeInterval(snapshot: IntervalSnapshot, slices: number, warmup: boolean): MergedInterval {
  const durations = new HistogramSum();
  const iterationsByScenario: Record<string, number> = {};
  const total = { flows: 0, failedFlows: 0, requests: 0, failedRequests: 0, bytesSent: 0, bytesReceived: 0 };
  const iterations = { iterations: 0, dropped: 0, interrupted: 0 };
  for (const series of snapshot.series) {
    if (series.stage !== 'run') continue;
    switch (series.metric) {
      case 'flow_failed':
        total.failedFlows += hitsOf(series);
        total.flows += totalOf(series);
        break;
      case 'http_req_failed':
        total.failedRequests += hitsOf(series);
        total.requests += totalOf(series);
        break;
      case 'data_sent':
        total.bytesSent += valueOf(series);
        break;
      case 'data_received':
        total.bytesReceived += valueOf(series);
        break;
      case 'iterations': {
        const scenario = series.tags['scenario'] ?? '';
        iterations.iterations += valueOf(series);
        iterationsByScenario[scenario] = (iterationsByScenario[scenario] ?? 0) + valueOf(series);
        break;
      }
      case 'dropped_iterations':
        iterations.dropped += valueOf(series);
        break;
      case 'interrupted_iterations':
        iterations.interrupted += valueOf(series);
        break;
      case 'http_req_duration':
        if (series.data.type === 'trend') durations.add(series.data.histogram);
        break;
    }
  }
  const packed = durations.pack();
  const [p50, p99] = packed.count === 0 ? [] : percentiles(packed, [50, 99]);
  return {
    index: snapshot.index,
    warmup,
    slices,
    vus: snapshot.vus,
    vusMax: snapshot.vusMax,
    ...total,
    ...iterations,
    iterationsByScenario,
    p50,
    p99,
    errors: snapshot.errors.reduce((sum, group) => sum + group.count, 0),
    health: snapshot.health,
  };
}

function hitsOf({ data }: SeriesSnapshot): number {
  return data.type === 'rate' ? data.hits : 0;
}

function totalOf({ data }: SeriesSnapshot): number {
  return data.type === 'rate' ? data.total : 0;
}

function valueOf({ data }: SeriesSnapshot): number {
  return data.type === 'counter' ? data.value : 0;
}
