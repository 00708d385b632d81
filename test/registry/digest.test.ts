import { describe, expect, it } from 'vitest';
import { algorithmOf, CountingSink, digestOf, DigestSink, isDigest } from '../../src/registry/index.ts';

const EMPTY = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

describe('digests', () => {
  it('of no bytes is the well-known one', () => {
    expect(digestOf(Buffer.alloc(0))).toBe(EMPTY);
    expect(new DigestSink().digest()).toBe(EMPTY);
  });

  it.each(['sha256', 'sha512'] as const)('a sink hashes by %s what digestOf does', (algorithm) => {
    const sink = new DigestSink(algorithm);
    sink.write(Buffer.from('hello '));
    sink.write(Buffer.from('world'));
    expect(sink.digest()).toBe(digestOf(Buffer.from('hello world'), algorithm));
    expect(sink.digest()).toBe(sink.digest());
    expect(sink.bytes).toBe(11);
    expect(isDigest(sink.digest())).toBe(true);
    expect(algorithmOf(sink.digest())).toBe(algorithm);
  });

  it.each([['sha256:abc'], [EMPTY.toUpperCase()], [`md5:${'0'.repeat(32)}`], [`${EMPTY}\n`], [''], [EMPTY.slice(7)]])(
    '%j is none',
    (text) => {
      expect(isDigest(text)).toBe(false);
    },
  );

  it('a counting sink counts', () => {
    const sink = new CountingSink();
    sink.write(new Uint8Array(3));
    sink.write(new Uint8Array(4));
    expect(sink.bytes).toBe(7);
  });
});
