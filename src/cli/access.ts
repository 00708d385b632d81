import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';

import { codeOf, InvalidConfigError, messageOf, type Problem } from '../base/index.ts';
import type { TlsSettings } from '../http/index.ts';
import { type Credentials, resolveCredentials } from '../registry/index.ts';
import type { TargetPlan } from '../plan/index.ts';
import type { OptionValues } from '../scenario/index.ts';
import { keepSecret } from './secrets.ts';

/** What proves who we are, and where it came from; undefined for the embedded registry, which asks nobody. */
export interface Access {
  readonly credentials: Credentials | undefined;
  /** A phrase for messages: `--username`, a file, `anonymous`. */
  readonly source: string;
}

/**
 * Credentials for the run's registry: `--username` and `--password-stdin`, then those in the registry's URL, then the environment
 * and docker's files. Reads stdin only when asked to.
 */
export async function readAccess(
  target: TargetPlan,
  values: OptionValues,
  env: NodeJS.ProcessEnv,
  stdin: AsyncIterable<Buffer | string>,
): Promise<Access> {
  const piped = values.passwordStdin === true ? await readPassword(stdin) : undefined;
  keepSecret(piped);
  const userinfo = values.registry?.userinfo;
  const username = values.username ?? userinfo?.username;
  // The password belongs to the user beside it: that of the URL never goes with a user from elsewhere, nor the other way round.
  const ofUrl = values.username === undefined && (userinfo?.password ?? '') !== '' ? userinfo?.password : undefined;
  const password = piped ?? ofUrl ?? values.password;
  if (values.passwordStdin === true && username === undefined) {
    throw new InvalidConfigError([{ where: '--password-stdin', what: 'a password without a user', fix: 'add --username' }]);
  }
  if (values.username !== undefined && password === undefined) {
    throw new InvalidConfigError([
      { where: '--username', what: 'a user without a password', fix: 'add --password-stdin, or set LOADREG_PASSWORD' },
    ]);
  }
  if (target.registry === undefined) return { credentials: undefined, source: 'the embedded registry asks for none' };
  const given = username === undefined ? {} : { username, password };
  const resolved = await resolveCredentials({ registry: target.registry, ...given, env });
  for (const value of Object.values(resolved.credentials ?? {})) if (value !== username) keepSecret(value as string);
  return resolved;
}

/** The PEM files of the target, read. Throws InvalidConfigError that names every file that cannot be used. */
export async function readTls(target: TargetPlan): Promise<TlsSettings> {
  const problems: Problem[] = [];
  const ca = await readPem(target.caFile, '--ca-file', problems);
  const cert = await readPem(target.certFile, '--cert', problems);
  const key = await readPem(target.keyFile, '--key', problems);
  if (problems.length === 0) {
    try {
      createSecureContext({
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
      });
    } catch (error) {
      const where = key === undefined ? '--ca-file' : '--cert and --key';
      problems.push({
        where,
        what: `cannot be used: ${messageOf(error)}`,
        fix: 'certificates in --ca-file and --cert, the key of --cert in --key',
      });
    }
  }
  if (problems.length > 0) throw new InvalidConfigError(problems);
  return { ca, cert, key, insecureSkipVerify: target.insecureSkipTlsVerify };
}

async function readPem(path: string | undefined, where: string, problems: Problem[]): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    const text = await readFile(path, 'utf8');
    if (text.includes('-----BEGIN ')) return text;
    problems.push({ where, what: `${path} is no PEM file`, fix: 'a file with -----BEGIN …-----' });
  } catch (error) {
    problems.push({
      where,
      what: `${path}: ${codeOf(error) === 'ENOENT' ? 'no such file' : messageOf(error)}`,
      fix: 'a PEM file that can be read',
    });
  }
  return undefined;
}

async function readPassword(stdin: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
  if (text === '') throw new InvalidConfigError([{ where: '--password-stdin', what: 'stdin was empty', fix: 'pipe the password into it' }]);
  return text;
}
