import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { storeUncompressed, writeDockerArchive, writeOciLayout } from '../../src/archive/index.ts';
import { runOk } from '../support/run.ts';
import { tmpFolder } from '../support/tmp.ts';
import { layerOf, tarOf } from './rootfs-support.ts';

const digestOf = (bytes: Buffer | string) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const hexOf = (bytes: Buffer | string) => digestOf(bytes).slice('sha256:'.length);

describe('a layout that is written', () => {
  it('has the blobs under their digests, the manifest byte for byte, and the tag', async () => {
    const folder = tmpFolder({ one: 'config', two: 'layer' });
    const result = join(folder, 'result');
    mkdirSync(result);
    const bytes = Buffer.from('{ "schemaVersion": 2 }');
    const manifest = { bytes, mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: digestOf(bytes) };
    const blobs = [
      { digest: digestOf('config'), path: join(folder, 'one') },
      { digest: `sha512:${'a'.repeat(128)}`, path: join(folder, 'two') },
    ];
    await writeOciLayout(result, { manifest, blobs, tag: '1.0' });
    expect(readFileSync(join(result, 'blobs/sha256', hexOf(bytes))).equals(bytes)).toBe(true);
    expect(readFileSync(join(result, 'blobs/sha256', hexOf('config')), 'utf8')).toBe('config');
    expect(readFileSync(join(result, 'blobs/sha512', 'a'.repeat(128)), 'utf8')).toBe('layer');
    expect(JSON.parse(readFileSync(join(result, 'index.json'), 'utf8'))).toMatchObject({
      manifests: [{ digest: digestOf(bytes), size: bytes.length, annotations: { 'org.opencontainers.image.ref.name': '1.0' } }],
    });
    expect(JSON.parse(readFileSync(join(result, 'oci-layout'), 'utf8'))).toEqual({ imageLayoutVersion: '1.0.0' });
    expect(readdirSync(folder)).toEqual(['result']);
  });
});

describe('a docker-archive that is written', () => {
  const write = async (file: string, name?: { repository: string; tag: string }) => {
    const folder = tmpFolder({ base: 'base layer', top: 'top layer' });
    const layers = ['base', 'top', 'base'].map((layer) => ({ diffId: digestOf(`${layer} layer`), path: join(folder, layer) }));
    await writeDockerArchive(file, { config: { bytes: Buffer.from('{}'), digest: digestOf('{}') }, layers, name });
  };

  it('has each layer once, lists all of them in order, and names the image', async () => {
    const folder = tmpFolder();
    await write(join(folder, 'a.tar'), { repository: 'host:5000/team/app', tag: '1.0' });
    mkdirSync(join(folder, 'out'));
    await runOk('tar', ['-xf', join(folder, 'a.tar'), '-C', join(folder, 'out')]);
    const [base, top] = [`${hexOf('base layer')}.tar`, `${hexOf('top layer')}.tar`];
    expect(readdirSync(join(folder, 'out')).toSorted()).toEqual(
      [base, top, `${hexOf('{}')}.json`, 'manifest.json', 'repositories'].toSorted(),
    );
    const json = (name: string) => JSON.parse(readFileSync(join(folder, 'out', name), 'utf8')) as unknown;
    expect(json('manifest.json')).toEqual([
      { Config: `${hexOf('{}')}.json`, RepoTags: ['host:5000/team/app:1.0'], Layers: [base, top, base] },
    ]);
    expect(json('repositories')).toEqual({ 'host:5000/team/app': { '1.0': hexOf('base layer') } });
  });

  it('is the same whenever it is written', async () => {
    const folder = tmpFolder();
    await write(join(folder, 'a.tar'));
    await new Promise((resolve) => setTimeout(resolve, 1_100)); // another second on the clock
    await write(join(folder, 'b.tar'));
    expect(readFileSync(join(folder, 'a.tar')).equals(readFileSync(join(folder, 'b.tar')))).toBe(true);
  });

  it('replaces no file', async () => {
    const folder = tmpFolder({ 'a.tar': 'mine' });
    await expect(write(join(folder, 'a.tar'))).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readFileSync(join(folder, 'a.tar'), 'utf8')).toBe('mine');
  });
});

describe('a layer that is stored uncompressed', () => {
  const tar = tarOf([{ name: 'a', content: 'x'.repeat(5_000) }]);

  it('has the bytes of its diff_id', async () => {
    const file = join(tmpFolder(), 'layer.tar');
    expect(await storeUncompressed(layerOf(gzipSync(tar), digestOf(tar)), file)).toBe(digestOf(tar));
    expect(readFileSync(file).equals(tar)).toBe(true);
  });

  it('is refused when it has another one', async () => {
    const stored = storeUncompressed(layerOf(tar, digestOf('other')), join(tmpFolder(), 'layer.tar'));
    await expect(stored).rejects.toMatchObject({ code: 'DIFF_ID_MISMATCH' });
  });

  it('is cut when it is a bomb', async () => {
    const file = join(tmpFolder(), 'layer.tar');
    const stored = storeUncompressed(layerOf(gzipSync(Buffer.alloc(5_000_000))), file, { limits: { maxBytes: 1_000_000 } });
    await expect(stored).rejects.toMatchObject({ code: 'LAYER_UNUSABLE' });
    expect(statSync(file).size).toBeLessThanOrEqual(1_000_000);
    writeFileSync(file, ''); // its handle was closed
  });
});
