import { isRecord } from '../record.ts';
import type { Credentials } from './credentials.ts';

/** Docker's name for Docker Hub in its configuration, whatever host is pulled from. */
const DOCKER_HUB = 'https://index.docker.io/v1/';
const DOCKER_HUB_HOSTS: ReadonlySet<string> = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);

/** What Docker's config.json says about one registry (docker/cli `cli/config/configfile/file.go`). */
export interface DockerConfigEntry {
  /** Suffix of the credential helper to ask, `docker-credential-<helper>`; it counts before `credentials`. */
  readonly helper: string | undefined;
  /** What to ask the helper for. */
  readonly server: string;
  readonly credentials: Credentials | undefined;
  /** The key in `auths` that the credentials stand under. */
  readonly key: string | undefined;
}

/** Looks a registry up. Throws Error that says which field is wrong, without its value. `host` is `host` or `host:port`. */
export function lookUp(config: unknown, host: string): DockerConfigEntry {
  const { auths, credHelpers, credsStore } = record(config, 'the configuration');
  const server = DOCKER_HUB_HOSTS.has(host) ? DOCKER_HUB : host;
  const helpers = record(credHelpers ?? {}, 'credHelpers');
  const helper = helpers[server] ?? helpers[host] ?? (credsStore === '' || credsStore === null ? undefined : credsStore);
  if (helper !== undefined && (typeof helper !== 'string' || !/^[\w.-]+$/.test(helper))) {
    throw new Error('the name of a credential helper may hold letters, digits, ".", "_" and "-"');
  }
  const entries = record(auths ?? {}, 'auths');
  const key =
    [server, host].find((name) => Object.hasOwn(entries, name)) ?? Object.keys(entries).find((name) => sameHost(name, server, host));
  const credentials = key === undefined ? undefined : readAuth(record(entries[key], `auths["${key}"]`), key);
  return { helper, server, credentials, key };
}

/** Legacy keys are URLs: they are compared without scheme and path. */
function sameHost(key: string, server: string, host: string): boolean {
  const bare = key
    .replace(/^https?:\/\//i, '')
    .replace(/\/.*$/, '')
    .toLowerCase();
  return bare === host.toLowerCase() || (server === DOCKER_HUB && DOCKER_HUB_HOSTS.has(bare));
}

function readAuth(entry: Readonly<Record<string, unknown>>, key: string): Credentials | undefined {
  const { auth, username, password, identitytoken, registrytoken } = entry;
  if (isText(registrytoken)) return { registryToken: registrytoken };
  const [name, secret] = isText(auth) ? decodeAuth(auth, key) : [username, password];
  if (isText(identitytoken)) return isText(name) ? { identityToken: identitytoken, username: name } : { identityToken: identitytoken };
  return isText(name) && typeof secret === 'string' ? { username: name, password: secret } : undefined;
}

function decodeAuth(auth: string, key: string): readonly [string, string] {
  const decoded = Buffer.from(auth, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon < 0) throw new Error(`auths["${key}"].auth is not the base64 of user:password`);
  // Old versions of Docker padded with NUL.
  return [decoded.slice(0, colon), decoded.slice(colon + 1).replace(/\0+$/, '')];
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function record(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw new Error(`${where} is not a JSON object`);
  return value;
}

/**
 * Reads what a credential helper printed: `{ServerURL, Username, Secret}`; the user name `<token>` marks an identity token. Throws Error
 * without any of the text, which may hold the secret.
 */
export function readHelperAnswer(output: string): Credentials {
  let fields: Readonly<Record<string, unknown>>;
  try {
    fields = record(JSON.parse(output), 'its answer');
  } catch {
    throw new Error('its answer is not a JSON object');
  }
  const { Username: username, Secret: secret } = fields;
  if (typeof username !== 'string' || !isText(secret)) throw new Error('its answer has no Username and Secret');
  return username === '<token>' ? { identityToken: secret } : { username, password: secret };
}

/** Whether a helper said that it knows no credentials, by its words for that (docker-credential-helpers `credentials/error.go`). */
export function isNotFound(output: string): boolean {
  return /credentials not found in native keychain|no credentials server url/i.test(output);
}
