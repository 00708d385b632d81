import { Decompress } from 'fzstd';

/** Bytes that a frame may make a decoder keep; what `zstd` itself takes without `--long`. */
const WINDOW_LIMIT = 128 * 1024 ** 2;
/** Bytes of a block at most (RFC 8878, 3.1.1.2.4). */
const BLOCK_LIMIT = 128 * 1024;

/** Bytes of memory that may be moved whatever comes of it, and for each byte that comes out: see {@link Work}. */
const FREE_WORK = 4 * 1024 ** 3;
const WORK_RATIO = 16_384;
/** To make a window takes the time of moving so many: the system has to find and clear the memory. */
const NEW_WINDOW = 8;
/** Bytes of memory moved, and steps taken, after which others get their turn. */
const WORK_A_TURN = 1024 ** 3;
const STEPS_A_TURN = 1000;
const NOTHING: Uint8Array = new Uint8Array();

type Damage = (why: string, cause?: unknown) => Error;

/**
 * Unpacks zstd (RFC 8878): any number of frames, skippable ones left out. fzstd decodes whatever it is given at once and hands out all that
 * came of it, so it is given one block at a time: at most 128 KiB come out before anybody may say stop. An empty chunk means that
 * nothing came of much work, so that whoever takes it can let others have their turn. `damage` makes the error.
 */
export async function* unzstd(source: AsyncIterable<Uint8Array>, damage: Damage): AsyncGenerator<Uint8Array> {
  const input = new Input(source, () => damage('is cut off'));
  const work = new Work(damage);
  try {
    while (await input.has()) {
      if (work.turn()) yield NOTHING;
      const magic = (await input.take(4)).readUInt32LE();
      if (magic === 0xfd2fb528) yield* frame(input, work, damage);
      else if (magic >>> 4 === 0x184d2a5) await input.skip((await input.take(4)).readUInt32LE());
      else throw damage('is followed by something else');
    }
  } finally {
    await input.close();
  }
}

async function* frame(input: Input, work: Work, damage: Damage): AsyncGenerator<Uint8Array> {
  const { bytes, checksum, declared } = await frameHeader(input, damage);
  let window = declared;
  const out: Uint8Array[] = [];
  let decoder: Decompress | undefined;
  for (let last = false; !last; ) {
    if (work.turn()) yield NOTHING;
    const header = await input.take(3);
    const word = header.readUIntLE(0, 3);
    last = (word & 1) === 1;
    const type = (word >>> 1) & 3;
    const size = word >>> 3;
    if (type === 3 || size > BLOCK_LIMIT) throw damage('is damaged (invalid block)');
    const content = await input.take(type === 1 ? 1 : size);
    let end: Buffer = last && checksum ? await input.take(4) : NO_BYTES;
    if (type !== 2 && size === 0 && (decoder === undefined || !last)) continue; // nothing comes of it
    let start: Buffer = NO_BYTES;
    if (decoder === undefined) {
      decoder = new Decompress((chunk) => out.push(chunk));
      // A frame of one block refers to nothing before that, and needs no larger window, whatever it declares.
      const alone = last && window > BLOCK_LIMIT;
      start = alone ? BLOCK_FRAME : bytes;
      end = alone ? NO_BYTES : end;
      window = alone ? BLOCK_LIMIT : window;
      work.add(NEW_WINDOW * window);
    }
    work.add(window);
    try {
      decoder.push(Buffer.concat([start, header, content, end]), last);
    } catch (error) {
      throw damage('is damaged', error);
    }
    for (const chunk of out.splice(0)) {
      if (chunk.byteLength === 0) continue;
      work.brought(chunk.byteLength);
      yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    }
  }
}

const NO_BYTES = Buffer.alloc(0);
/** Header of a frame with a window of one block, 128 KiB, and no checksum. */
const BLOCK_FRAME = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 7 << 3]);

/**
 * What fzstd does for a window: it makes one for each frame, and moves all of it for each block. A few bytes can have it move 128 MiB, so all
 * that is moved has to stand in a proportion to what comes out.
 */
class Work {
  #moved = 0;
  #out = 0;
  #sinceTurn = 0;
  #steps = 0;
  readonly #damage: Damage;

  constructor(damage: Damage) {
    this.#damage = damage;
  }

  add(bytes: number): void {
    this.#moved += bytes;
    this.#sinceTurn += bytes;
    if (this.#moved > FREE_WORK + WORK_RATIO * this.#out) throw this.#damage('has windows out of all proportion to what is in it');
  }

  brought(bytes: number): void {
    this.#out += bytes;
  }

  /** A step is taken; whether it is time for others. */
  turn(): boolean {
    this.#steps += 1;
    if (this.#sinceTurn < WORK_A_TURN && this.#steps < STEPS_A_TURN) return false;
    this.#sinceTurn = 0;
    this.#steps = 0;
    return true;
  }
}

/** Reads a frame header after its magic number, and gives it back with it. Refuses what would make a decoder keep too much. */
async function frameHeader(input: Input, damage: Damage): Promise<{ bytes: Buffer; checksum: boolean; declared: number }> {
  const first = await input.take(1);
  const flags = first[0] as number;
  const single = (flags & 0x20) !== 0;
  const windowByte = await input.take(single ? 0 : 1);
  const dictionary = await input.take([0, 1, 2, 4][flags & 3] as number);
  const sizeField = await input.take(flags >> 6 === 0 ? Number(single) : 1 << (flags >> 6));
  if ((flags & 8) !== 0) throw damage('is damaged (reserved bit)');
  if (dictionary.some((byte) => byte !== 0)) throw damage('needs a dictionary');
  const declared = single ? contentSize(sizeField) : windowSize(windowByte[0] as number);
  if (declared > WINDOW_LIMIT) throw damage(`needs a window of more than ${WINDOW_LIMIT / 1024 ** 2} MiB`);
  const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
  return { bytes: Buffer.concat([magic, first, windowByte, dictionary, sizeField]), checksum: (flags & 4) !== 0, declared };
}

function windowSize(byte: number): number {
  const base = 2 ** (10 + (byte >> 3));
  return base + (base / 8) * (byte & 7);
}

function contentSize(field: Buffer): number {
  if (field.length === 8) return Number(field.readBigUInt64LE());
  return field.readUIntLE(0, field.length) + (field.length === 2 ? 256 : 0);
}

/** A source read in pieces of a wanted length. */
class Input {
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #cutOff: () => Error;
  #chunk: Uint8Array = new Uint8Array();
  #at = 0;

  constructor(source: AsyncIterable<Uint8Array>, cutOff: () => Error) {
    this.#iterator = source[Symbol.asyncIterator]();
    this.#cutOff = cutOff;
  }

  /** Whether there is a byte left. */
  async has(): Promise<boolean> {
    while (this.#at >= this.#chunk.byteLength) {
      const next = await this.#iterator.next();
      if (next.done === true) return false;
      this.#chunk = next.value;
      this.#at = 0;
    }
    return true;
  }

  /** The next bytes, copied. */
  async take(length: number): Promise<Buffer> {
    const taken = Buffer.allocUnsafe(length);
    for (let filled = 0; filled < length; ) {
      if (!(await this.has())) throw this.#cutOff();
      const piece = this.#chunk.subarray(this.#at, this.#at + length - filled);
      taken.set(piece, filled);
      filled += piece.byteLength;
      this.#at += piece.byteLength;
    }
    return taken;
  }

  async skip(length: number): Promise<void> {
    for (let left = length; left > 0; ) {
      if (!(await this.has())) throw this.#cutOff();
      const step = Math.min(left, this.#chunk.byteLength - this.#at);
      this.#at += step;
      left -= step;
    }
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}
