import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { buildLayer, type GeneratedBlob, type LayerCache, type LayerSpec } from '../../src/image/index.ts';
import { tarLayout } from '../../src/image/tar.ts';
import { tmpFolder } from '../support/tmp.ts';

async function bytesOf(blob: GeneratedBlob): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of blob.body.open()) chunks.push(Buffer.from(chunk)); // a copy: the chunk is overwritten
  return Buffer.concat(chunks);
}

const sha256 = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

describe('buildLayer', () => {
  it.each([0, 1, 300, 512, 513, 1000, 1024, 1536, 2000, 2048, 2049, 65_536, 262_144, 1_048_576, 1_234_567])(
    'makes a layer of exactly %i bytes whose digest is that of its bytes, on every pass',
    async (size) => {
      const layer = await buildLayer({ size, key: ['test'] });
      const bytes = await bytesOf(layer);
      expect(bytes).toHaveLength(size);
      expect(layer).toMatchObject({ size, digest: sha256(bytes) });
      expect(layer.body.length).toBe(size);
      expect((await bytesOf(layer)).equals(bytes)).toBe(true);
    },
  );

  it.each([
    [
      'a lone header',
      { size: 512, key: ['seeded', 1, 'a/0/0', 0] },
      'sha256:8f20635624a1b1cc7c53615571079f683c2062db8ceb77220adbd88ee154d149',
    ],
    ['8 KiB', { size: 8192, key: ['seeded', 1, 'a/0/0', 1] }, 'sha256:d03009df78b7fbc6ce441a95fa7ba0ce87866cbb63b4672a2bebbd8a7f32457c'],
    [
      '1 MiB',
      { size: 1_048_576, key: ['seeded', 1, 'a/0/0', 2] },
      'sha256:9c529458d9d77ad3709b4d4aa60efd32b2ae70bc2207526823e3bb3a607fddd2',
    ],
    [
      '1 MiB, half compressible',
      { size: 1_048_576, key: ['seeded', 1, 'a/0/0', 2], compressible: 0.5 },
      'sha256:1b931f54ddb5c3577324c4d99eb5c611392c6e1df86eeb1b08fbc2a1f152d25f',
    ],
    [
      'salted',
      { size: 65_536, key: ['fresh'], salt: 'run-1/t1-1/0' },
      'sha256:f48a8b901d718673bb77d4cf0de1ec77f5663614e4e2fe5958205f7cddd75438',
    ],
  ] satisfies [string, LayerSpec, string][])('keeps the digest of %s for ever: registries are seeded once', async (_, spec, digest) => {
    expect((await buildLayer(spec)).digest).toBe(digest);
  });

  it.each([512, 1024, 1536, 2048, 3000, 8192, 1_048_577])('makes a tar archive of %i bytes that tar lists without a word', async (size) => {
    const file = join(tmpFolder(), 'layer.tar');
    writeFileSync(file, await bytesOf(await buildLayer({ size, key: ['tar'], salt: 's' })));
    const listing = execFileSync('tar', ['tvf', file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    expect(listing).toMatch(new RegExp(`^-rw-r--r-- (root/root|0/0) +${tarLayout(size).content} .*loadreg/[0-9a-f]{16}\\n$`));
  });

  it('gives salted layers digests of their own that equal a hash from scratch, and hashes what they share once', async () => {
    const cache: LayerCache = new Map();
    const digests = new Set<string>();
    for (let i = 0; i < 200; i += 1) {
      const layer = await buildLayer({ size: 65_536, key: ['fresh'], salt: `run/${i}` }, cache);
      digests.add(layer.digest);
    }
    expect(digests.size).toBe(200);
    const last = await buildLayer({ size: 65_536, key: ['fresh'], salt: 'run/199' }, cache);
    expect(digests).toContain(last.digest);
    expect(last.digest).toBe(sha256(await bytesOf(last)));
    expect(cache.size).toBe(1);
  });

  it.each([16, 100, 512, 1024, 2048, 10_000])('tells salts apart at %i bytes', async (size) => {
    const digests = await Promise.all(['a', 'b', 'c'].map(async (salt) => (await buildLayer({ size, key: ['fresh'], salt })).digest));
    expect(new Set(digests).size).toBe(3);
  });

  it('holds no more than a few chunks of a layer of 1 GiB', () => {
    const entry = fileURLToPath(new URL('../../src/image/layer.ts', import.meta.url));
    const file = join(tmpFolder(), 'big.mjs');
    buildSync({
      stdin: {
        contents: `
          import { createHash } from 'node:crypto';
          import { buildLayer } from ${JSON.stringify(entry)};
          const layer = await buildLayer({ size: 1024 ** 3, key: ['big'] });
          const hash = createHash('sha256');
          for (const chunk of layer.body.open()) hash.update(chunk);
          if (layer.digest !== 'sha256:' + hash.digest('hex')) throw new Error('the digests differ');
          console.log(process.resourceUsage().maxRSS * 1024);`,
        resolveDir: '.',
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: file,
    });
    const out = execFileSync(process.execPath, [file], { encoding: 'utf8' });
    expect(Number(out)).toBeLessThan(150 * 1024 ** 2);
  });
});
