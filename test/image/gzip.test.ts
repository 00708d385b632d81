import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { buildLayer, type GeneratedBlob, type LayerCache, type LayerSpec } from '../../src/image/index.ts';
import { tmpFolder } from '../support/tmp.ts';

const gzip = (size: number, more: Partial<LayerSpec> = {}): LayerSpec => ({ size, key: ['test'], compression: 'gzip', ...more });
const sha256 = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

async function bytesOf(blob: GeneratedBlob): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of blob.body.open()) chunks.push(Buffer.from(chunk)); // a copy: the chunk is overwritten
  return Buffer.concat(chunks);
}

describe('a gzipped layer', () => {
  // Around 23 bytes of frame, the smallest archives, and one, two and three stored blocks.
  const sizes = [23, 24, 32, 534, 535, 536, 1047, 2047, 2070, 2071, 2072, 3000, 65_550, 65_557, 65_558, 65_559, 65_562, 65_563, 131_098];

  it.each([...sizes, 131_103, 200_000, 1_048_576])(
    'of %i bytes has that size, and digests of its bytes and of the archive inside',
    async (size) => {
      const layer = await buildLayer(gzip(size));
      const bytes = await bytesOf(layer);
      expect(bytes).toHaveLength(size);
      const archive = gunzipSync(bytes); // checks the CRC and the length
      expect(layer).toMatchObject({ size, compression: 'gzip', digest: sha256(bytes), diffId: sha256(archive) });
      expect((await bytesOf(layer)).equals(bytes)).toBe(true);
    },
  );

  it.each([23, 600, 1100, 2071, 65_559, 1_048_577])('of %i bytes is one that gzip tests and tar lists without a word', async (size) => {
    const file = join(tmpFolder(), 'layer.tar.gz');
    writeFileSync(file, await bytesOf(await buildLayer(gzip(size, { salt: 's' }))));
    execFileSync('gzip', ['-t', file], { stdio: ['ignore', 'pipe', 'pipe'] });
    const listing = execFileSync('tar', ['tzf', file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    expect(listing).toMatch(/^(loadreg\/[0-9a-f]{16}\n)?$/);
  });

  it.each([0, 1, 22])('of %i bytes is none, and says so: nothing fits into a gzip frame', async (size) => {
    const layer = await buildLayer(gzip(size));
    expect(layer).toMatchObject({ size, compression: 'none', digest: layer.diffId });
    expect(await bytesOf(layer)).toHaveLength(size);
  });

  it.each([32, 100, 600, 3000, 65_600])('tells salts apart at %i bytes', async (size) => {
    const digests = await Promise.all(['a', 'b', 'c'].map(async (salt) => (await buildLayer(gzip(size, { salt }))).digest));
    expect(new Set(digests).size).toBe(3);
  });

  it.each([600, 65_536, 140_000])('of %i bytes with a salt has digests of its own that equal a hash from scratch', async (size) => {
    const cache: LayerCache = new Map();
    for (const salt of ['a', 'b', 'c']) {
      const layer = await buildLayer(gzip(size, { salt }), cache);
      const bytes = await bytesOf(layer);
      expect(layer).toMatchObject({ digest: sha256(bytes), diffId: sha256(gunzipSync(bytes)) });
    }
    expect(cache.size).toBeLessThanOrEqual(1);
  });

  it.each([
    ['40 bytes', 40, 'sha256:ee8ab33f00c5be2ca2a9eee32fd86430afee023a73c487f0d4ab12629eabead4'],
    ['8 KiB', 8192, 'sha256:1fcea0a58292a87863f5328c8bb9526fed77db8fdebcbd520efbdd7f6e824ab5'],
    ['1 MiB', 1_048_576, 'sha256:1269df45c9dec3d13580102d951f698b8fc14fb99ea7b627644b9292fdb45c4b'],
  ])('of %s keeps its digest for ever: registries are seeded once', async (_, size, digest) => {
    expect((await buildLayer(gzip(size, { key: ['seeded', 1, 'a/0/0', 1] }))).digest).toBe(digest);
  });
});
