import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The real parts that tests use: the command that must be there, and the Debian package that brings it. */
export const PARTS = {
  'docker-registry': 'docker-registry',
  skopeo: 'skopeo',
  umoci: 'umoci',
  podman: 'podman',
  buildah: 'buildah',
  nginx: 'nginx-light',
  htpasswd: 'apache2-utils',
  openssl: 'openssl',
  prometheus: 'prometheus',
  promtool: 'prometheus',
} as const;

/** Name of a real part, which is its command. */
export type Part = keyof typeof PARTS;

/** Where a command lies, looked for as a shell would, and where only root's shell does; undefined when it is not installed. */
export function commandPath(command: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, command)).find(isExecutable);
}

/** The real parts that are not installed. */
export function missingParts(wanted: readonly Part[] = Object.keys(PARTS) as Part[]): Part[] {
  return wanted.filter((part) => commandPath(part) === undefined);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
