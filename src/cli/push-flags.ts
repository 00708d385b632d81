import { InvalidConfigError, type Problem } from '../base/index.ts';
import { type ClientName, CLIENTS, type FlowSettings } from '../flow/index.ts';
import { CHOICES, envName, flagOf, KINDS, OPTIONS, type OptionName, type OptionValues } from '../scenario/index.ts';
import type { CommandSpec, FlagSpec } from './flags.ts';
import { TRANSFER_FLAGS } from './transfer-access.ts';

/** Options of `run` that a push by hand has too. */
const SHARED = ['client', 'pushMode', 'chunkSize', 'mountFrom'] as const satisfies readonly OptionName[];

const SHARED_FLAGS: readonly FlagSpec[] = SHARED.flatMap((name) => {
  const flag = flagOf({ ...OPTIONS[name] });
  return flag === undefined ? [] : [{ ...flag, doc: OPTIONS[name].doc, group: 'Image', choices: CHOICES[OPTIONS[name].kind] ?? [] }];
});

/** `loadreg push`. */
export const PUSH_SPEC: CommandSpec = {
  usage: 'loadreg push <path> <image>',
  summary:
    'Pushes saved images, as docker push does: what docker save, podman save, skopeo, crane or BuildKit wrote, a docker archive or an OCI layout, ' +
    'as a tar or a folder. Layers are checked against the config, and stream from disk.',
  positionals: ['path', 'image'],
  flags: [
    { name: 'compress', doc: 'gzip layers that are not compressed, which changes their digests (default: as stored)', group: 'Image' },
    ...SHARED_FLAGS,
    { name: 'json', doc: 'print the result as JSON', group: 'Output' },
    ...TRANSFER_FLAGS,
  ],
  epilogue:
    'The image is host:port/repository:tag; plain HTTP for loopback, HTTPS for any other host, or as --registry says. With a tag, one image is pushed ' +
    'under it: the only one of the archive, or the one that has this tag there. Without, every image is pushed under the tags that it has ' +
    'there, and one without any as latest. Exit codes: loadreg help exit-codes.',
};

/** How images are to be pushed. */
export interface PushPlan {
  readonly compress: boolean;
  readonly client: ClientName | undefined;
  /** What was asked for; the rest is as the client has it. */
  readonly push: NonNullable<FlowSettings['push']>;
}

/** Reads push's own flags, and the environment behind them. Throws InvalidConfigError with every problem. */
export function readPushPlan(flags: Readonly<Record<string, unknown>>, env: NodeJS.ProcessEnv): PushPlan {
  const problems: Problem[] = [];
  const values: Record<string, unknown> = {};
  for (const name of SHARED) {
    const row = OPTIONS[name];
    const flag = flagOf({ ...row })?.name ?? name;
    const inherited = env[envName(name)];
    const given = flags[flag] ?? (inherited === '' ? undefined : inherited);
    if (given === undefined) continue;
    const kind = KINDS[row.kind];
    values[name] = kind.parse(given);
    if (values[name] !== undefined) continue;
    problems.push({
      where: flags[flag] === undefined ? envName(name) : `--${flag}`,
      what: `${JSON.stringify(given)} is not valid`,
      fix: kind.works,
    });
  }
  const { client, pushMode, chunkSize, mountFrom } = values as Pick<OptionValues, (typeof SHARED)[number]>;
  const mode = pushMode ?? CLIENTS[client ?? 'plain'].uploadMode;
  if (flags['chunk-size'] !== undefined && mode !== 'chunked' && problems.length === 0) {
    problems.push({
      where: '--chunk-size',
      what: `blobs do not go up in chunks, but by ${mode}`,
      fix: 'add --push-mode chunked, or leave it out',
    });
  }
  if (problems.length > 0) throw new InvalidConfigError(problems);
  return {
    compress: flags['compress'] === true,
    client,
    push: {
      ...(pushMode === undefined ? {} : { mode: pushMode }),
      ...(chunkSize === undefined ? {} : { chunkSize }),
      ...(mountFrom === undefined ? {} : { mountFrom }),
    },
  };
}
