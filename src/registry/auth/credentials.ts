import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { codeOf, InvalidConfigError, LoadregError, messageOf } from '../../base/index.ts';
import { parseBaseUrl } from '../url.ts';
import { isNotFound, lookUp, readHelperAnswer } from './docker-config.ts';

/** What proves who we are. */
export type Credentials = PasswordCredentials | IdentityTokenCredentials | RegistryTokenCredentials;

/** Sent as Basic to the registry, or to the token server that it names. */
export interface PasswordCredentials {
  readonly username: string;
  readonly password: string;
}

/** A refresh token (`identitytoken` of Docker's config.json): exchanged for access tokens at the token server. */
export interface IdentityTokenCredentials {
  readonly identityToken: string;
  readonly username?: string;
}

/** A ready bearer token (`registrytoken` of Docker's config.json), sent as it is. */
export interface RegistryTokenCredentials {
  readonly registryToken: string;
}

/** Where credentials may come from. */
export interface CredentialSources {
  /** Base URL of the registry. */
  readonly registry: string;
  /** Given by the user: `--username` and what came by `--password-stdin`. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** The environment: LOADREG_USERNAME, LOADREG_PASSWORD, DOCKER_AUTH_CONFIG, DOCKER_CONFIG, HOME and PATH are looked at. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What was found, and a phrase for messages that says where: `LOADREG_USERNAME`, `auths of /root/.docker/config.json`. */
export interface ResolvedCredentials {
  /** Undefined: anonymous. */
  readonly credentials: Credentials | undefined;
  readonly source: string;
}

/** A helper may ask the user or a network service. */
const HELPER_TIMEOUT = 30_000;

/**
 * Finds the credentials for a registry: what the user gave, then LOADREG_USERNAME and LOADREG_PASSWORD, then DOCKER_AUTH_CONFIG, then
 * Docker's config.json (`credHelpers`, `credsStore`, `auths`); anonymous if none of them has any. The only place of the registry client
 * that touches files and processes. Throws InvalidConfigError or LoadregError, neither with a secret in it.
 */
export async function resolveCredentials(sources: CredentialSources): Promise<ResolvedCredentials> {
  const { env } = sources;
  const given = pair(sources.username, sources.password, '--username', '--password-stdin');
  if (given !== undefined) return { credentials: given, source: '--username' };
  const fromEnvironment = pair(env['LOADREG_USERNAME'], env['LOADREG_PASSWORD'], 'LOADREG_USERNAME', 'LOADREG_PASSWORD');
  if (fromEnvironment !== undefined) return { credentials: fromEnvironment, source: 'LOADREG_USERNAME' };

  const host = new URL(parseBaseUrl(sources.registry).origin).host;
  const inline = env['DOCKER_AUTH_CONFIG'];
  if (inline !== undefined && inline !== '') {
    const found = await fromDockerConfig(inline, 'DOCKER_AUTH_CONFIG', host, env);
    if (found !== undefined) return found;
  }
  const path = join(env['DOCKER_CONFIG'] || join(env['HOME'] || homedir(), '.docker'), 'config.json');
  const text = await readConfigFile(path);
  return (
    (text === undefined ? undefined : await fromDockerConfig(text, path, host, env)) ?? { credentials: undefined, source: 'anonymous' }
  );
}

function pair(username: string | undefined, password: string | undefined, userName: string, passwordName: string): Credentials | undefined {
  if ((username ?? '') === '' && (password ?? '') === '') return undefined;
  if (username === undefined || username === '') {
    throw new InvalidConfigError([{ where: passwordName, what: 'a password is given without a user name', fix: `give ${userName} too` }]);
  }
  if (password === undefined) {
    throw new InvalidConfigError([{ where: userName, what: 'a user name is given without a password', fix: `give ${passwordName} too` }]);
  }
  return { username, password };
}

async function readConfigFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw new InvalidConfigError([
      { where: path, what: `cannot be read: ${codeOf(error) ?? 'unknown error'}`, fix: 'look at its permissions' },
    ]);
  }
}

async function fromDockerConfig(
  text: string,
  where: string,
  host: string,
  env: CredentialSources['env'],
): Promise<ResolvedCredentials | undefined> {
  let entry: ReturnType<typeof lookUp>;
  try {
    entry = lookUp(parseJson(text), host);
  } catch (error) {
    throw new InvalidConfigError([{ where, what: messageOf(error), fix: "Docker's config.json is expected, as docker login writes it" }]);
  }
  if (entry.helper !== undefined) {
    const credentials = await askHelper(entry.helper, entry.server, where, env);
    if (credentials !== undefined) return { credentials, source: `docker-credential-${entry.helper}, named in ${where}` };
  }
  return entry.credentials === undefined ? undefined : { credentials: entry.credentials, source: `auths of ${where}` };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('is not JSON'); // the parser's own message quotes the text, which holds secrets
  }
}

/** Runs `docker-credential-<name> get` with the server on its standard input; undefined when it knows none. */
async function askHelper(name: string, server: string, where: string, env: CredentialSources['env']): Promise<Credentials | undefined> {
  const program = `docker-credential-${name}`;
  const failed = (what: string, cause?: unknown): LoadregError =>
    new LoadregError(`the credential helper ${program}, named in ${where}, ${what}`, {
      exit: 'invalidConfig',
      hint: 'log in again with docker login, or give LOADREG_USERNAME and LOADREG_PASSWORD',
      cause,
    });
  const { error, stdout, stderr } = await run(program, server, env);
  if (error !== null) {
    if (isNotFound(stdout) || isNotFound(stderr)) return undefined;
    if (codeOf(error) === 'ENOENT') throw failed('is not on the PATH');
    if (error.killed === true) throw failed(`did not answer within ${HELPER_TIMEOUT / 1000} s`);
    throw failed(`ended with ${error.signal ?? `status ${error.code ?? 'unknown'}`}`); // what it printed may hold a secret
  }
  try {
    return readHelperAnswer(stdout);
  } catch (problem) {
    throw failed(`cannot be used: ${messageOf(problem)}`);
  }
}

interface HelperRun {
  readonly error:
    | (Error & { code?: string | number | null | undefined; killed?: boolean | undefined; signal?: string | null | undefined })
    | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, input: string, env: CredentialSources['env']): Promise<HelperRun> {
  return new Promise((resolve) => {
    const child = execFile(program, ['get'], { env: { ...env }, timeout: HELPER_TIMEOUT, encoding: 'utf8' }, (error, stdout, stderr) => {
      resolve({ error, stdout, stderr });
    });
    child.stdin?.on('error', () => {}); // a helper may end without reading what it is asked
    child.stdin?.end(input);
  });
}
