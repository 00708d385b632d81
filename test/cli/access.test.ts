import { describe, expect, it } from 'vitest';
import { readAccess, readTls } from '../../src/cli/access.ts';
import type { TargetPlan } from '../../src/plan/index.ts';
import type { OptionValues } from '../../src/scenario/index.ts';
import { tmpFolder } from '../support/tmp.ts';

const folder = tmpFolder({ 'ca.pem': '-----BEGIN CERTIFICATE-----\n', 'not.pem': 'hello' });
const target = { registry: 'http://host:5000', insecureSkipTlsVerify: false } as TargetPlan;

async function* stdinOf(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

const access = (values: OptionValues, stdin = '', env: Record<string, string> = {}) =>
  readAccess(target, values, { HOME: folder, ...env }, stdinOf(stdin));

const inUrl = (username: string, password: string): OptionValues => ({
  registry: { url: 'http://host:5000', userinfo: { username, password } },
});

describe('credentials', () => {
  it.each([
    ['from the pipe, without its line end', { username: 'me', passwordStdin: true }, 'p w\n', { username: 'me', password: 'p w' }],
    ['from the environment', { username: 'me', password: 'pw' }, '', { username: 'me', password: 'pw' }],
    ['from the URL', inUrl('me', 'pw'), '', { username: 'me', password: 'pw' }],
    ['a user of the URL and a password of the environment', { ...inUrl('me', ''), password: 'pw' }, '', { username: 'me', password: 'pw' }],
    ['the URL before a password for somebody else', { ...inUrl('me', 'pw'), password: 'other' }, '', { username: 'me', password: 'pw' }],
    ['the pipe before the URL', { ...inUrl('me', 'pw'), passwordStdin: true }, 'piped', { username: 'me', password: 'piped' }],
    ['none', {}, '', undefined],
  ])('%s', async (_case, values: OptionValues, stdin, credentials) => {
    expect((await access(values, stdin)).credentials).toEqual(credentials);
  });

  it('never sends the password of the URL for another user', async () => {
    await expect(access({ ...inUrl('me', 'pw'), username: 'you' })).rejects.toThrow('--username: a user without a password');
  });

  it('are not for the embedded registry', async () => {
    const values = { username: 'me', password: 'pw' };
    expect((await readAccess({ ...target, registry: undefined }, values, {}, stdinOf(''))).credentials).toBeUndefined();
  });

  it('are missing when the pipe is empty', async () => {
    await expect(access({ username: 'me', passwordStdin: true }, '\n')).rejects.toThrow('--password-stdin: stdin was empty');
  });
});

describe('PEM files', () => {
  it('are read', async () => {
    const tls = await readTls({ ...target, caFile: `${folder}/ca.pem` });
    expect(tls).toEqual({ ca: '-----BEGIN CERTIFICATE-----\n', cert: undefined, key: undefined, insecureSkipVerify: false });
  });

  it('that cannot be used are told all at once', async () => {
    const files = { caFile: `${folder}/not.pem`, certFile: `${folder}/gone.pem`, keyFile: folder };
    await expect(readTls({ ...target, ...files })).rejects.toThrow(/--ca-file: .* is no PEM file.*\n--cert: .*no such file.*\n--key: /);
  });
});
