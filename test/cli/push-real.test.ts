import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { type DockerRegistry, startDockerRegistry } from '../support/docker-registry.ts';
import { writeLayout } from '../support/layout.ts';
import { describeWith } from '../support/real-parts.ts';
import { runOk } from '../support/run.ts';
import { runCli } from '../support/run-cli.ts';
import { skopeo, skopeoCopy, skopeoManifest } from '../support/skopeo.ts';
import { tmpFolder } from '../support/tmp.ts';
import { digestOf } from './pull-support.ts';

interface Inspected {
  rootfs: { diff_ids: string[] };
}
interface Fields {
  mediaType: string;
  config: { digest: string };
  layers: { digest: string; mediaType: string }[];
}

let count = 0;

async function push(
  path: string,
  image: string,
  flags: readonly string[] = [],
): Promise<{ digest: string; uploaded: number; existed: number }[]> {
  const { stdout, stderr, exitCode } = await runCli(['push', path, image, '--json', ...flags]);
  expect([stderr, exitCode]).toEqual(['', 0]);
  return (JSON.parse(stdout) as { images: { digest: string; uploaded: number; existed: number }[] }).images;
}

/** What skopeo reads back: it checks every digest on the way. */
async function pulledBack(image: string): Promise<{ manifest: Fields; config: Inspected; digest: string; bytes: string }> {
  const folder = tmpFolder();
  await skopeoCopy(`docker://${image}`, `dir:${folder}`);
  const bytes = readFileSync(join(folder, 'manifest.json'));
  const manifest = JSON.parse(bytes.toString()) as Fields;
  const config = JSON.parse(readFileSync(join(folder, manifest.config.digest.replace('sha256:', '')), 'utf8')) as Inspected;
  return { manifest, config, digest: digestOf(bytes), bytes: bytes.toString() };
}

describeWith(['docker-registry', 'skopeo'], 'loadreg push to docker-registry, read back by skopeo', () => {
  let registry: DockerRegistry;
  const layout = writeLayout('1.0', [Buffer.alloc(300_000, 'base'), Buffer.alloc(70_000, 'top'), Buffer.alloc(0)]);
  const configDigest = JSON.parse(layout.manifest.toString()) as Fields;
  beforeAll(async () => {
    registry = await startDockerRegistry();
  });
  const fresh = () => `${registry.host}/push/n${(count += 1)}:1.0`;

  it.each(['a folder', 'an oci-archive'])('keeps every digest of an OCI layout in %s', async (how) => {
    let path = layout.folder;
    if (how === 'an oci-archive') {
      path = join(tmpFolder(), 'image.tar');
      await skopeoCopy(`oci:${layout.folder}:1.0`, `oci-archive:${path}:1.0`);
    }
    const image = fresh();
    const [result] = await push(path, image);
    const back = await pulledBack(image);
    expect([back.digest, result?.digest]).toEqual([layout.digest, layout.digest]);
    expect(back.bytes).toBe(layout.manifest.toString());
  });

  it.each([[[]], [['--compress']]])('pushes a docker-archive of skopeo, with flags %j', async (flags) => {
    const path = join(tmpFolder(), 'image.tar');
    await skopeoCopy(`oci:${layout.folder}:1.0`, `docker-archive:${path}:team/app:1.0`);
    const image = fresh();
    const [result] = await push(path, image, flags);
    const { manifest, digest, config } = await pulledBack(image);
    expect(digest).toBe(result?.digest);
    expect(manifest.config.digest).toBe(configDigest.config.digest);
    const ending = flags.length === 0 ? 'diff.tar' : 'diff.tar.gzip';
    expect(manifest.layers.map(({ mediaType }) => mediaType.endsWith(ending))).toEqual([true, true, true]);
    const again = tmpFolder();
    await skopeoCopy(`docker://${image}`, `oci:${again}:1.0`);
    expect(JSON.parse(await skopeo(['inspect', '--config', '--raw', `oci:${again}:1.0`]))).toEqual(config);
  });

  it('compresses to equal digests on another day, so that nothing is sent again', async () => {
    const path = join(tmpFolder(), 'image.tar');
    await skopeoCopy(`oci:${layout.folder}:1.0`, `docker-archive:${path}:team/app:1.0`);
    const image = fresh();
    const [one] = await push(path, image, ['--compress']);
    const [two] = await push(path, image, ['--compress']);
    expect([two?.digest, two?.uploaded, two?.existed]).toEqual([one?.digest, 0, 4]);
  });

  it.each(['docker', 'docker-containerd', 'containerd', 'crane', 'skopeo', 'plain'])('pushes as %s does', async (client) => {
    const image = fresh();
    await push(layout.folder, image, ['--client', client]);
    expect((await pulledBack(image)).digest).toBe(layout.digest);
  });

  it.each(['monolithic', 'stream', 'chunked', 'single-post'])('pushes by %s', async (mode) => {
    const image = fresh();
    await push(layout.folder, image, ['--push-mode', mode, ...(mode === 'chunked' ? ['--chunk-size', '100KiB'] : [])]);
    expect((await pulledBack(image)).digest).toBe(layout.digest);
  });

  it.each([
    ['below a base path, over TLS', { tls: true, prefix: '/link/to/registry/' }],
    ['over relative URLs', { relativeUrls: true }],
  ])('pushes with a password %s', async (_case, options) => {
    const closed = await startDockerRegistry({ auth: 'htpasswd', ...options });
    const trust = closed.caFile === undefined ? [] : ['--ca-file', closed.caFile];
    const flags = ['--registry', closed.url, ...trust, '--username', closed.username, '--password-stdin'];
    const { stderr, exitCode } = await runCli(['push', layout.folder, 'team/app:1.0', ...flags], { stdin: closed.password });
    expect([stderr, exitCode]).toEqual(['', 0]);
  });

  it('pushes a multi-platform layout that skopeo reads whole', async () => {
    const folder = tmpFolder();
    for (const name of ['a', 'b']) await skopeoCopy(`oci:${layout.folder}:1.0`, `oci:${folder}:${name}`);
    const descriptor = (architecture: string) => ({
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: layout.digest,
      size: layout.manifest.length,
      platform: { os: 'linux', architecture },
    });
    writeFileSync(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [descriptor('amd64'), descriptor('arm64')] }));
    const image = fresh();
    await push(folder, image);
    const copied = tmpFolder();
    await skopeoCopy(`docker://${image}`, `dir:${copied}`, { args: ['--all'] });
    expect((JSON.parse(await skopeoManifest(`docker://${image}`)) as { manifests: unknown[] }).manifests).toHaveLength(2);
  });
});

describeWith(['docker-registry', 'skopeo', 'umoci'], 'loadreg push of what umoci made', () => {
  it('keeps its digests', async () => {
    const registry = await startDockerRegistry();
    const folder = tmpFolder({ 'root/etc/motd': 'hello', 'more/usr/bin/x': '#!/bin/sh' });
    const layout = join(folder, 'layout');
    await runOk('umoci', ['init', '--layout', layout]);
    await runOk('umoci', ['new', '--image', `${layout}:1.0`]);
    for (const part of ['root', 'more'])
      await runOk('umoci', ['insert', '--rootless', '--image', `${layout}:1.0`, join(folder, part), '/']);
    const image = `${registry.host}/team/umoci`;
    await push(layout, image);
    expect(await skopeoManifest(`docker://${image}:1.0`)).toBe(await skopeo(['inspect', '--raw', `oci:${layout}:1.0`]));
  });
});
