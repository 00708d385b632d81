import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { noise, noiseBytes } from '../../src/image/noise.ts';

describe('noise', () => {
  it.each([0, 1, 3, 511, 65_535, 65_536, 65_537, 1_000_003])('gives exactly %i bytes', (length) => {
    expect(noiseBytes(['a'], length)).toHaveLength(length);
    expect([...noise(['a'], length)].reduce((sum, chunk) => sum + chunk.length, 0)).toBe(length);
  });

  it('depends on the key alone, and a shorter run is the start of a longer one', () => {
    const long = noiseBytes(['a', 1], 200_000);
    expect(noiseBytes(['a', 1], 200_000).equals(long)).toBe(true);
    expect(noiseBytes(['a', 1], 70_001).equals(long.subarray(0, 70_001))).toBe(true);
    expect(noiseBytes(['a', 2], 200_000).equals(long)).toBe(false);
  });

  it('re-uses one buffer for all chunks of a pass', () => {
    const buffers = new Set([...noise(['a'], 1_000_000)].map((chunk) => chunk.buffer));
    expect(buffers.size).toBe(1);
  });

  it('does not compress', () => {
    expect(gzipSync(noiseBytes(['a'], 500_000)).length).toBeGreaterThan(500_000);
  });

  it.each([0.25, 0.5, 0.9, 1])('lets a share of %f compress to nothing', (compressible) => {
    const chunks: Buffer[] = [];
    for (const chunk of noise(['a'], 500_000, compressible)) chunks.push(Buffer.from(chunk));
    const bytes = Buffer.concat(chunks);
    expect(gzipSync(bytes).length / bytes.length).toBeCloseTo(1 - compressible, 1);
  });
});
