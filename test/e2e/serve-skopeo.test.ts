import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { startRegistry } from '../../src/serve/index.ts';
import { atEnd } from '../support/at-end.ts';
import { writeLayout } from '../support/layout.ts';
import { commandPath } from '../support/parts.ts';
import { describeWith } from '../support/real-parts.ts';
import { runOk } from '../support/run.ts';
import { skopeo, skopeoCopy, skopeoManifest } from '../support/skopeo.ts';
import { tmpFolder } from '../support/tmp.ts';

const umoci = (...args: string[]) => runOk(commandPath('umoci') ?? 'umoci', args);
const blobsOf = (folder: string) => readdirSync(join(folder, 'blobs/sha256')).sort();

describeWith('skopeo', 'the embedded registry, used by skopeo', () => {
  let host: string;
  beforeAll(async () => {
    const registry = await startRegistry();
    atEnd(registry.close);
    host = new URL(registry.url).host;
  });

  it('takes an image and gives it back with the same digests', async () => {
    const layout = writeLayout('1.0', [Buffer.from('small'), randomBytes(300_000), randomBytes(5_000_000)]);
    await skopeoCopy(`oci:${layout.folder}:1.0`, `docker://${host}/team/app:1.0`);
    expect(await skopeoManifest(`docker://${host}/team/app:1.0`)).toBe(layout.manifest.toString());

    const back = tmpFolder();
    await skopeoCopy(`docker://${host}/team/app@${layout.digest}`, `oci:${back}:again`);
    expect(blobsOf(back)).toEqual(blobsOf(layout.folder));
    for (const name of blobsOf(back)) {
      const path = `blobs/sha256/${name}`;
      expect(readFileSync(join(back, path)).equals(readFileSync(join(layout.folder, path)))).toBe(true);
    }
  });

  it('takes an image in Docker format, and copies it to another repository', async () => {
    const layout = writeLayout('1.0', [randomBytes(200_000)]);
    await skopeoCopy(`oci:${layout.folder}:1.0`, `docker://${host}/docker/one:1.0`, { args: ['--format', 'v2s2'] });
    await skopeoCopy(`docker://${host}/docker/one:1.0`, `docker://${host}/docker/two:1.0`);
    const manifest = await skopeoManifest(`docker://${host}/docker/two:1.0`);
    expect(JSON.parse(manifest)).toMatchObject({ mediaType: 'application/vnd.docker.distribution.manifest.v2+json' });
    expect(manifest).toBe(await skopeoManifest(`docker://${host}/docker/one:1.0`));
  });

  it('lists tags and deletes', async () => {
    const layout = writeLayout('x', [Buffer.from('x')]);
    for (const tag of ['a', 'b']) await skopeoCopy(`oci:${layout.folder}:x`, `docker://${host}/team/tags:${tag}`);
    const list = () => skopeo(['list-tags', '--tls-verify=false', `docker://${host}/team/tags`]);
    expect(JSON.parse(await list())).toMatchObject({ Tags: ['a', 'b'] });
    await skopeo(['delete', '--tls-verify=false', `docker://${host}/team/tags:a`]); // by the digest behind the tag
    expect(JSON.parse(await list())).toMatchObject({ Tags: [] });
  });
});

describeWith(['skopeo', 'umoci'], 'the embedded registry, with an image made by umoci', () => {
  it('takes the image and gives it back with the same manifest', async () => {
    const registry = await startRegistry();
    atEnd(registry.close);
    const image = `docker://${new URL(registry.url).host}/umoci/image:1`;
    const layout = join(tmpFolder(), 'layout');
    await umoci('init', '--layout', layout);
    await umoci('new', '--image', `${layout}:1`);
    await umoci('insert', '--rootless', '--image', `${layout}:1`, tmpFolder({ 'etc/hello': 'hello\n' }), '/opt');
    await skopeoCopy(`oci:${layout}:1`, image);
    expect(await skopeoManifest(image)).toBe(await skopeoManifest(`oci:${layout}:1`));
  });
});
