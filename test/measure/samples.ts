import type { Random } from '../../src/base/index.ts';
import {
  type ErrorGroup,
  type IntervalSnapshot,
  packValues,
  type SeriesData,
  type SeriesSnapshot,
  type Stage,
  seriesKey,
  type Tags,
} from '../../src/measure/index.ts';

/** Values as latencies come: spread over many sizes, with zeros. */
export function latencies(random: Random, count: number): number[] {
  return Array.from({ length: count }, () => (random.chance(0.1) ? 0 : Math.floor(2 ** (random.next() * 31.5))));
}

/** One series, its key made from the rest. */
export function series(metric: string, tags: Tags, data: SeriesData, stage: Stage = 'run'): SeriesSnapshot {
  return { key: seriesKey(stage, metric, tags), stage, metric, contains: 'time', tags, data };
}

/** One snapshot of a slice. */
export function snapshot(index: number, list: readonly SeriesSnapshot[], more: Partial<IntervalSnapshot> = {}): IntervalSnapshot {
  return { slice: 0, index, series: list, errors: [], vus: 1, vusMax: 1, health: undefined, ...more };
}

/** A snapshot of anything, sharing some series and errors with others of its kind. */
export function randomSnapshot(random: Random, index: number, slice: number): IntervalSnapshot {
  const list: SeriesSnapshot[] = [];
  for (const name of ['a', 'b', 'c', 'd']) {
    if (random.chance(0.3)) continue;
    const tags = random.chance(0.5) ? { operation: name } : { scenario: 'x', operation: name };
    list.push(
      series('http_req_duration', tags, { type: 'trend', histogram: packValues(latencies(random, random.int(1, 60))) }),
      series('http_reqs', tags, { type: 'counter', value: random.int(0, 1000) }),
      series('http_req_failed', tags, { type: 'rate', hits: random.int(0, 5), total: random.int(5, 50) }),
    );
    const value = random.int(0, 100);
    list.push(series('depth', tags, { type: 'gauge', value, min: value - random.int(0, 5), max: value + random.int(0, 5) }));
  }
  const errors = ['ECONNRESET', 'HTTP_503', 'HTTP_500']
    .filter(() => random.chance(0.5))
    .map(
      (code): ErrorGroup => ({
        stage: 'run',
        source: 'exchange',
        name: 'blob_get',
        code,
        count: random.int(1, 9),
        example: `example ${random.int(1, 9)}`,
      }),
    );
  const health = random.chance(0.2)
    ? undefined
    : {
        loopDelayP50: random.int(0, 10),
        loopDelayP99: random.int(0, 100),
        loopDelayMax: random.int(0, 1000),
        loopUtilization: random.next(),
        cpuShare: random.next(),
        rss: random.int(1, 1e9),
      };
  return { slice, index, series: list, errors, vus: random.int(0, 9), vusMax: random.int(9, 12), health };
}
