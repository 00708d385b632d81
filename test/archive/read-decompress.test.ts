import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compressionOf, decompress, type DecompressLimits, DecompressError } from '../../src/archive/index.ts';
import { commandPath } from '../support/parts.ts';

const TEXT = Buffer.from(Array.from({ length: 20_000 }, (_, i) => `line ${(i * 7919) % 1000} of the text`).join('\n'));
const RANDOM = randomBytes(300_000);

/** Chunks of one size out of one buffer that is overwritten, as a BodySource may hand them out. */
async function* chunked(bytes: Buffer, size: number) {
  const buffer = Buffer.alloc(size);
  for (let at = 0; at < bytes.length; at += size) {
    const length = bytes.copy(buffer, 0, at, at + size);
    yield buffer.subarray(0, length);
    buffer.fill(0xaa);
  }
}

async function unpack(bytes: Buffer, size = 4096, limits: DecompressLimits = {}): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of decompress(chunked(bytes, size), limits)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** zstd frames made by hand (RFC 8878): raw and RLE blocks need no compressor. */
const zstdFrame = (blocks: readonly { readonly rle?: readonly [byte: number, times: number]; readonly raw?: Buffer }[], window = 0x50) =>
  Buffer.concat([
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, window]),
    ...blocks.map(({ rle, raw = Buffer.alloc(0) }, index) => {
      const header = Buffer.alloc(3);
      const size = rle === undefined ? raw.length : rle[1];
      header.writeUIntLE(Number(index === blocks.length - 1) + (rle === undefined ? 0 : 2) + size * 8, 0, 3);
      return Buffer.concat([header, rle === undefined ? raw : Buffer.from([rle[0]])]);
    }),
  ]);
const ZSTD = zstdFrame([{ raw: Buffer.from('hello ') }, { rle: [0x7a, 5] }, { raw: Buffer.from('!') }]);
const SKIPPABLE = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

describe('decompress', () => {
  it.each([
    ['nothing', Buffer.alloc(0), Buffer.alloc(0)],
    ['one byte', Buffer.from('x'), Buffer.from('x')],
    ['plain bytes', RANDOM, RANDOM],
    ['a gzip file', gzipSync(TEXT), TEXT],
    ['a gzip file of nothing', gzipSync(Buffer.alloc(0)), Buffer.alloc(0)],
    [
      'several gzip members',
      Buffer.concat([gzipSync(TEXT), gzipSync(RANDOM), gzipSync('end')]),
      Buffer.concat([TEXT, RANDOM, Buffer.from('end')]),
    ],
    ['gzip padded with zeros', Buffer.concat([gzipSync(TEXT), Buffer.alloc(9000)]), TEXT],
    ['a zstd frame', ZSTD, Buffer.from('hello zzzzz!')],
    ['several zstd frames, skippable ones between', Buffer.concat([ZSTD, SKIPPABLE, ZSTD]), Buffer.from('hello zzzzz!hello zzzzz!')],
  ])('gives back %s, however it is cut', async (_case, bytes, expected) => {
    for (const size of bytes.length > 100_000 ? [4096, 65_536] : [1, 7, 4096]) {
      expect((await unpack(bytes, size)).equals(expected)).toBe(true);
    }
  });

  it.runIf(commandPath('zstd') !== undefined)('gives back what zstd compressed, at every level and with a checksum', async () => {
    for (const flags of ['-1', '-3', '-9', '--no-check', '--no-content-size']) {
      for (const content of [TEXT, RANDOM, Buffer.alloc(400_000), Buffer.from('x')]) {
        const packed = execFileSync('zstd', [flags, '-q', '-c'], { input: content, maxBuffer: 1e8 });
        expect((await unpack(packed)).equals(content)).toBe(true);
      }
    }
  });

  it.each([
    ['gzip that is cut off', gzipSync(TEXT).subarray(0, -9), 'the gzip data is cut off'],
    ['gzip with another byte in it', flipped(gzipSync(RANDOM), 5000), /^the gzip data is damaged/],
    ['gzip with something behind it', Buffer.concat([gzipSync(TEXT), Buffer.from('junk')]), /^the gzip data is damaged/],
    [
      'gzip with something behind its padding',
      Buffer.concat([gzipSync(TEXT), Buffer.alloc(9000), Buffer.from('junk')]),
      /something else|damaged/,
    ],
    ['zstd that is cut off', ZSTD.subarray(0, -2), 'the zstd data is cut off'],
    ['zstd with something behind it', Buffer.concat([ZSTD, Buffer.from('junk')]), 'the zstd data is followed by something else'],
    ['zstd with a block of no type', flipped(ZSTD, 6, 0x06), /^the zstd data is damaged/],
    ['zstd that needs a huge window', zstdFrame([{ raw: Buffer.from('x') }], 0xf0), /^the zstd data needs a window of more than 128 MiB/],
  ])('refuses %s', async (_case, bytes, message) => {
    const failure = await unpack(bytes).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DecompressError);
    expect((failure as Error).message).toMatch(message);
  });

  it.each([
    ['a gzip bomb', gzipSync(Buffer.alloc(20_000_000)), { freeBytes: 1_000_000 }, /^the gzip data unpacks to more than 200 times its size/],
    [
      'a zstd bomb',
      zstdFrame(Array.from({ length: 300 }, () => ({ rle: [0, 131_072] as const }))),
      { freeBytes: 1_000_000 },
      /^the zstd data unpacks to more than 200/,
    ],
    ['more than the cap', gzipSync(RANDOM), { maxBytes: 299_999 }, /^the data unpacks to more than 293 KiB/],
    ['plain bytes beyond the cap', RANDOM, { maxBytes: 299_999 }, /^the data unpacks to more than/],
  ])('cuts off %s', async (_case, bytes, limits, message) => {
    let most = 0;
    const run = async () => {
      for await (const chunk of decompress(chunked(bytes, 4096), limits)) most += chunk.byteLength;
    };
    await expect(run()).rejects.toThrow(message);
    expect(most).toBeLessThan(3_000_000);
  });

  const HUGE = 0x88; // a window of 128 MiB
  const EMPTY_FRAME = zstdFrame([{ raw: Buffer.alloc(0) }], HUGE);
  const TINY_FRAME = zstdFrame([{ raw: Buffer.from('x') }], HUGE);

  it('makes no window of 128 MiB for each of thousands of frames with next to nothing in them', async () => {
    const frames = Array.from({ length: 3000 }, () => [EMPTY_FRAME, TINY_FRAME]).flat();
    const before = performance.now();
    expect((await unpack(Buffer.concat(frames))).toString()).toBe('x'.repeat(3000));
    expect(performance.now() - before).toBeLessThan(5_000);
  });

  it('takes frames of one block that stop at the end of it or not, whatever window they declare', async () => {
    const block = Buffer.alloc(131_072, 'block');
    const frames = [zstdFrame([{ raw: block }], HUGE), zstdFrame([{ raw: block }, { raw: Buffer.alloc(0) }], HUGE)];
    expect((await unpack(Buffer.concat(frames))).equals(Buffer.concat([block, block]))).toBe(true);
  });

  it.each([
    ['frames', Buffer.concat(Array.from({ length: 1000 }, () => zstdFrame([{ raw: Buffer.from('x') }, { raw: Buffer.from('y') }], HUGE)))],
    [
      'blocks',
      zstdFrame(
        Array.from({ length: 20_000 }, () => ({ rle: [0, 1] as const })),
        HUGE,
      ),
    ],
  ])('refuses windows of 128 MiB for %s of a byte or two', async (_case, bytes) => {
    await expect(unpack(bytes, 65_536)).rejects.toThrow(/^the zstd data has windows out of all proportion to what is in it$/);
  });

  it('can be stopped where much goes in and nothing comes out', async () => {
    const signal = AbortSignal.timeout(100);
    async function* endless() {
      for (;;) yield Buffer.concat(Array.from({ length: 10_000 }, () => EMPTY_FRAME));
    }
    await expect(async () => {
      for await (const _ of decompress(endless(), { signal }));
    }).rejects.toThrow(/timeout/);
  });

  it('passes on what the source throws', async () => {
    async function* source() {
      yield gzipSync(TEXT).subarray(0, 100);
      await Promise.resolve();
      throw new RangeError('mine');
    }
    await expect(async () => {
      for await (const _ of decompress(source()));
    }).rejects.toThrow(RangeError);
  });

  it('lets go of its source when the reader stops', async () => {
    for (const bytes of [gzipSync(RANDOM), RANDOM, ZSTD]) {
      let closed = false;
      async function* source() {
        try {
          yield* chunked(bytes, 1000);
        } finally {
          closed = true;
        }
      }
      for await (const _ of decompress(source())) break;
      expect(closed).toBe(true);
    }
  });

  it('tells the compression by magic bytes alone', () => {
    expect([gzipSync('x'), ZSTD, Buffer.from('PK'), Buffer.alloc(0), Buffer.from([0x1f])].map(compressionOf)).toEqual([
      'gzip',
      'zstd',
      'none',
      'none',
      'none',
    ]);
  });

  it('shows the bytes that go in to a hash', async () => {
    for (const bytes of [gzipSync(TEXT), ZSTD, RANDOM, Buffer.concat([gzipSync(TEXT), Buffer.alloc(9000)])]) {
      const seen: Buffer[] = [];
      for await (const _ of decompress(chunked(bytes, 1000), { input: { write: (chunk) => void seen.push(Buffer.from(chunk)) } }));
      expect(Buffer.concat(seen).equals(bytes)).toBe(true);
    }
  });
});

function flipped(bytes: Buffer, at: number, mask = 0xff): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] as number) ^ mask;
  return copy;
}
