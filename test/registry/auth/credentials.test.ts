import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvalidConfigError, LoadregError } from '../../../src/base/index.ts';
import { resolveCredentials } from '../../../src/registry/index.ts';

const REGISTRY = 'http://reg.example:5000/base';
const b64 = (text: string) => Buffer.from(text).toString('base64');

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'loadreg-credentials-'));
});
afterEach(() => rm(home, { recursive: true }));

async function writeConfig(config: unknown, folder = '.docker'): Promise<string> {
  const path = join(home, folder, 'config.json');
  await mkdir(join(home, folder), { recursive: true });
  await writeFile(path, typeof config === 'string' ? config : JSON.stringify(config));
  return path;
}

/** Puts a credential helper on the PATH; it notes how it was called. */
async function writeHelper(name: string, script: string): Promise<void> {
  const path = join(home, `docker-credential-${name}`);
  await writeFile(path, `#!/bin/sh\necho "$1 $(cat)" >> "${home}/calls"\n${script}\n`);
  await chmod(path, 0o755);
}

const calls = async () => (await readFile(join(home, 'calls'), 'utf8')).trim().split('\n');
const resolve = (env: Record<string, string> = {}, more: { registry?: string; username?: string; password?: string } = {}) =>
  resolveCredentials({ registry: REGISTRY, env: { HOME: home, PATH: `${home}:/usr/bin:/bin`, ...env }, ...more });

async function failure(outcome: Promise<unknown>): Promise<LoadregError> {
  const error = await outcome.catch((thrown: unknown) => thrown);
  if (error instanceof LoadregError) return error;
  throw new Error(`a LoadregError was expected, not ${JSON.stringify(error)}`);
}

describe('where credentials come from', () => {
  it('nowhere: anonymous', async () => {
    expect(await resolve()).toEqual({ credentials: undefined, source: 'anonymous' });
  });

  it('what the user gave counts more than the environment, which counts more than files', async () => {
    const path = await writeConfig({ auths: { 'reg.example:5000': { auth: b64('file:f') } } });
    const LOADREG = { LOADREG_USERNAME: 'env', LOADREG_PASSWORD: 'e' };
    const DOCKER_AUTH_CONFIG = JSON.stringify({ auths: { 'reg.example:5000': { auth: b64('inline:i') } } });
    expect(await resolve({ ...LOADREG, DOCKER_AUTH_CONFIG }, { username: 'flag', password: '' })).toEqual({
      credentials: { username: 'flag', password: '' },
      source: '--username',
    });
    expect(await resolve({ ...LOADREG, DOCKER_AUTH_CONFIG })).toMatchObject({
      credentials: { username: 'env', password: 'e' },
      source: 'LOADREG_USERNAME',
    });
    expect(await resolve({ DOCKER_AUTH_CONFIG })).toMatchObject({
      credentials: { username: 'inline' },
      source: 'auths of DOCKER_AUTH_CONFIG',
    });
    expect(await resolve()).toEqual({ credentials: { username: 'file', password: 'f' }, source: `auths of ${path}` });
  });

  it('DOCKER_CONFIG names the folder', async () => {
    await writeConfig({ auths: { 'reg.example:5000': { auth: b64('u:p') } } }, 'elsewhere');
    expect((await resolve({ DOCKER_CONFIG: join(home, 'elsewhere') })).credentials).toEqual({ username: 'u', password: 'p' });
  });

  it.each([
    ['a user name alone', { username: 'u' }, /--username: a user name is given without a password/],
    ['a password alone', { password: 'hunter2' }, /--password-stdin: a password is given without a user name/],
  ])('%s is refused', async (_, given, message) => {
    const error = await failure(resolve({}, given));
    expect(error).toBeInstanceOf(InvalidConfigError);
    expect(error.message).toMatch(message);
    expect(error.message).not.toMatch(/hunter2/);
  });
});

describe('auths', () => {
  it.each([
    ['auth, split at its first colon', { auth: b64('u:p:q') }, { username: 'u', password: 'p:q' }],
    ['auth with trailing NULs of old versions', { auth: b64('u:p\0\0') }, { username: 'u', password: 'p' }],
    ['user name and password', { username: 'u', password: 'p' }, { username: 'u', password: 'p' }],
    ['an identity token', { identitytoken: 'i' }, { identityToken: 'i' }],
    ['an identity token with a user name', { auth: b64('u:'), identitytoken: 'i' }, { identityToken: 'i', username: 'u' }],
    ['a registry token', { registrytoken: 'r', auth: b64('u:p') }, { registryToken: 'r' }],
    ['nothing, as docker login leaves it beside a helper', {}, undefined],
  ])('hold %s', async (_, entry, credentials) => {
    await writeConfig({ auths: { 'reg.example:5000': entry } });
    expect((await resolve()).credentials).toEqual(credentials);
  });

  it.each([
    ['the host', REGISTRY, 'reg.example:5000'],
    ['a legacy URL', REGISTRY, 'https://reg.example:5000/v1/'],
    ['a URL of another scheme and path', REGISTRY, 'http://reg.example:5000/v2/x'],
    ['a host without its default port', 'https://reg.example:443', 'reg.example'],
    ['Docker Hub', 'https://registry-1.docker.io', 'https://index.docker.io/v1/'],
    ['Docker Hub by its short name', 'https://registry-1.docker.io', 'docker.io'],
  ])('are found by %s', async (_, registry, key) => {
    await writeConfig({ auths: { 'other.example': { auth: b64('x:x') }, [key]: { auth: b64('u:p') } } });
    expect((await resolve({}, { registry })).credentials).toEqual({ username: 'u', password: 'p' });
  });

  it('an exact key counts more than a legacy one', async () => {
    await writeConfig({ auths: { 'https://reg.example:5000/v1/': { auth: b64('old:o') }, 'reg.example:5000': { auth: b64('new:n') } } });
    expect((await resolve()).credentials).toEqual({ username: 'new', password: 'n' });
  });

  it('of another port are not ours', async () => {
    await writeConfig({ auths: { 'reg.example': { auth: b64('u:p') }, 'reg.example:5001': { auth: b64('u:p') } } });
    expect((await resolve()).credentials).toBeUndefined();
  });

  it.each([
    ['no JSON', '{"auths": {"reg.example:5000": {"auth": "c2VjcmV0"', /is not JSON/],
    ['no object', '[]', /is not a JSON object/],
    ['auths of another kind', { auths: ['c2VjcmV0'] }, /auths is not a JSON object/],
    [
      'an auth that is no user and password',
      { auths: { 'reg.example:5000': { auth: b64('secret') } } },
      /auths\["reg.example:5000"\]\.auth is not the base64/,
    ],
    ['a helper name that is a path', { credsStore: '../evil' }, /name of a credential helper/],
  ])('a file with %s is named with its path, and never quoted', async (_, config, message) => {
    const path = await writeConfig(config);
    const error = await failure(resolve());
    expect(error.message).toContain(path);
    expect(error.message).toMatch(message);
    expect(error.message).not.toMatch(/secret|c2VjcmV0/);
  });
});

describe('credential helpers', () => {
  const ANSWER = `echo '{"ServerURL":"x","Username":"helped","Secret":"s"}'`;

  it('of the host count more than the store, the store more than auths', async () => {
    await writeHelper('one', ANSWER);
    await writeHelper('store', `echo '{"Username":"stored","Secret":"s"}'`);
    const auths = { 'reg.example:5000': { auth: b64('file:f') } };
    await writeConfig({ auths, credsStore: 'store', credHelpers: { 'reg.example:5000': 'one' } });
    const found = await resolve();
    expect(found.credentials).toEqual({ username: 'helped', password: 's' });
    expect(found.source).toMatch(/^docker-credential-one, named in /);
    await writeConfig({ auths, credsStore: 'store', credHelpers: { 'other.example': 'one' } });
    expect((await resolve()).credentials).toEqual({ username: 'stored', password: 's' });
    expect(await calls()).toEqual(['get reg.example:5000', 'get reg.example:5000']);
  });

  it('are asked for Docker Hub by its old URL', async () => {
    await writeHelper('store', ANSWER);
    await writeConfig({ credsStore: 'store' });
    await resolve({}, { registry: 'https://registry-1.docker.io' });
    expect(await calls()).toEqual(['get https://index.docker.io/v1/']);
  });

  it('the user name <token> marks an identity token', async () => {
    await writeHelper('store', `echo '{"Username":"<token>","Secret":"identity"}'`);
    await writeConfig({ credsStore: 'store' });
    expect((await resolve()).credentials).toEqual({ identityToken: 'identity' });
  });

  it.each([
    ['on its output', 'echo "credentials not found in native keychain"; exit 1'],
    ['among its errors', 'echo "credentials not found in native keychain" >&2; exit 1'],
  ])('that know nothing, said %s, leave auths or nobody', async (_, script) => {
    await writeHelper('store', script);
    await writeConfig({ credsStore: 'store', auths: { 'reg.example:5000': { auth: b64('file:f') } } });
    expect((await resolve()).credentials).toEqual({ username: 'file', password: 'f' });
    await writeConfig({ credsStore: 'store' });
    expect(await resolve()).toEqual({ credentials: undefined, source: 'anonymous' });
  });

  it.each([
    ['are missing', 'absent', 'exit 0', /docker-credential-absent, named in .*, is not on the PATH/],
    ['fail', 'store', 'echo "my secret is hunter2" >&2; exit 3', /ended with status 3/],
    ['print no JSON', 'store', 'echo hunter2', /its answer is not a JSON object/],
    ['print no secret', 'store', `echo '{"Username":"hunter2"}'`, /has no Username and Secret/],
    ['die', 'store', 'kill -9 $$', /ended with SIGKILL/],
    ['do not read what they are asked', 'store', 'exec 0<&-; exit 4', /ended with status 4/],
  ])('that %s are named, and not quoted', async (_, name, script, message) => {
    await writeHelper('store', script);
    await writeConfig({ credsStore: name });
    const error = await failure(resolve());
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(/docker login/);
    expect(error.message).not.toMatch(/hunter2/);
  });
});
