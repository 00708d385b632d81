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

  it.each<[string, number, string[], string]>([
    ['whole in one piece', 11, ['hello world'], digestOf(Buffer.from('hello world'))],
    ['in two pieces', 11, ['hello ', 'world'], digestOf(Buffer.from('hello world'))],
    ['with an empty piece after it', 11, ['hello world', ''], digestOf(Buffer.from('hello world'))],
    ['too short', 11, ['hello'], digestOf(Buffer.from('hello'))],
    ['too long', 11, ['hello world', '!'], ''],
    ['empty, as it should', 0, [], EMPTY],
    ['not empty, as it should be', 0, ['hello'], digestOf(Buffer.from('hello'))],
  ])('a sink that knows the size of its body hashes one that comes %s', (_phrase, size, pieces, digest) => {
    const sink = new DigestSink('sha256', size);
    for (const piece of pieces) sink.write(Buffer.from(piece));
    expect(sink.digest()).toBe(digest);
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
