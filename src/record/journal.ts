import { promisify } from 'node:util';
import { constants, crc32, deflateRaw, inflateRawSync } from 'node:zlib';
import type { CustomMetric, IntervalSnapshot } from '../measure/index.ts';
import type { RunPlan } from '../plan/index.ts';
import type { LoadTimes, RunEnd } from './input.ts';
import { type PackedSnapshot, SnapshotPacker, SnapshotUnpacker } from './journal-snapshot.ts';
import type { RecordHead } from './schema-head.ts';

/**
 * The journal of a run: what the record is made of, written while the run goes on, so that a run that is killed leaves its numbers.
 *
 * A first line that says what it is, then one line for each entry: a checksum of eight hexadecimal digits, a space, and JSON in which a
 * snapshot's numbers are deflated and in base64. A line that was cut short is known by its checksum.
 */
export const JOURNAL_MAGIC = 'loadreg-journal';

/** Version of the journal's format: a reader takes no other. */
export const JOURNAL_VERSION = 1;

/** One step of a run, in the order in which they come. */
export type JournalEntry =
  | {
      readonly kind: 'head';
      readonly head: RecordHead;
      readonly intervalMs: number;
      readonly customMetrics: readonly CustomMetric[];
      /** What decides how thresholds are judged; environments of scenarios are left empty, for their values may be secret. */
      readonly judged: Pick<RunPlan, 'thresholds' | 'disabledThresholds' | 'noThresholds' | 'warmupMs' | 'scenarios'>;
      /** What thresholds ask of a baseline, one value for each; null where one asks for none. */
      readonly baseline: { readonly file: string; readonly runId: string; readonly values: readonly (number | null)[] } | undefined;
      /** So far. */
      readonly warnings: readonly string[];
    }
  /** Setup has ended, or teardown and cleanup: traffic of theirs, and how long they took (undefined: there was no such stage). */
  | { readonly kind: 'stage'; readonly stage: 'setup' | 'teardown'; readonly ms: number | undefined; readonly snapshot: IntervalSnapshot }
  /** The load begins. */
  | { readonly kind: 'load'; readonly startedAt: number }
  | { readonly kind: 'interval'; readonly snapshot: IntervalSnapshot }
  /** The run is to end before its time. `sinceLoadMs` counts from the start of the load; undefined before it. */
  | { readonly kind: 'stopping'; readonly end: RunEnd; readonly sinceLoadMs: number | undefined }
  /** The load is over. */
  | { readonly kind: 'loaded'; readonly load: LoadTimes }
  /** The run is over. `besides` is what broke a run that was cut short as well. */
  | {
      readonly kind: 'end';
      readonly endedAt: number;
      readonly end: RunEnd;
      readonly besides: string | undefined;
      readonly warnings: readonly string[];
    };

/** An entry whose snapshot is packed. */
export type PackedEntry = PackedSnapshots<JournalEntry>;

type PackedSnapshots<Entry> = Entry extends { readonly snapshot: IntervalSnapshot }
  ? Omit<Entry, 'snapshot'> & { readonly snapshot: PackedSnapshot }
  : Entry;

const deflate = promisify(deflateRaw);

/** Turns entries into lines, those of one journal in order. */
export class EntryPacker {
  readonly #packer = new SnapshotPacker();

  /** The part that must be done at once, in order. */
  pack(entry: JournalEntry): PackedEntry {
    return 'snapshot' in entry ? { ...entry, snapshot: this.#packer.pack(entry.snapshot) } : entry;
  }
}

/** A packed entry as a line. Deflates in Node.js's thread pool, and fast: the load has the other cores. */
export async function lineOf(entry: PackedEntry): Promise<string> {
  if (!('snapshot' in entry)) return withChecksum(JSON.stringify(entry));
  const { snapshot } = entry;
  const deflated = await deflate(snapshot.data, { level: constants.Z_BEST_SPEED });
  return withChecksum(JSON.stringify({ ...entry, snapshot: { ...snapshot, data: deflated.toString('base64') } }));
}

function withChecksum(json: string): string {
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
}

/** Turns lines into entries, those of one journal in order. */
export class EntryUnpacker {
  readonly #unpacker = new SnapshotUnpacker();

  /** The entry of a line without its line break; undefined when the line is damaged or cut short. */
  unpack(line: string): JournalEntry | undefined {
    const json = line.slice(9);
    if (line[8] !== ' ' || crc32(json) !== Number.parseInt(line.slice(0, 8), 16)) return undefined;
    const entry = JSON.parse(json) as JournalEntry; // written by us, as the checksum says, and in this version
    if (!('snapshot' in entry)) return entry;
    const packed = entry.snapshot as unknown as Omit<PackedSnapshot, 'data'> & { readonly data: string };
    const data = inflateRawSync(Buffer.from(packed.data, 'base64'));
    return { ...entry, snapshot: this.#unpacker.unpack({ ...packed, data }) };
  }
}
