import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { configOf, digestOf, entriesOf, fileOf, json, layerOf, oldDockerSave, tarOf } from '../archive/read-make.ts';
import { type FaultyRegistry, startFaultyRegistry } from '../support/faulty-registry.ts';
import { listen } from '../support/listen.ts';
import { MAIN, runCli } from '../support/run-cli.ts';

const BASE = layerOf('the base');

let registry: FaultyRegistry;
let count = 0;
beforeAll(async () => {
  registry = await startFaultyRegistry();
});

/** A repository that no other test pushes to. */
const fresh = () => `${registry.url.replace('http://', '')}/safe/n${(count += 1)}`;
const tagged = (...tags: string[]) => fileOf(tarOf(oldDockerSave([BASE], { tags })));

/** Requests from here on. */
function from(): () => FaultyRegistry['requests'] {
  const before = registry.requests.length;
  return () => registry.requests.slice(before);
}

describe('what an archive says does not lead elsewhere', () => {
  it.each([
    ['x:..%2f..%2fvictim%2fmanifests%2flatest', '..%2f..%2fvictim%2fmanifests%2flatest'],
    ['x:../../victim/manifests/latest:..', '..'],
    ['x:1?a=b', '1?a=b'],
    ['x:1#a', '1#a'],
    ['x:', ''],
    ['x:1 2', '1 2'],
    ['x:\u001b]0;owned\u0007', '?]0;owned?'],
    [`x:${'t'.repeat(129)}`, `${'t'.repeat(119)}…`],
  ])('the tag of %j is refused before anything is sent', async (name, shown) => {
    const sent = from();
    const { stdout, stderr, exitCode } = await runCli(['push', tagged(name), fresh()]);
    expect([exitCode, stdout, sent()]).toEqual([104, '', []]);
    expect(stderr).toContain(`error: image.tar: has an image with the tag "${shown}", which is no tag`);
  });

  it('one bad tag among good ones is refused too', async () => {
    const sent = from();
    expect((await runCli(['push', tagged('x:1', 'x:%2e%2e'), fresh()])).exitCode).toBe(104);
    expect(sent()).toEqual([]);
  });

  it('a tag that is given makes those of the archive unimportant', async () => {
    expect((await runCli(['push', tagged('x:..%2fy'), `${fresh()}:1`])).exitCode).toBe(0);
  });

  it('names of the archive that a message lists hold no escape, and are not a thousand', async () => {
    const entries = (name: string) => ({ Config: 'c.json', RepoTags: [name], Layers: ['l.tar'] });
    const names = Array.from({ length: 50 }, (_, i) => `x\u001b[31m\u009b:${i}`);
    const files = { 'c.json': configOf([digestOf(BASE)]), 'l.tar': BASE, 'manifest.json': json(names.map(entries)) };
    const { stderr, exitCode } = await runCli(['push', fileOf(tarOf(entriesOf(files))), `${fresh()}:none`]);
    expect(exitCode).toBe(104);
    expect(stderr).not.toMatch(/[^\P{Cc}\n]/u);
    expect(stderr.length).toBeLessThan(1000);
  });
});

describe('a push that ends early', () => {
  const hanging = { monolithic: 'upload_put', stream: 'upload_patch', chunked: 'upload_chunk', 'single-post': 'upload_post' } as const;

  it.each(['monolithic', 'stream', 'chunked', 'single-post'] as const)('leaves no upload open at Ctrl+C, by %s', async (mode) => {
    registry.set([{ operation: hanging[mode], fault: { kind: 'hang' } }]);
    try {
      const sent = from();
      const child = spawn(process.execPath, [MAIN, 'push', tagged('x:1'), fresh(), '--push-mode', mode], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let stderr = '';
      child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
      const exited = once(child, 'exit');
      const of = (operation: string) => sent().filter((request) => request.operation === operation);
      while (of(hanging[mode]).length === 0 && child.exitCode === null) await setTimeout(5);
      child.kill('SIGINT');
      expect(await exited).toEqual([105, null]);
      expect(of('upload_cancel')).toHaveLength(of('upload_start').length);
      // Whether a single POST opened a session, nobody was told.
      const left =
        mode === 'single-post' ? /^error: interrupted; 1 upload may stay open/ : /^error: interrupted; nothing was left behind\n$/;
      expect(stderr).toMatch(left);
    } finally {
      registry.set([]);
    }
  });

  it('does not say that nothing was left when the registry cancels nothing', async () => {
    registry.set([
      { operation: 'upload_put', fault: { kind: 'hang' } },
      { operation: 'upload_cancel', fault: { kind: 'status', status: 405 } },
    ]);
    try {
      const sent = from();
      const child = spawn(process.execPath, [MAIN, 'push', tagged('x:1'), fresh()], { stdio: ['ignore', 'ignore', 'pipe'] });
      let stderr = '';
      child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
      const exited = once(child, 'exit');
      while (!sent().some(({ operation }) => operation === 'upload_put') && child.exitCode === null) await setTimeout(5);
      child.kill('SIGTERM');
      expect(await exited).toEqual([105, null]);
      expect(stderr).toBe('error: interrupted; 1 upload may stay open there until it purges them\n');
    } finally {
      registry.set([]);
    }
  });

  it('leaves no upload open when the archive proves corrupt, and shows no request of a destroyed client', async () => {
    registry.set([{ operation: 'upload_put', fault: { kind: 'hang' } }]);
    try {
      const sent = from();
      const bad = fileOf(tarOf(oldDockerSave([BASE], { config: configOf([digestOf('x')]) })));
      const { stdout, stderr, exitCode } = await runCli(['push', bad, `${fresh()}:1`]);
      expect(exitCode).toBe(104);
      expect(stderr).toMatch(/^error: image.tar: the layer .*diff_id/);
      expect(stdout).not.toMatch(/ABORTED|destroyed/);
      const of = (operation: string) => sent().filter((request) => request.operation === operation);
      // A session whose POST was still unanswered cannot be known.
      expect(of('upload_cancel').length).toBeGreaterThanOrEqual(of('upload_put').length);
    } finally {
      registry.set([]);
    }
  });

  it('names the request when the registry goes away in the middle', async () => {
    registry.set([{ operation: 'upload_put', fault: { kind: 'reset' } }]);
    try {
      const image = fresh();
      const { stderr, exitCode } = await runCli(['push', tagged('x:1'), image]);
      expect(exitCode).toBe(124);
      const host = image.slice(0, image.indexOf('/'));
      expect(stderr).toMatch(new RegExp(`^error: upload_put failed: .+ \\(PUT http://${host}/v2/safe/n\\d+/blobs/uploads/.*\\)\\n$`));
    } finally {
      registry.set([]);
    }
  });
});

describe('texts of a registry', () => {
  it('move no cursor: not in errors, nor in the table', async () => {
    const evil = '\u001b]0;owned\u0007\u009b31m\u202egnp';
    const { url } = await listen((_request, response) => {
      response.writeHead(418, { 'content-type': 'text/plain' }).end(`x ${evil} y`);
    });
    for (const flags of [[], ['--json']]) {
      const { stdout, stderr, exitCode } = await runCli(['push', tagged('x:1'), `${url.replace('http://', '')}/a/b`, ...flags]);
      expect(exitCode).toBe(124);
      expect(stdout + stderr).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
    }
  });
});

describe('flags and references of push and pull', () => {
  it.each([
    ['push', ['x.tar', '127.0.0.1:1/Team/app']],
    ['push', ['x.tar', '127.0.0.1:1/app', '--push-mode', 'fast']],
    ['push', ['x.tar']],
    ['push', ['x.tar', '127.0.0.1:1/app', '--nothing-like-it']],
    ['push', ['gone.tar', '127.0.0.1:1/app']],
    ['pull', ['127.0.0.1:1/Team/app']],
    ['pull', ['app']],
  ])('%s %j with --json says on stdout too what is wrong', async (command, args) => {
    const { stdout, stderr, exitCode } = await runCli([command, ...args, '--json']);
    expect(exitCode).toBe(104);
    expect(stderr).toMatch(/^error: /);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, command, error: { exit: 104, message: expect.any(String) as string } });
  });

  it.each([
    ['pull', ['user:hunter2@127.0.0.1:1/app']],
    ['pull', ['user:hunter2@127.0.0.1:1/app', '--json']],
    ['pull', ['user:hun@ter2@reg.example.com/app:1']],
    ['pull', ['user:hunter2@localhost/app@sha256:abc']],
    ['push', ['x.tar', 'user:hunter2@127.0.0.1:1/app']],
    ['pull', ['app', 'user:hunter2@127.0.0.1:1/app']],
  ])('%s %j does not repeat the password', async (command, args) => {
    const { stdout, stderr, exitCode } = await runCli([command, ...args]);
    expect(exitCode).toBe(104);
    expect(stdout + stderr).not.toMatch(/hunter2|hun@|ter2/);
  });

  it.each([
    [['--chunk-size', '1MiB'], 'monolithic'],
    [['--chunk-size', '1MiB', '--push-mode', 'stream'], 'stream'],
    [['--chunk-size', '1MiB', '--client', 'docker'], 'stream'],
  ])('%j is a contradiction, and is said to be one', async (flags, mode) => {
    const { stderr, exitCode } = await runCli(['push', tagged('x:1'), fresh(), ...flags]);
    expect(exitCode).toBe(104);
    expect(stderr).toContain(`error: --chunk-size: blobs do not go up in chunks, but by ${mode}`);
  });

  it('takes --chunk-size with chunks', async () => {
    expect((await runCli(['push', tagged('x:1'), fresh(), '--push-mode', 'chunked', '--chunk-size', '1KiB'])).exitCode).toBe(0);
  });
});
