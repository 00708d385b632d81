import { join } from 'node:path';
import { missingParts, commandPath } from './parts.ts';
import { runOk } from './run.ts';
import { tmpFolder } from './tmp.ts';

/** podman and buildah on a storage of their own, made of plain folders: nothing is mounted, pulled or left behind. */
export interface Containers {
  /** Runs podman and resolves with what it printed. */
  readonly podman: (...args: string[]) => Promise<string>;
  /** Runs buildah and resolves with what it printed. */
  readonly buildah: (...args: string[]) => Promise<string>;
  /** Runs shell commands in the root file system of a working container; they may delete and change owners there. */
  readonly inside: (container: string, commands: string) => Promise<void>;
}

/** A new, empty storage, which is gone when the test file is done. */
export function newContainers(): Containers {
  const own = tmpFolder({ 'home/.keep': '', 'runtime/.keep': '' });
  // Ignored by whoever is root; a user's own settings and containers are none of the tests' business.
  const env = { ...process.env, HOME: join(own, 'home'), XDG_RUNTIME_DIR: join(own, 'runtime') };
  const storage = ['--root', join(own, 'root'), '--runroot', join(own, 'run'), '--storage-driver', 'vfs'];
  const command = (name: 'buildah' | 'podman') => commandPath(name) ?? name;
  const buildah = async (...args: string[]) => (await runOk(command('buildah'), [...storage, ...args], { env })).trim();
  return {
    podman: async (...args) => (await runOk(command('podman'), [...storage, ...args], { env })).trim(),
    buildah,
    async inside(container, commands) {
      const mine = [command('buildah'), ...storage].join(' ');
      const script = `set -e; cd "$(${mine} mount ${container})"; ${commands}; cd /; ${mine} umount ${container}`;
      await (process.getuid?.() === 0 ? runOk('sh', ['-c', script], { env }) : buildah('unshare', 'sh', '-c', script));
    },
  };
}

/** Why podman and buildah, though they are installed, do not work on this machine; undefined when they do. */
export async function whyNoContainers(): Promise<string | undefined> {
  if (missingParts(['podman', 'buildah']).length > 0) return undefined;
  const { podman, buildah, inside } = newContainers();
  try {
    const container = await buildah('from', 'scratch');
    await inside(container, 'touch file && chown 0:0 file');
    await buildah('commit', '--quiet', '--rm', container, 'localhost/probe:1');
    await podman('image', 'inspect', 'localhost/probe:1');
    return undefined;
  } catch (error) {
    const lines = (error as Error).message.trim().split('\n');
    return `podman and buildah do not work here: ${lines.at(-1)}`;
  }
}
