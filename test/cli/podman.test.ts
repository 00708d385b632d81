import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { treeOf } from '../archive/rootfs-support.ts';
import { type Containers, newContainers, whyNoContainers } from '../support/containers.ts';
import { type DockerRegistry, startDockerRegistry } from '../support/docker-registry.ts';
import { describeWith } from '../support/real-parts.ts';
import { runCli } from '../support/run-cli.ts';
import { skopeo, skopeoCopy } from '../support/skopeo.ts';
import { tmpFolder } from '../support/tmp.ts';
import { debianLayer, digestOf, umociUnpack } from './pull-support.ts';

const IMAGE = 'localhost/debian/tree:1.0';

interface Fields {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

/** Deletes and changes what the layer below has, and adds what archives are bad at. */
const CHANGES = `rm -r usr/share/doc/b* usr/share/perl/*; mkdir usr/share/perl/new; rm -r usr/share/doc/adduser; mkdir usr/share/doc/adduser; echo new > usr/share/doc/adduser/only;
  echo more >> "$(find usr/share/doc -name copyright | sort | head -n 1)"; mkdir -p usr/bin dev 'with space'; printf su > usr/bin/su; chmod 4755 usr/bin/su;
  ln usr/bin/su usr/bin/su-again; ln -s ../share usr/bin/link; ln -s /etc/gone dangling; mkfifo dev/pipe; touch 'with space/ü'; chmod 2775 'with space'`;

const unable = await whyNoContainers();

describeWith(
  ['docker-registry', 'skopeo', 'umoci', 'podman', 'buildah'],
  'a root file system of Debian in two layers, built by buildah',
  () => {
    let registry: DockerRegistry;
    let containers: Containers;
    let id: string;
    let diffIds: string[];

    beforeAll(async () => {
      registry = await startDockerRegistry();
      containers = newContainers();
      const { buildah, inside, podman } = containers;
      const layer = join(tmpFolder(), 'layer.tar');
      writeFileSync(layer, await debianLayer(2000));
      const base = await buildah('from', 'scratch');
      await buildah('add', '--quiet', base, layer, '/');
      await buildah('commit', '--quiet', '--rm', base, 'localhost/base:1.0');
      const top = await buildah('from', '--pull-never', 'localhost/base:1.0');
      await inside(top, CHANGES);
      await buildah('commit', '--quiet', '--rm', top, IMAGE);
      const inspected = JSON.parse(await podman('image', 'inspect', IMAGE)) as [{ Id: string; RootFS: { Layers: string[] } }];
      id = `sha256:${inspected[0].Id}`;
      diffIds = inspected[0].RootFS.Layers;
    });

    async function pushedAndCopied(archive: string, name: string): Promise<{ manifest: Fields; bytes: string; config: string }> {
      const { stderr, exitCode } = await runCli(['push', archive, `${registry.host}/${name}`, '--quiet']);
      expect([stderr, exitCode]).toEqual(['', 0]);
      const copy = tmpFolder();
      await skopeoCopy(`docker://${registry.host}/${name}`, `dir:${copy}`);
      const bytes = readFileSync(join(copy, 'manifest.json'), 'utf8');
      const manifest = JSON.parse(bytes) as Fields;
      return { manifest, bytes, config: digestOf(readFileSync(join(copy, manifest.config.digest.replace('sha256:', '')))) };
    }

    it('is saved by podman as docker-archive, pushed by loadreg and copied by skopeo, with its config and its layers', async () => {
      const archive = join(tmpFolder(), 'saved.tar');
      await containers.podman('save', '--quiet', '--format', 'docker-archive', '-o', archive, IMAGE);
      const { manifest, config } = await pushedAndCopied(archive, 'saved/docker:1.0');
      expect([manifest.config.digest, config]).toEqual([id, id]);
      expect(manifest.layers.map(({ digest }) => digest)).toEqual(diffIds); // nothing compresses them
      expect(diffIds).toHaveLength(2);
    });

    it('is saved by podman as oci-archive, pushed by loadreg and copied by skopeo, with the manifest it had', async () => {
      const archive = join(tmpFolder(), 'saved.tar');
      await containers.podman('save', '--quiet', '--format', 'oci-archive', '-o', archive, IMAGE);
      const { bytes, config } = await pushedAndCopied(archive, 'saved/oci:1.0');
      expect([bytes, config]).toEqual([await skopeo(['inspect', '--raw', `oci-archive:${archive}`]), id]);
    });

    it('is pushed by buildah, and pulled by loadreg as the tree that umoci unpacks', async () => {
      const name = `${registry.host}/built/tree:1.0`;
      await containers.buildah('push', '--quiet', '--tls-verify=false', IMAGE, `docker://${name}`);
      const { folder, stderr, exitCode } = await runCli(['pull', name, '--keep-special', '--quiet']);
      expect([stderr, exitCode]).toEqual(['', 0]);
      const layout = tmpFolder();
      await skopeoCopy(`docker://${name}`, `oci:${layout}:1.0`);
      // The root of the tree is in no layer.
      const told = (root: string) => treeOf(root, { owners: true, times: true }).filter((line) => !line.startsWith('. '));
      const ours = told(join(folder, 'tree'));
      expect(ours.length).toBeGreaterThan(1000);
      expect(ours.filter((line) => /^\.\/usr\/share\/doc\/(b|adduser\/(?!only))|^\.\/usr\/share\/perl\/(?!new)/.test(line))).toEqual([]);
      expect(ours).toEqual(told(await umociUnpack(layout, '1.0')));
    });

    it('is pulled by loadreg as docker-archive, and loaded by podman as the image it was', async () => {
      const name = `${registry.host}/loaded/tree:1.0`;
      await containers.buildah('push', '--quiet', '--tls-verify=false', IMAGE, `docker://${name}`);
      const { folder, stderr, exitCode } = await runCli(['pull', name, '--format', 'docker-archive', '--quiet']);
      expect([stderr, exitCode]).toEqual(['', 0]);
      const { podman } = newContainers();
      await podman('load', '--quiet', '-i', join(folder, 'tree.tar'));
      expect(await podman('images', '--no-trunc', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}')).toBe(`${name} ${id}`);
      expect(JSON.parse(await podman('image', 'inspect', '--format', '{{json .RootFS.Layers}}', id))).toEqual(diffIds);
    });
  },
  unable,
);
