import { InvalidConfigError, type Problem } from '../base/index.ts';
import { isLoopback, type TlsSettings } from '../http/index.ts';
import type { TargetPlan } from '../plan/index.ts';
import { formatReference, parseReference, type Reference } from '../registry/index.ts';
import { envName, flagOf, KINDS, OPTIONS, type OptionName, type OptionValues } from '../scenario/index.ts';
import { type Access, readAccess, readTls } from './access.ts';
import type { FlagSpec } from './flags.ts';
import { keepSecret } from './secrets.ts';
import { version } from './version.ts';

/** Options that `pull` and `push` have in common with `run`: how to reach the registry, and what is printed. */
const SHARED: readonly OptionName[] = [
  'registry',
  'username',
  'passwordStdin',
  'password',
  'caFile',
  'cert',
  'key',
  'insecureSkipTLSVerify',
  'headers',
  'userAgent',
  'restoreBasePath',
  'noColor',
  'quiet',
];

/** Texts of the option table that are not true here. */
const OTHER_DOCS: Partial<Record<OptionName, string>> = {
  registry: 'base URL, may carry a path (default: the host that the image begins with)',
  quiet: 'no progress while it lasts',
};

/** The flags of {@link SHARED}, for the specs of `pull` and `push`. */
export const TRANSFER_FLAGS: readonly FlagSpec[] = SHARED.flatMap((name) => {
  const { group, doc, ...row } = OPTIONS[name];
  const flag = flagOf({ ...row, group, doc });
  return flag === undefined ? [] : [{ ...flag, doc: OTHER_DOCS[name] ?? doc, group, repeat: 'repeat' in row }];
});

/** Where an image is, and all that it takes to talk to its registry. */
export interface TransferAccess {
  /** Without its host. Has a tag or a digest. */
  readonly reference: Reference;
  /** As people write it: `host:5000/team/app:1.0`. */
  readonly text: string;
  readonly target: TargetPlan & { readonly registry: string };
  readonly access: Access;
  readonly tls: TlsSettings;
  /** The options of {@link SHARED} that were given. */
  readonly values: OptionValues;
}

/**
 * Reads what `pull` and `push` are told about an image and its registry: the reference, flags, and the environment behind them. The registry is
 * `--registry`, or the host in the reference: `http` for loopback, `https` for any other. Without a tag and a digest, the tag is `latest`.
 * Throws InvalidConfigError with every problem.
 */
export async function readTransferAccess(
  image: string,
  flags: Readonly<Record<string, unknown>>,
  env: NodeJS.ProcessEnv,
  stdin: AsyncIterable<Buffer | string>,
): Promise<TransferAccess> {
  keepSecret(env[envName('password')]);
  const problems: Problem[] = [];
  const values = readValues(flags, env, problems);
  if ((values.cert === undefined) !== (values.key === undefined)) {
    problems.push({ where: '--cert', what: 'a client certificate needs both --cert and --key', fix: 'give both or neither' });
  }
  keepSecret(values.registry?.userinfo?.password);
  for (const value of Object.values(values.headers ?? {})) keepSecret(value);
  const named = registryOf(image, values, problems);
  if (problems.length > 0 || named === undefined) throw new InvalidConfigError(problems);
  const target = {
    registry: named.registry,
    insecureSkipTlsVerify: values.insecureSkipTLSVerify ?? false,
    caFile: values.caFile,
    certFile: values.cert,
    keyFile: values.key,
    headers: values.headers ?? {},
    userAgent: values.userAgent ?? `loadreg/${version()}`,
    restoreBasePath: values.restoreBasePath ?? false,
    connections: 'per-vu' as const,
    noConnectionReuse: false,
    noVUConnectionReuse: false,
  };
  const tls = await readTls(target);
  const access = await readAccess(target, values, env, stdin);
  return { reference: named.reference, text: named.text, target, access, tls, values };
}

function readValues(flags: Readonly<Record<string, unknown>>, env: NodeJS.ProcessEnv, problems: Problem[]): OptionValues {
  const values: Record<string, unknown> = {};
  for (const name of SHARED) {
    const row = OPTIONS[name];
    const flag = flagOf({ ...row });
    const given = flag === undefined ? undefined : flags[flag.name];
    const inherited = 'env' in row ? env[envName(name)] : undefined;
    const value = given ?? (inherited === '' ? undefined : inherited);
    if (value === undefined) continue;
    const kind = KINDS[row.kind];
    const parsed = kind.parse(value);
    if (parsed !== undefined) values[name] = parsed;
    else problems.push({ where: given === undefined ? envName(name) : `--${flag?.name}`, what: 'the value is not valid', fix: kind.works });
  }
  return values;
}

/** The reference without its host, and the base URL of its registry. */
function registryOf(
  image: string,
  values: OptionValues,
  problems: Problem[],
): { reference: Reference; registry: string; text: string } | undefined {
  try {
    const { host, ...rest } = parseReference(image, { withHost: values.registry === undefined });
    const reference = rest.tag === undefined && rest.digest === undefined ? { ...rest, tag: 'latest' } : rest;
    const registry = values.registry?.url ?? (host === undefined ? undefined : baseUrlOf(host));
    if (registry !== undefined)
      return { reference, registry, text: `${registry.replace(/^https?:\/\//, '')}/${formatReference(reference)}` };
    problems.push({ where: `image "${image}"`, what: 'names no registry', fix: 'write host:port/repository:tag, or give --registry URL' });
  } catch (error) {
    if (!(error instanceof InvalidConfigError)) throw error;
    problems.push(...error.problems);
  }
  return undefined;
}

function baseUrlOf(host: string): string {
  const name = host.startsWith('[') ? host.slice(0, host.indexOf(']') + 1) : host.replace(/:\d+$/, '');
  return `${isLoopback(name) ? 'http' : 'https'}://${host}`;
}
