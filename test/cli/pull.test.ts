import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { file, folder, hardlink, symlink, tarOf, treeOf } from '../archive/rootfs-support.ts';
import { type DockerRegistry, startDockerRegistry } from '../support/docker-registry.ts';
import type { Fault } from '../support/faults.ts';
import { type FaultyRegistry, startFaultyRegistry } from '../support/faulty-registry.ts';
import { commandPath } from '../support/parts.ts';
import { describeWith } from '../support/real-parts.ts';
import { run, runOk } from '../support/run.ts';
import { MAIN, runCli, spawnCli } from '../support/run-cli.ts';
import { skopeo, skopeoCopy } from '../support/skopeo.ts';
import { tmpFolder } from '../support/tmp.ts';
import { debianLayer, digestOf, imageOf, putImage, putRaw, type TestImage, umociUnpack } from './pull-support.ts';

const asRoot = process.getuid?.() === 0;

/** The request that the JSON of a pull tells of. */
interface Requested {
  readonly operation: string;
  readonly status: number;
  readonly errorCode: string;
  readonly path: string;
}

interface PullJson {
  readonly ok: boolean;
  readonly digest: string;
  readonly retries: number;
  readonly requests: readonly Requested[];
  readonly error?: { readonly code: string; readonly message: string; readonly exit: number };
}

const small = () =>
  imageOf([
    tarOf([folder('etc'), file('etc/a', 'one'), file('etc/b', 'two'), symlink('etc/c', 'a'), file('bin/su', 'su', { mode: 0o4755 })]),
    tarOf([file('etc/.wh.b'), file('etc/a', 'new'), hardlink('etc/d', 'etc/a')]),
  ]);

describeWith(['docker-registry', 'skopeo'], 'loadreg pull, from docker-registry', () => {
  let registry: DockerRegistry;
  let image: TestImage;
  beforeAll(async () => {
    registry = await startDockerRegistry();
    image = small();
    await putImage(image, `${registry.host}/team/app`);
  });

  it('writes the root file system into a folder named after the image, and says what it did', async () => {
    const { stdout, stderr, exitCode, folder: cwd } = await spawnCli(['pull', `${registry.host}/team/app:1.0`]);
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(readdirSync(cwd)).toEqual(['app']);
    expect(readFileSync(join(cwd, 'app/etc/d'), 'utf8')).toBe('new');
    expect(readdirSync(join(cwd, 'app/etc'))).toEqual(['a', 'c', 'd']);
    expect(stdout).toMatch(/^operation +what +status +size blocked sending waiting receiving\nmanifest_get 1\.0 +200 /);
    expect(stdout).toContain(`pulled ${registry.host}/team/app:1.0 (${image.digest}) as rootfs into app: 2 layers, `);
    expect(stdout).toContain('note: left out: setuid or setgid of 1 entry (--keep-special keeps them)\n');
    expect(
      Math.max(
        ...stdout
          .split('\n')
          .slice(0, 6)
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(80);
  });

  it('writes a layout with the digests of the registry', async () => {
    const { folder: cwd, exitCode } = await runCli(['pull', `${registry.host}/team/app:1.0`, '--format', 'oci', '--dir', 'deep/layout']);
    expect(exitCode).toBe(0);
    const layout = join(cwd, 'deep/layout');
    expect(readdirSync(join(layout, 'blobs/sha256')).toSorted()).toEqual(readdirSync(join(image.folder, 'blobs/sha256')).toSorted());
    expect(await skopeo(['inspect', '--raw', `oci:${layout}:1.0`])).toBe(image.manifest.toString());
    await skopeoCopy(`oci:${layout}:1.0`, `docker://${registry.host}/again/app:1.0`);
  });

  it('writes a docker-archive with the layers of the image, in order, which skopeo reads', async () => {
    const { folder: cwd, exitCode } = await runCli(['pull', `${registry.host}/team/app:1.0`, '--format', 'docker-archive']);
    expect([exitCode, readdirSync(cwd)]).toEqual([0, ['app.tar']]);
    const archive = `docker-archive:${join(cwd, 'app.tar')}:${registry.host}/team/app:1.0`;
    expect(JSON.parse(await skopeo(['inspect', archive]))).toMatchObject({ Layers: image.layers.map((layer) => layer.diffId) });
    expect(await skopeo(['inspect', '--config', '--raw', archive])).toBe(image.config.bytes.toString());
  });

  it('pulls by digest, into an empty folder that is there', async () => {
    const into = tmpFolder();
    const { exitCode, stdout } = await runCli(['pull', `${registry.host}/team/app@${image.digest}`, '--dir', into, '--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      command: 'pull',
      image: `${registry.host}/team/app@${image.digest}`,
      format: 'rootfs',
      path: into,
      digest: image.digest,
      layers: image.layers.map(({ digest, bytes }) => ({ digest, size: bytes.length })),
      retries: 0,
      requests: [{ operation: 'manifest_get', status: 200, expected: true }, {}, {}, {}],
    });
    expect(readdirSync(into)).toEqual(['bin', 'etc']);
  });

  it('leaves what is there alone', async () => {
    const files = { 'app/mine': 'mine', 'app.tar': 'mine' };
    for (const args of [[], ['--format', 'docker-archive'], ['--dir', 'app.tar']]) {
      const { stderr, exitCode, files: after } = await runCli(['pull', `${registry.host}/team/app:1.0`, ...args], { files });
      expect([after, exitCode]).toEqual([files, 104]);
      expect(stderr).toMatch(/^error: --dir: 'app(\.tar)?' is there already \(name a new /);
    }
  });
});

/** skopeo cannot reach a registry below a path. */
async function pushBelowPath({ url, caFile = '', username, password }: DockerRegistry, image: TestImage): Promise<void> {
  const env = { LOADREG_USERNAME: username, LOADREG_PASSWORD: password };
  const { exitCode, stderr } = await runCli(['push', image.folder, 'team/app:1.0', '--registry', url, '--ca-file', caFile], { env });
  if (exitCode !== 0) throw new Error(stderr);
}

describeWith(['docker-registry', 'skopeo'], 'loadreg pull, from a docker-registry that asks who one is', () => {
  it.each([
    ['by password, over TLS, below a path', { auth: 'htpasswd', tls: true, prefix: '/link/to/docker/registry' }],
    ['by tokens', { auth: 'token' }],
  ] as const)('%s', async (_how, options) => {
    const registry = await startDockerRegistry(options);
    const image = small();
    const url = new URL(registry.url);
    const { username, password } = registry;
    await ('prefix' in options ? pushBelowPath(registry, image) : putImage(image, `${url.host}/team/app`, { username, password }));
    const where = ['team/app:1.0', '--registry', registry.url, ...(registry.caFile === undefined ? [] : ['--ca-file', registry.caFile])];
    const login = ['--username', username, '--password-stdin'];
    const { exitCode, stderr, files } = await runCli(['pull', ...where, ...login], { stdin: password });
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(files['app/etc/a']).toBe('new');

    const refused = await spawnCli(['pull', ...where, ...login], { stdin: 'wrong-password' });
    expect([refused.exitCode, readdirSync(refused.folder)]).toEqual([124, []]);
    expect(refused.stderr).toMatch(/^error: .*401/);
    expect(refused.stderr + refused.stdout).not.toContain('wrong-password');
  });
});

describeWith(['docker-registry', 'skopeo', 'umoci'], 'loadreg pull of a root file system, beside umoci', () => {
  let registry: DockerRegistry;
  beforeAll(async () => {
    registry = await startDockerRegistry();
  });

  it('gives the same tree of a few thousand files with deletions between layers', async () => {
    const base = await debianLayer(2500);
    const top = [folder('usr/share/doc/new'), file('usr/share/doc/new/a', 'a'), hardlink('usr/share/doc/new/b', 'usr/share/doc/new/a')];
    const special = [
      file('dev/null', '', { type: '3', major: 1, minor: 3, mode: 0o666 }),
      file('dev/pipe', '', { type: '6', mode: 0o600 }),
      folder('var/mail', { mode: 0o2775 }),
      file('usr/bin/su', 'su', { mode: 0o4755 }),
      file('srv/mine', 'x', { uid: 1234 }),
    ];
    const image = imageOf([
      base,
      tarOf([folder('dev'), folder('var'), folder('usr/bin'), folder('srv'), ...(asRoot ? special : [])]),
      tarOf([file('usr/share/doc/.wh.perl'), file('usr/share/doc/.wh.tar'), file('usr/share/perl/.wh..wh..opq'), ...top]),
      tarOf([
        symlink('usr/share/perl/link', '../doc'),
        file('usr/share/doc/.wh.bash'),
        folder('usr/share/doc/bash'),
        file('usr/share/doc/bash/only'),
      ]),
    ]);
    await putImage(image, `${registry.host}/debian/tree`);
    const { folder: cwd, exitCode, stderr } = await runCli(['pull', `${registry.host}/debian/tree:1.0`, '--keep-special', '-q']);
    expect([stderr, exitCode]).toEqual(['', 0]);
    const ours = treeOf(join(cwd, 'tree'), { owners: true });
    expect(ours.length).toBeGreaterThan(1000);
    expect(ours).toEqual(treeOf(await umociUnpack(image.folder, '1.0'), { owners: true }));
  });

  it('gives the same tree, with times, of an image that umoci made', async () => {
    const layout = join(tmpFolder(), 'layout');
    const umoci = (...args: string[]) => runOk(commandPath('umoci') ?? 'umoci', args);
    await umoci('init', '--layout', layout);
    await umoci('new', '--image', `${layout}:1.0`);
    const rootless = asRoot ? [] : ['--rootless'];
    await umoci('insert', ...rootless, '--image', `${layout}:1.0`, '/usr/share/perl5', '/usr/share/perl5');
    await umoci('insert', ...rootless, '--image', `${layout}:1.0`, tmpFolder({ 'a/b': 'c' }), '/opt/more');
    await umoci('insert', ...rootless, '--image', `${layout}:1.0`, '--whiteout', '/opt/more/a');
    await umoci('insert', ...rootless, '--image', `${layout}:1.0`, '--opaque', tmpFolder({ only: 'x' }), '/opt/more');
    await skopeoCopy(`oci:${layout}:1.0`, `docker://${registry.host}/umoci/made:1.0`);
    const { folder: cwd, exitCode } = await runCli(['pull', `${registry.host}/umoci/made:1.0`, '--keep-special', '-q']);
    expect(exitCode).toBe(0);
    // Folders that no layer names are made when they are needed.
    const told = (lines: string[]) => lines.filter((line) => !/^\.(\/usr|\/usr\/share|\/opt)? 4/.test(line));
    const ours = told(treeOf(join(cwd, 'made'), { owners: true, times: true }));
    expect(ours).toEqual(told(treeOf(await umociUnpack(layout, '1.0'), { owners: true, times: true })));
  });
});

describe('loadreg pull, from a registry with faults', () => {
  let registry: FaultyRegistry;
  let host: string;
  let image: TestImage;
  const noise = randomBytes(900_000);
  beforeAll(async () => {
    registry = await startFaultyRegistry();
    host = new URL(registry.url).host;
    image = imageOf([tarOf([file('noise', noise)])]);
    const blobs = [image.config.bytes, ...image.layers.map((layer) => layer.bytes)];
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    await putRaw(registry.url, 'team/app', { reference: '1.0', bytes: image.manifest, mediaType }, blobs);
  });

  /** Pulls while downloads of the layer meet these faults, first come first served. */
  async function pullWith(faults: readonly (Fault | readonly Fault[] | undefined)[], args: readonly string[] = []) {
    const before = registry.requests.length;
    const layer = image.layers[0]?.digest;
    const left = [...faults];
    registry.set((request) => (request.operation === 'blob_get' && request.reference === layer ? left.shift() : undefined));
    const ran = await runCli(['pull', `${host}/team/app:1.0`, '--json', ...args]);
    const asked = registry.requests.slice(before).filter((request) => request.reference === layer);
    return { ...ran, json: JSON.parse(ran.stdout) as PullJson, ranges: asked.map((request) => request.headers.range) };
  }

  it('goes on where a download broke off, and counts the retry', async () => {
    const {
      json,
      ranges,
      folder: cwd,
      exitCode,
      stderr,
    } = await pullWith([
      { kind: 'cut', after: 300_000 },
      { kind: 'cut', after: 200_000 },
    ]);
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(readFileSync(join(cwd, 'app/noise')).equals(noise)).toBe(true);
    const [, second, third] = ranges;
    expect(ranges).toHaveLength(3);
    const starts = [second, third].map((range) => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1]));
    expect(starts[0]).toBeGreaterThan(0);
    expect(starts[1]).toBeGreaterThan(starts[0] as number);
    expect(json).toMatchObject({ ok: true, retries: 2 });
    expect(json.requests.filter(({ operation }) => operation === 'blob_get').map(({ status }) => status)).toEqual([200, 200, 206, 206]);
  });

  it('starts over where the registry sends the whole blob again', async () => {
    let tries = 0;
    registry.set((request) => {
      if (request.reference !== image.layers[0]?.digest) return undefined;
      tries += 1;
      if (tries === 1) return { kind: 'cut', after: 300_000 };
      delete request.headers.range; // as if it knew of no ranges
      return tries === 2 ? { kind: 'cut', after: 500_000 } : undefined;
    });
    const { exitCode, folder: cwd, stdout } = await runCli(['pull', `${host}/team/app:1.0`, '--json']);
    expect(exitCode).toBe(0);
    expect(readFileSync(join(cwd, 'app/noise')).equals(noise)).toBe(true);
    const { retries, requests } = JSON.parse(stdout) as PullJson;
    expect(retries).toBe(2);
    expect(requests.filter(({ operation }) => operation === 'blob_get').map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  it('goes on after a body that was too short without saying so', async () => {
    const { folder: cwd, json, exitCode } = await pullWith([{ kind: 'truncate', to: 400_000 }]);
    expect([exitCode, json.retries]).toEqual([0, 1]);
    expect(json.requests.some(({ errorCode }) => errorCode === 'SIZE_MISMATCH')).toBe(true);
    expect(readFileSync(join(cwd, 'app/noise')).equals(noise)).toBe(true);
  });

  it('goes on after a reset and an error of the server', async () => {
    const { json, exitCode } = await pullWith([{ kind: 'reset' }, { kind: 'status', status: 503 }]);
    expect([exitCode, json.retries]).toEqual([0, 2]);
  });

  it('follows a redirect again when a download from the storage broke off', async () => {
    registry.set((request) => {
      if (request.operation !== 'blob_get') return undefined;
      if (request.host === 'registry') return { kind: 'redirect' };
      return request.headers.range === undefined && request.reference === image.layers[0]?.digest
        ? { kind: 'cut', after: 300_000 }
        : undefined;
    });
    const { exitCode, folder: cwd, stdout } = await runCli(['pull', `${host}/team/app:1.0`, '--json']);
    expect(exitCode).toBe(0);
    expect(readFileSync(join(cwd, 'app/noise')).equals(noise)).toBe(true);
    const gets = (JSON.parse(stdout) as PullJson).requests.filter(({ operation }) => operation === 'blob_get');
    expect(gets.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 200, 206, 307, 307, 307]);
  });

  it('gives up after some tries that brought nothing, and leaves nothing behind', async () => {
    const { exitCode, stderr, json, folder: cwd } = await pullWith(Array.from({ length: 20 }, (): Fault => ({ kind: 'reset' })));
    expect([exitCode, readdirSync(cwd)]).toEqual([124, []]);
    expect(stderr).toMatch(/^error: .*(ECONNRESET|CONNECTION_CLOSED)/);
    expect(json).toMatchObject({ ok: false, error: { exit: 124 } });
    expect(json.retries).toBeLessThan(6);
  });

  it.each<[string, Fault, string, RegExp]>([
    [
      'other bytes than it asked for',
      { kind: 'corrupt' },
      'rootfs',
      /^error: sha256:\w+: the bytes that arrived have the digest sha256:\w+\n$/,
    ],
    [
      'other bytes than it asked for',
      { kind: 'corrupt' },
      'oci',
      /^error: sha256:\w+: the bytes that arrived have the digest sha256:\w+\n$/,
    ],
    [
      'no such blob',
      { kind: 'status', status: 404, code: 'BLOB_UNKNOWN' },
      'docker-archive',
      /^error: blob_get failed with 404 BLOB_UNKNOWN/,
    ],
    ['a refusal', { kind: 'status', status: 403, code: 'DENIED' }, 'rootfs', /^error: blob_get failed with 403 DENIED/],
  ])('fails on %s at once, with a line and nothing left behind', async (_case, fault, format, message) => {
    const { exitCode, stderr, json, ranges, folder: cwd } = await pullWith([fault, fault], ['--format', format]);
    expect([exitCode, readdirSync(cwd), ranges.length]).toEqual([124, [], 1]);
    expect(stderr).toMatch(message);
    expect(json.ok).toBe(false);
  });

  it('starts over once more when what it put together is not the blob', async () => {
    const { exitCode, ranges } = await pullWith([{ kind: 'cut', after: 300_000 }, { kind: 'corrupt' }]);
    expect([exitCode, ranges.length, ranges[2]]).toEqual([0, 3, undefined]);
  });

  it('shows a failed request in the table', async () => {
    registry.set([{ operation: 'blob_get', times: 1e9, fault: { kind: 'status', status: 403, code: 'DENIED' } }]);
    const { stdout, exitCode } = await runCli(['pull', `${host}/team/app:1.0`]);
    expect(exitCode).toBe(124);
    expect(stdout).toMatch(/blob_get +[0-9a-f]{12} +403 .*\n {2}DENIED: /);
  });

  it('ends at Ctrl+C and leaves nothing behind', async () => {
    registry.set([{ operation: 'blob_get', fault: { kind: 'stall', after: 50_000 } }]);
    const cwd = tmpFolder();
    const before = registry.requests.length;
    const child = spawn(process.execPath, [MAIN, 'pull', `${host}/team/app:1.0`], { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
    try {
      let stderr = '';
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      await expect
        .poll(() => registry.requests.slice(before).filter(({ operation }) => operation === 'blob_get').length, { timeout: 20_000 })
        .toBe(2);
      const closed = once(child, 'close');
      child.kill('SIGINT');
      expect(await closed).toEqual([105, null]);
      expect([stderr, readdirSync(cwd)]).toEqual(['error: interrupted; nothing was left behind\n', []]);
    } finally {
      child.kill('SIGKILL');
    }
  });
});

describe('loadreg pull, of what cannot be pulled', () => {
  let registry: FaultyRegistry;
  let host: string;
  const manifestType = 'application/vnd.oci.image.manifest.v1+json';
  const indexType = 'application/vnd.oci.image.index.v1+json';
  const image = imageOf([tarOf([file('a', 'x')])]);
  const put = (reference: string, manifest: Buffer | string, mediaType = manifestType, blobs: readonly Buffer[] = []) =>
    putRaw(registry.url, 'team/app', { reference, bytes: manifest, mediaType }, blobs);
  const putOne = (reference: string, one: TestImage) =>
    put(reference, one.manifest, manifestType, [one.config.bytes, ...one.layers.map((layer) => layer.bytes)]);

  beforeAll(async () => {
    registry = await startFaultyRegistry();
    host = new URL(registry.url).host;
    await putOne('1.0', image);
    const entry = { mediaType: manifestType, digest: image.digest, size: image.manifest.length };
    const manifests = [
      { ...entry, platform: { os: 'linux', architecture: 's390x' } },
      { ...entry, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
    ];
    await put('index', JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests }), indexType);
    let child: object = manifests[0] ?? {};
    for (let depth = 0; depth < 6; depth += 1) {
      const nested = JSON.stringify({
        schemaVersion: 2,
        mediaType: indexType,
        manifests: [{ ...child, platform: { os: 'linux', architecture: 'amd64' } }],
      });
      await put(depth === 5 ? 'nested' : digestOf(Buffer.from(nested)), nested, indexType);
      child = { mediaType: indexType, digest: digestOf(Buffer.from(nested)), size: nested.length };
    }
    await putOne('ids', imageOf([tarOf([])], { config: { rootfs: { type: 'layers', diff_ids: [] } } }));
    await putOne(
      'wrong-id',
      imageOf([tarOf([file('a')])], { config: { rootfs: { type: 'layers', diff_ids: [digestOf(Buffer.from('x'))] } } }),
    );
    await putOne(
      'artifact',
      imageOf([Buffer.from('no tar')], { config: { rootfs: undefined }, configType: 'application/vnd.example+json' }),
    );
    await putOne('unsafe', imageOf([tarOf([file('../evil', 'x')])]));
    await putOne('no-tar', imageOf([Buffer.from('x'.repeat(2000))]));
    const odd: Record<string, string> = {
      large: image.manifest.toString() + ' '.repeat(5 * 1024 * 1024),
      strange: image.manifest.toString().replace(/("layers":.*"digest":")[^"]*/, '$1md5:1'),
      html: '<html>',
    };
    registry.set(({ operation, reference }) => {
      const body = operation === 'manifest_get' ? odd[reference] : undefined;
      return body === undefined ? undefined : { kind: 'status', status: 200, body, headers: { 'content-type': manifestType } };
    });
  });

  it.each<[string, string[], number, RegExp]>([
    [
      'no registry',
      ['team/app:1.0'],
      104,
      /^error: image "team\/app:1\.0": names no registry \(write host:port\/repository:tag, or give --registry URL\)\n$/,
    ],
    ['a wrong tag', ['HOST/team/app:1 0'], 104, /^error: image ".*": the tag "1 0" is not valid/],
    [
      'a wrong repository',
      ['HOST/Team/app'],
      104,
      /^error: image ".*": the part "Team" of the repository is not valid \(repositories are written in lower case\)/,
    ],
    ['a wrong digest', ['HOST/team/app@sha256:12'], 104, /^error: image ".*": the digest "sha256:12" is not valid/],
    ['a host twice', ['HOST/team/app', '--registry', 'http://HOST'], 104, /looks like a host/],
    [
      'every wrong flag at once',
      ['HOST/a', '--format', 'tar', '--platform', 'amd64'],
      104,
      /^error: --format: 'tar' is no format \(one of rootfs, oci, docker-archive\)\nerror: --platform: 'amd64' is no platform/,
    ],
    ['a flag that means nothing', ['HOST/a', '--format', 'oci', '--keep-special'], 104, /^error: --keep-special: means nothing for oci/],
    ['a missing certificate', ['HOST/a', '--ca-file', 'gone.pem'], 104, /^error: --ca-file: gone\.pem: no such file/],
    ['no such tag', ['HOST/team/app:2.0'], 124, /^error: manifest_get failed with 404 MANIFEST_UNKNOWN/],
    ['no such port', ['127.0.0.1:1/team/app'], 124, /^error: .*ECONNREFUSED/],
    [
      'a missing platform',
      ['HOST/team/app:index', '--platform', 'linux/amd64'],
      124,
      /^error: the index has no linux\/amd64; it has linux\/s390x, linux\/arm64\/v8\n$/,
    ],
    [
      'an image of another platform',
      ['HOST/team/app:1.0', '--platform', 'linux/arm64'],
      124,
      /^error: the image is for linux\/amd64, not for linux\/arm64\n$/,
    ],
    ['as many diff_ids as layers, but not', ['HOST/team/app:ids'], 124, /has 0 diff_ids, and the manifest has 1 layer\n$/],
    [
      'a wrong diff_id',
      ['HOST/team/app:wrong-id'],
      124,
      /^error: layer sha256:\w+: it unpacks to sha256:\w+, and the config says sha256:\w+\n$/,
    ],
    [
      'a wrong diff_id, into an archive',
      ['HOST/team/app:wrong-id', '--format', 'docker-archive'],
      124,
      /it unpacks to sha256:\w+, and the config says/,
    ],
    [
      'indexes in indexes',
      ['HOST/team/app:nested', '--platform', 'linux/amd64'],
      124,
      /^error: sha256:\w+ is behind more than 4 indexes\n$/,
    ],
    ['a manifest of 5 MiB', ['HOST/team/app:large'], 124, /^error: manifest_get failed with 200 MANIFEST_TOO_LARGE: larger than \d+ bytes/],
    [
      'a strange digest',
      ['HOST/team/app:strange'],
      124,
      /^error: the manifest cannot be used: layers\[0\]\.digest is "md5:1", not a sha256/,
    ],
    ['a manifest that is none', ['HOST/team/app:html'], 124, /^error: the manifest cannot be used: it is no JSON\n$/],
    [
      'an artifact',
      ['HOST/team/app:artifact'],
      124,
      /\(application\/vnd\.example\+json\) is not that of an image: pull it with --format oci\n$/,
    ],
    [
      'a layer that leads out',
      ['HOST/team/app:unsafe'],
      124,
      /^error: layer sha256:\w+: the entry "\.\.\/evil" names .*, which has "\.\." in it\n$/,
    ],
    ['a layer that is no tar', ['HOST/team/app:no-tar'], 124, /^error: layer sha256:\w+: it is no tar archive/],
  ])('says in a line: %s', async (_case, args, code, message) => {
    const { stderr, exitCode, folder: cwd } = await runCli(['pull', ...args.map((arg) => arg.replace('HOST', host))]);
    expect(stderr).toMatch(message);
    expect([exitCode, readdirSync(cwd)]).toEqual([code, []]);
  });

  it('pulls the platform that was asked for, and an artifact as a layout', async () => {
    const one = await runCli(['pull', `${host}/team/app:index`, '--platform', 'linux/arm64/v8', '--json']);
    expect([one.exitCode, (JSON.parse(one.stdout) as PullJson).digest]).toEqual([0, image.digest]);
    const other = await runCli(['pull', `${host}/team/app:artifact`, '--format', 'oci']);
    expect([other.exitCode, readdirSync(join(other.folder, 'app'))]).toEqual([0, ['blobs', 'index.json', 'oci-layout']]);
  });

  it('leaves nothing where a folder of the target is a file', async () => {
    const { exitCode, stderr, files } = await runCli(['pull', `${host}/team/app:1.0`, '--dir', 'file/app'], { files: { file: 'mine' } });
    expect([exitCode, files]).toEqual([104, { file: 'mine' }]);
    expect(stderr).toMatch(/^error: --dir: 'file\/app' lies below something that is no folder \(name another place/);
  });

  it('says in a line that the name of a target is too long, which was a bare ENAMETOOLONG', async () => {
    const { exitCode, stderr, folder: cwd } = await runCli(['pull', `${host}/team/app:1.0`, '--dir', `new/${'x'.repeat(256)}`]);
    expect([exitCode, readdirSync(cwd)]).toEqual([104, []]);
    expect(stderr).toMatch(/^error: --dir: 'new\/x+' is too long a name \(name another place with --dir\)\n$/);
    const longest = 'x'.repeat(255);
    const made = await runCli(['pull', `${host}/team/app:1.0`, '--dir', longest]);
    expect([made.exitCode, readdirSync(made.folder)]).toEqual([0, [longest]]);
  });

  // A diff_id became the name of a file, and so wrote outside of the folder.
  it.each([
    ['that is a path', 'x:/../../../EVIL', /has the diff_id "x:\/\.\.\/\.\.\/\.\.\/EVIL", which is not a sha256 or sha512 digest\n$/],
    ['with a NUL', 'sha256:\0', /has the diff_id "sha256:\\u0000", which is not/],
    ['with a colour', '\u009b31m', /has the diff_id "\?31m", which is not/],
    ['of 400 characters', `sha256:${'a'.repeat(400)}`, /has the diff_id "sha256:a{111}…, which is not/],
    ['of nothing', '', /has the diff_id "", which is not/],
    ['of another algorithm', 'md5:abc', /has the diff_id "md5:abc", which is not/],
    ['that is a number', 7, /has the diff_id 7, which is not/],
  ])('refuses a diff_id %s before it writes anything', async (_what, id, message) => {
    await putOne('evil', imageOf([tarOf([file('a')])], { config: { rootfs: { type: 'layers', diff_ids: [id] } } }));
    for (const format of ['docker-archive', 'rootfs']) {
      const top = tmpFolder({ 'a/b/c/d': '' });
      const target = join(top, 'a/b/c/app');
      const { exitCode, stderr } = await runCli(['pull', `${host}/team/app:evil`, '--format', format, '--dir', target]);
      expect([exitCode, readdirSync(top, { recursive: true, encoding: 'utf8' }).toSorted()]).toEqual([
        124,
        ['a', 'a/b', 'a/b/c', 'a/b/c/d'],
      ]);
      expect(stderr).toMatch(message);
      expect(stderr).toMatch(/^error: the config sha256:\w+ .*\n$/);
    }
  });

  it.each(['rootfs', 'oci', 'docker-archive'])(
    'refuses an image of another platform, as %s, which only some formats did',
    async (format) => {
      const args = ['pull', `${host}/team/app:1.0`, '--format', format, '--platform'];
      const { exitCode, stderr, folder: cwd } = await runCli([...args, 'linux/arm64']);
      expect([exitCode, stderr, readdirSync(cwd)]).toEqual([124, 'error: the image is for linux/amd64, not for linux/arm64\n', []]);
      expect((await runCli([...args, 'linux/amd64'])).exitCode).toBe(0);
    },
  );

  it('takes an artifact, which is for no platform, as a layout of any', async () => {
    const artifact = ['pull', `${host}/team/app:artifact`, '--format', 'oci', '--platform', 'linux/arm64'];
    const plain = imageOf([Buffer.from('x')], { config: { architecture: undefined, os: undefined } });
    await putOne('plain', plain);
    expect((await runCli(artifact.map((arg) => arg.replace(':artifact', ':plain')))).exitCode).toBe(0);
  });

  it('shows no text of a registry that a terminal would obey', async () => {
    const platform = { os: 'linux', architecture: '\u001b[2J\u202eevil' };
    const entry = { mediaType: manifestType, digest: image.digest, size: image.manifest.length, platform };
    await put('escape', JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests: [entry] }), indexType);
    const one = await runCli(['pull', `${host}/team/app:escape`]);
    expect(one.stderr).toMatch(/^error: the index has no linux\/\w+; it has linux\/\?\[2J\?evil\n$/);
    await putOne('escape', imageOf([tarOf([])], { config: platform }));
    const other = await runCli(['pull', `${host}/team/app:escape`, '--platform', 'linux/amd64']);
    expect(other.stderr).toBe('error: the image is for linux/?[2J?evil, not for linux/amd64\n');
  });

  it.each([
    ['rootfs', ['a']],
    ['oci', ['blobs', 'index.json', 'oci-layout']],
  ])('fills an empty folder that is there without putting another one in its place: %s', async (format, names) => {
    const into = join(tmpFolder({ 'into/x': '' }), 'into');
    rmSync(join(into, 'x'));
    chmodSync(into, 0o2710);
    const before = statSync(into);
    const { exitCode } = await runCli(['pull', `${host}/team/app:1.0`, '--format', format, '--dir', into]);
    expect([exitCode, readdirSync(into)]).toEqual([0, names]);
    const { ino, mode, uid, gid } = before;
    expect(statSync(into)).toMatchObject({ ino, mode, uid, gid });
  });

  it('fills the folder that it is in', async () => {
    const { exitCode, stderr, folder: cwd } = await runCli(['pull', `${host}/team/app:1.0`, '--dir', '.']);
    expect([stderr, exitCode, readdirSync(cwd)]).toEqual(['', 0, ['a']]);
  });

  it('leaves an empty folder that is there empty when it fails', async () => {
    const { exitCode, folder: cwd } = await runCli(['pull', `${host}/team/app:no-tar`, '--dir', '.']);
    expect([exitCode, readdirSync(cwd)]).toEqual([124, []]);
  });

  it.each([
    ['read-only', 0o555],
    ['closed to everybody', 0o000],
  ])('moves a root file system whose root is %s, for nobody in particular', async (_what, mode) => {
    const closed = [folder('.', { mode }), folder('ro', { mode: 0o555 }), file('ro/f', 'x')];
    await putOne('closed', imageOf([tarOf(closed)]));
    await putOne('closed-wrong', imageOf([tarOf(closed), Buffer.from('x'.repeat(2000))]));
    const cwd = tmpFolder();
    mkdirSync(join(cwd, 'there'));
    for (const path of [cwd, join(cwd, 'there')]) chmodSync(path, 0o777);
    const pull = async (tag: string, dir: string) => {
      const user = asRoot ? { uid: 65_534, gid: 65_534 } : {};
      const env = { PATH: process.env['PATH'], HOME: cwd };
      const child = spawn(process.execPath, [MAIN, 'pull', `${host}/team/app:${tag}`, '--dir', dir], { cwd, env, ...user });
      let stderr = '';
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      child.stdout.resume();
      const [exitCode] = (await once(child, 'close')) as [number];
      return { exitCode, stderr };
    };
    expect(await pull('closed', 'new')).toEqual({ exitCode: 0, stderr: '' });
    expect(await pull('closed', 'there')).toEqual({ exitCode: 0, stderr: '' });
    const modes = ['new', 'there', 'there/ro'].map((name) => statSync(join(cwd, name)).mode & 0o777);
    expect(modes).toEqual([mode, 0o777, 0o555]);
    // What cannot be unpacked is removed, read-only folders and all, and what was wrong is said.
    expect(await pull('closed-wrong', 'wrong')).toEqual({ exitCode: 124, stderr: expect.stringMatching(/no tar archive/) as string });
    expect(readdirSync(cwd).toSorted()).toEqual(['new', 'there']);
    for (const name of ['new', 'new/ro', 'there/ro']) chmodSync(join(cwd, name), 0o755);
  });

  it('tries a download only once that the disk does not take, and says where', async () => {
    await putOne('big', imageOf([tarOf([file('noise', randomBytes(400_000))])]));
    const cwd = tmpFolder();
    const { exitCode, stderr, stdout } = await run('sh', [
      '-c',
      'ulimit -f 200; exec "$0" "$@"',
      process.execPath,
      MAIN,
      'pull',
      `${host}/team/app:big`,
      '--json',
      '--dir',
      join(cwd, 'app'),
    ]);
    expect([exitCode, readdirSync(cwd)]).toEqual([124, []]);
    expect(stderr).toMatch(/^error: \/.*\/\.loadreg-\w+\/blobs\/\S+ could not be written: EFBIG: /);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, retries: 0, error: { code: 'EFBIG' } });
  });

  it('takes the registry from the environment', async () => {
    const { exitCode } = await runCli(['pull', 'team/app:1.0'], { env: { LOADREG_REGISTRY: registry.url } });
    expect(exitCode).toBe(0);
  });

  it('refuses a target that became something while it pulled', async () => {
    const cwd = tmpFolder();
    registry.set((request) => {
      if (request.operation === 'blob_get') writeFileSync(join(cwd, 'app'), 'mine');
      return undefined;
    });
    const { exitCode, stderr } = await runCli(['pull', `${host}/team/app:1.0`, '--dir', join(cwd, 'app')]);
    registry.set([]);
    expect([exitCode, readdirSync(cwd), statSync(join(cwd, 'app')).size]).toEqual([104, ['app'], 4]);
    expect(stderr).toContain('is there already');
  });
});
