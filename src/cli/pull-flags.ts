import { InvalidConfigError, type Problem } from '../base/index.ts';
import type { Reference } from '../registry/index.ts';
import type { CommandSpec } from './flags.ts';
import { PULL_FORMATS, type PullFormat } from './pull-formats.ts';
import { TRANSFER_FLAGS } from './transfer-access.ts';

/** `loadreg pull`. */
export const PULL_SPEC: CommandSpec = {
  usage: 'loadreg pull <image>',
  summary:
    'Pulls one image, as docker pull does, and writes it as files: manifest, config and layers, three at once, every digest checked. A download ' +
    'that breaks off goes on where it ended.',
  positionals: ['image'],
  flags: [
    {
      name: 'format',
      value: 'FORMAT',
      doc: 'rootfs (default): the layers unpacked; oci: a layout; docker-archive: a tar',
      group: 'Image',
      choices: Object.keys(PULL_FORMATS),
    },
    {
      name: 'dir',
      value: 'DIR',
      doc: 'a new or empty folder; the file of docker-archive (default: named after the image)',
      group: 'Image',
    },
    { name: 'platform', value: 'OS/ARCH', doc: `which image of an index, as linux/arm64/v8 (default ${hostPlatform()})`, group: 'Image' },
    { name: 'keep-special', doc: 'rootfs: make devices and pipes, keep setuid and setgid', group: 'Image' },
    ...TRANSFER_FLAGS,
    { name: 'json', doc: 'print the result as JSON', group: 'Output' },
  ],
  epilogue:
    'The image is host:port/repository:tag or @digest; plain HTTP for loopback, HTTPS for any other host, or as --registry says. In rootfs, files ' +
    'get their owners when root runs this; extended attributes are never kept. Exit codes: loadreg help exit-codes.',
};

/** What is to be pulled, and how it is to be written. */
export interface PullPlan {
  readonly format: PullFormat;
  /** Folder or file. */
  readonly target: string;
  /** `linux/amd64`. */
  readonly platform: string;
  /** Whether the platform was asked for, so that an image of another one will not do. */
  readonly platformGiven: boolean;
  readonly keepSpecial: boolean;
}

/** Reads pull's own flags. Throws InvalidConfigError with every problem. */
export function readPullPlan(flags: Readonly<Record<string, unknown>>, reference: Reference): PullPlan {
  const problems: Problem[] = [];
  const format = textOf(flags['format']) ?? 'rootfs';
  const formats = Object.keys(PULL_FORMATS);
  if (!formats.includes(format))
    problems.push({ where: '--format', what: `'${format}' is no format`, fix: `one of ${formats.join(', ')}` });
  const platform = textOf(flags['platform']) ?? hostPlatform();
  if (!/^[^/\s]+\/[^/\s]+(\/[^/\s]+)?$/.test(platform)) {
    problems.push({
      where: '--platform',
      what: `'${platform}' is no platform`,
      fix: 'os/architecture or os/architecture/variant, as linux/amd64',
    });
  }
  const keepSpecial = flags['keep-special'] === true;
  if (keepSpecial && format !== 'rootfs') {
    problems.push({ where: '--keep-special', what: `means nothing for ${format}`, fix: 'leave it out: nothing is unpacked' });
  }
  if (flags['dir'] === '') problems.push({ where: '--dir', what: 'is empty', fix: 'name a folder' });
  if (problems.length > 0) throw new InvalidConfigError(problems);
  const known = format as PullFormat;
  const name = reference.repository.split('/').at(-1) ?? 'image';
  return {
    format: known,
    target: textOf(flags['dir']) ?? name + PULL_FORMATS[known].extension,
    platform,
    platformGiven: flags['platform'] !== undefined,
    keepSpecial,
  };
}

/** What docker would pull on this machine: containers run on Linux. */
function hostPlatform(): string {
  return `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`;
}

function textOf(flag: unknown): string | undefined {
  return typeof flag === 'string' ? flag : undefined;
}
