import { type IntervalSnapshot, type MetricContains, type SeriesData, seriesKey, type Stage, type Tags } from '../measure/index.ts';
import { ByteReader, ByteWriter } from './journal-bytes.ts';

/** A series that is named for the first time in a journal: its number is its place among all that were named so far. */
type NamedSeries = readonly [stage: Stage, metric: string, contains: MetricContains, type: SeriesData['type'], tags: Tags];

/** A snapshot in small: names once in a journal, and what was measured as bytes. Made once a second in the thread that makes the load. */
export interface PackedSnapshot extends Omit<IntervalSnapshot, 'series' | 'health'> {
  readonly health?: IntervalSnapshot['health'];
  readonly named: readonly NamedSeries[];
  /** Of each series its number, and what its type holds. */
  readonly data: Uint8Array;
}

/** Packs the snapshots of one journal, in order. Keeps the names of series, and so no more than the recorder does. */
export class SnapshotPacker {
  readonly #numbers = new Map<string, number>();
  readonly #writer = new ByteWriter();

  pack({ series, ...rest }: IntervalSnapshot): PackedSnapshot {
    const named: NamedSeries[] = [];
    for (const { key, stage, metric, contains, tags, data } of series) {
      let number = this.#numbers.get(key);
      if (number === undefined) {
        number = this.#numbers.size;
        this.#numbers.set(key, number);
        named.push([stage, metric, contains, data.type, tags]);
      }
      this.#writer.whole(number);
      writeData(this.#writer, data);
    }
    return { ...rest, named, data: this.#writer.take() };
  }
}

/** Unpacks the snapshots of one journal, in order. */
export class SnapshotUnpacker {
  readonly #named: NamedSeries[] = [];

  /** Throws RangeError when the bytes are no snapshot, or name a series that no snapshot before it has named. */
  unpack({ named, data, ...rest }: PackedSnapshot): IntervalSnapshot {
    this.#named.push(...named);
    const reader = new ByteReader(data);
    const series: IntervalSnapshot['series'][number][] = [];
    while (!reader.done) {
      const number = reader.whole();
      const name = this.#named[number];
      if (name === undefined) throw new RangeError(`no series has the number ${number}`);
      const [stage, metric, contains, type, tags] = name;
      series.push({ key: seriesKey(stage, metric, tags), stage, metric, contains, tags, data: readData(reader, type) });
    }
    return { ...rest, health: rest.health, series };
  }
}

function writeData(writer: ByteWriter, data: SeriesData): void {
  switch (data.type) {
    case 'counter':
      writer.number(data.value);
      return;
    case 'gauge':
      writer.number(data.value);
      writer.number(data.min);
      writer.number(data.max);
      return;
    case 'rate':
      writer.whole(data.hits);
      writer.whole(data.total);
      return;
    case 'trend': {
      const { lo, counts, count, sum, min, max, clamped } = data.histogram;
      writer.whole(lo);
      writer.counts(counts);
      writer.whole(count);
      writer.number(sum);
      writer.number(min);
      writer.number(max);
      writer.whole(clamped);
    }
  }
}

/** In the order of {@link writeData}: the fields of an object are evaluated as they stand. */
function readData(reader: ByteReader, type: SeriesData['type']): SeriesData {
  switch (type) {
    case 'counter':
      return { type, value: reader.number() };
    case 'gauge':
      return { type, value: reader.number(), min: reader.number(), max: reader.number() };
    case 'rate':
      return { type, hits: reader.whole(), total: reader.whole() };
    case 'trend':
      return {
        type,
        histogram: {
          lo: reader.whole(),
          counts: reader.counts(),
          count: reader.whole(),
          sum: reader.number(),
          min: reader.number(),
          max: reader.number(),
          clamped: reader.whole(),
        },
      };
  }
}
