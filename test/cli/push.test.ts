import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Blobs,
  blobName,
  configOf,
  descriptor,
  digestOf,
  type Entry,
  entriesOf,
  fileOf,
  hex,
  json,
  layerOf,
  layoutOf,
  named,
  ociImage,
  oldDockerSave,
  put,
  tarOf,
  TYPES,
} from '../archive/read-make.ts';
import { type FaultyRegistry, startFaultyRegistry } from '../support/faulty-registry.ts';
import { MAIN, runCli, spawnCli } from '../support/run-cli.ts';
import { tmpFolder } from '../support/tmp.ts';

interface Pushed {
  ok: boolean;
  images: { reference: string; digest: string; uploaded: number; existed: number; mounted: number; bytes: number }[];
  notes: string[];
  retries: number;
  requests: { operation: string; status: number; path: string; bodyBytes: number }[];
  error?: { code?: string; message: string; exit: number };
}
interface Fields {
  mediaType: string;
  config: { mediaType: string; digest: string; size: number };
  layers: { mediaType: string; digest: string; size: number }[];
}

const ACCEPT = Object.values(TYPES).join(', ');
const BASE = layerOf('the base');
const TOP = layerOf('the top');
/** Named so that folders sort against the order of the layers. */
const DUPLICATES = oldDockerSave([TOP, BASE, TOP]);

let registry: FaultyRegistry;
let count = 0;
beforeAll(async () => {
  registry = await startFaultyRegistry();
});

/** A repository that no other test pushes to. */
const fresh = () => `${registry.url.replace('http://', '')}/push/n${(count += 1)}`;

async function pushed(path: string, image: string, flags: readonly string[] = [], env: Record<string, string> = {}): Promise<Pushed> {
  const { stdout, stderr, exitCode } = await runCli(['push', path, image, '--json', ...flags], { env });
  expect([stderr, exitCode]).toEqual(['', 0]);
  return JSON.parse(stdout) as Pushed;
}

async function manifestOf(image: string): Promise<{ fields: Fields; bytes: Buffer; mediaType: string }> {
  const [, repository, reference] = /^[^/]+\/(.+?)(?::([^:/]+))?$/.exec(image) as unknown as [string, string, string?];
  const answer = await fetch(`${registry.url}/v2/${repository}/manifests/${reference ?? 'latest'}`, { headers: { accept: ACCEPT } });
  const bytes = Buffer.from(await answer.arrayBuffer());
  return { fields: JSON.parse(bytes.toString()) as Fields, bytes, mediaType: answer.headers.get('content-type') ?? '' };
}

async function blobOf(image: string, digest: string): Promise<Buffer> {
  const repository = image.replace(/^[^/]+\//, '').replace(/:[^:/]+$/, '');
  return Buffer.from(await (await fetch(`${registry.url}/v2/${repository}/blobs/${digest}`)).arrayBuffer());
}

/** The requests of one run. */
async function during<T>(work: () => Promise<T>): Promise<{ result: T; requests: FaultyRegistry['requests'] }> {
  const before = registry.requests.length;
  const result = await work();
  return { result, requests: registry.requests.slice(before) };
}

/** Layers are checked while they are sent, so blobs may go out before an archive is refused. */
const manifestPuts = (requests: FaultyRegistry['requests']) => requests.filter(({ operation }) => operation === 'manifest_put');

/** What docker 25 and newer save: an `index.json`, and the config without `.json`. */
function newDockerSave(): { path: string; config: Buffer; manifest: Buffer } {
  const blobs: Blobs = {};
  const manifest = ociImage(blobs, [BASE, TOP], { type: TYPES.tar, pack: (tar) => tar });
  const config = configOf([digestOf(BASE), digestOf(TOP)]);
  const layers = [BASE, TOP].map((layer) => blobName(digestOf(layer)));
  const files = {
    ...layoutOf(blobs, [descriptor(TYPES.manifest, manifest, named('1.0'))]),
    'manifest.json': json([{ Config: blobName(digestOf(config)), RepoTags: ['team/app:1.0'], Layers: layers }]),
  };
  return { path: fileOf(tarOf(entriesOf(files))), config, manifest };
}

/** Where the scripts of the article that loadreg comes from went wrong: each row is one of their mistakes. */
describe('docker push by hand does not repeat the mistakes of the scripts', () => {
  it('layers go in the order of manifest.json, not in that of the files', async () => {
    const entries = oldDockerSave([BASE, TOP]);
    for (const order of [entries, entries.toReversed()]) {
      const image = `${fresh()}:1`;
      await pushed(fileOf(tarOf(order)), image);
      expect((await manifestOf(image)).fields.layers.map(({ digest }) => digest)).toEqual([digestOf(BASE), digestOf(TOP)]);
    }
  });

  it('every size and digest is that of the bytes that were sent', async () => {
    for (const flags of [[], ['--compress']]) {
      const image = `${fresh()}:1`;
      await pushed(fileOf(tarOf(oldDockerSave([BASE, TOP]))), image, flags);
      const { fields } = await manifestOf(image);
      for (const { digest, size } of [fields.config, ...fields.layers]) {
        const bytes = await blobOf(image, digest);
        expect([digestOf(bytes), bytes.length]).toEqual([digest, size]);
      }
    }
  });

  it('an uncompressed layer is not declared as gzip, nor a compressed one as plain', async () => {
    const types: string[][] = [];
    for (const flags of [[], ['--compress']]) {
      const image = `${fresh()}:1`;
      await pushed(fileOf(tarOf(oldDockerSave([BASE]))), image, flags);
      const { fields, mediaType } = await manifestOf(image);
      const [layer] = fields.layers as [Fields['layers'][number]];
      const gzip = (await blobOf(image, layer.digest)).subarray(0, 2).equals(Buffer.from([0x1f, 0x8b]));
      types.push([mediaType, layer.mediaType, String(gzip)]);
    }
    expect(types).toEqual([
      [TYPES.dockerManifest, TYPES.dockerTar, 'false'],
      [TYPES.dockerManifest, TYPES.dockerGzip, 'true'],
    ]);
  });

  it('each blob has an upload session of its own, the config too', async () => {
    const { requests } = await during(() => pushed(fileOf(tarOf(oldDockerSave([BASE, TOP]))), `${fresh()}:1`));
    const of = (operation: string) => requests.filter((request) => request.operation === operation);
    expect([of('upload_start').length, of('upload_put').length]).toEqual([3, 3]);
    expect(new Set(of('upload_put').map(({ reference }) => reference)).size).toBe(3);
  });

  it('the URL of an upload is the one that the registry gave, its state included', async () => {
    for (const [flags, operations] of [
      [[], ['upload_put']],
      [
        ['--push-mode', 'stream'],
        ['upload_patch', 'upload_finish'],
      ],
    ] as const) {
      const { requests } = await during(() => pushed(fileOf(tarOf(oldDockerSave([BASE]))), `${fresh()}:1`, flags));
      const uploads = requests.filter(({ operation }) => (operations as readonly string[]).includes(operation));
      expect(uploads).toHaveLength(2 * operations.length);
      for (const { url } of uploads) expect(url).toMatch(/\?.*state=/);
    }
  });

  it.each(['monolithic', 'stream', 'chunked', 'single-post'])('a blob is sent once, by %s', async (mode) => {
    const image = `${fresh()}:1`;
    const { requests, bytes, digest } = await pushed(fileOf(tarOf(oldDockerSave([BASE, TOP]))), image, ['--push-mode', mode]).then(
      (result) => ({
        requests: result.requests,
        bytes: result.requests.filter(({ operation }) => operation.startsWith('upload')).reduce((sum, one) => sum + one.bodyBytes, 0),
        digest: digestOf(BASE),
      }),
    );
    const { fields } = await manifestOf(image);
    expect(bytes).toBe(BASE.length + TOP.length + fields.config.size);
    expect((await blobOf(image, digest)).equals(BASE)).toBe(true);
    expect(requests.filter(({ status }) => status >= 400 && status !== 404)).toEqual([]);
  });

  it('every blob is stored under its own digest', async () => {
    const layers = Array.from({ length: 5 }, (_, index) => layerOf(`layer ${index}`));
    const image = `${fresh()}:1`;
    await pushed(fileOf(tarOf(oldDockerSave(layers))), image);
    for (const layer of layers) expect((await blobOf(image, digestOf(layer))).equals(layer)).toBe(true);
  });

  it('the config is the one that the archive names, whatever it is called, byte for byte', async () => {
    const { path, config, manifest } = newDockerSave();
    const image = `${fresh()}:1`;
    await pushed(path, image);
    const pushedManifest = await manifestOf(image);
    expect(pushedManifest.bytes.equals(manifest)).toBe(true);
    expect((await blobOf(image, pushedManifest.fields.config.digest)).equals(config)).toBe(true);

    const odd = configOf([digestOf(BASE)], { author: 'odd' });
    const files = {
      'index.json': odd,
      'other.json': '{}',
      'x.tar': BASE,
      'manifest.json': json([{ Config: 'index.json', RepoTags: null, Layers: ['x.tar'] }]),
    };
    const other = `${fresh()}:1`;
    await pushed(fileOf(tarOf(entriesOf(files))), other);
    expect((await manifestOf(other)).fields.config.digest).toBe(digestOf(odd));
  });

  it.each(['tokens', 'a password'])('credentials are given where they are asked for, for %s', async (how) => {
    const login = { username: 'tester', password: 'a secret: of tests' };
    const closed = await startFaultyRegistry(how === 'tokens' ? { tokenAuth: login } : { basicAuth: login });
    const env = { LOADREG_USERNAME: login.username, LOADREG_PASSWORD: login.password };
    const args = ['push', fileOf(tarOf(oldDockerSave([BASE]))), `${closed.url.replace('http://', '')}/team/app:1`];
    const { stderr, exitCode } = await runCli(args, { env });
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect((await runCli(args, { env: { ...env, LOADREG_PASSWORD: 'another one' } })).exitCode).toBe(124);
  });

  it('a Location without a host is followed from where it came', async () => {
    const { requests } = await during(() => pushed(fileOf(tarOf(oldDockerSave([BASE]))), `${fresh()}:1`));
    const [sent] = requests.filter(({ operation }) => operation === 'upload_put');
    expect(sent?.url).toMatch(/^\/v2\/push\/n\d+\/blobs\/uploads\//);
  });

  it.each([
    ['upload_start', 'DENIED'],
    ['upload_put', 'SIZE_INVALID'],
    ['blob_head', 'HTTP_400'],
    ['manifest_put', 'MANIFEST_INVALID'],
  ])('a refusal of %s ends the push, and no manifest follows', async (operation, code) => {
    registry.set([{ operation, fault: { kind: 'status', status: 400, code } }]);
    try {
      const image = `${fresh()}:1`;
      const { result, requests } = await during(() => runCli(['push', fileOf(tarOf(oldDockerSave([BASE]))), image, '--json']));
      const { ok, error } = JSON.parse(result.stdout) as Pushed;
      expect([result.exitCode, ok, error?.code, error?.exit]).toEqual([124, false, code, 124]);
      expect(result.stderr).toMatch(/^error: .+\n(hint: .+\n)?$/);
      expect(requests.filter((request) => request.operation === 'manifest_put').length).toBe(operation === 'manifest_put' ? 1 : 0);
    } finally {
      registry.set([]);
    }
  });

  it('no carriage return of a header gets into a URL', async () => {
    const { requests } = await during(() => pushed(fileOf(tarOf(oldDockerSave([BASE]))), `${fresh()}:1`));
    expect(requests.filter(({ url }) => /%0d|%0a|\s/i.test(url))).toEqual([]);
  });

  it('a layer that comes twice is sent once and listed twice', async () => {
    const image = `${fresh()}:1`;
    const { requests } = await during(() => pushed(fileOf(tarOf(DUPLICATES)), image));
    expect(requests.filter(({ operation }) => operation === 'upload_put')).toHaveLength(3);
    expect((await manifestOf(image)).fields.layers.map(({ digest }) => digest)).toEqual([TOP, BASE, TOP].map((layer) => digestOf(layer)));
  });

  it('a file is never held in memory', async () => {
    const size = 320 * 1024 * 1024;
    const path = sparseArchive(size);
    const image = `${fresh()}:1`;
    const hook = "process.on('exit',()=>require('node:fs').writeFileSync('rss',String(process.resourceUsage().maxRSS)))";
    const rssFolder = tmpFolder({ 'hook.cjs': hook.replace("'rss'", 'process.env.RSS_FILE') });
    const { stderr, exitCode } = await spawnCli(['push', path, image], {
      env: { NODE_OPTIONS: `--require=${join(rssFolder, 'hook.cjs')}`, RSS_FILE: join(rssFolder, 'rss') },
    });
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(Number(readFileSync(join(rssFolder, 'rss'), 'utf8')) * 1024).toBeLessThan(200_000_000);
    expect((await manifestOf(image)).fields.layers[0]?.size).toBeGreaterThan(size);
  });
});

describe('docker pull by hand does not repeat the mistakes of the scripts', () => {
  /** Pushed once; its layers sort by digest against their order, and the second one deletes a file of the first. */
  let image: string;
  const first = tarOf([
    { name: 'kept', content: 'old' },
    { name: 'gone', content: 'x' },
  ]);
  const second = tarOf([{ name: 'kept', content: 'new' }, { name: '.wh.gone' }]);
  beforeAll(async () => {
    image = `${fresh()}:1`;
    await pushed(fileOf(tarOf(oldDockerSave([first, second, second]))), image, ['--compress']);
  });

  it('the manifest is asked for by every type that is understood, and never converted to schema 1', async () => {
    const { requests } = await during(() => runCli(['pull', image]));
    const asked = requests.filter(({ operation }) => operation === 'manifest_get');
    expect(asked.length).toBeGreaterThan(0);
    for (const { headers } of asked) {
      for (const type of [TYPES.manifest, TYPES.index, TYPES.dockerManifest]) expect(headers.accept).toContain(type);
      expect(headers.accept).not.toContain('docker.distribution.manifest.v1');
    }
  });

  it('a layer that comes twice is downloaded once', async () => {
    const { requests } = await during(() => runCli(['pull', image]));
    const blobs = requests.filter(({ operation }) => operation === 'blob_get').map(({ reference }) => reference);
    expect([blobs.length, new Set(blobs).size]).toEqual([3, 3]);
  });

  it('layers are unpacked in the order of the manifest, with whiteouts', async () => {
    const { files, exitCode } = await runCli(['pull', image, '--dir', 'root']);
    expect([exitCode, files]).toEqual([0, { 'root/kept': 'new' }]);
  });

  it('what is not what the digest says is refused, and nothing is left', async () => {
    registry.set([{ operation: 'blob_get', fault: { kind: 'corrupt' } }]);
    try {
      const { files, exitCode } = await runCli(['pull', image, '--dir', 'root']);
      expect([exitCode, files]).toEqual([124, {}]);
    } finally {
      registry.set([]);
    }
  });

  it('a layer that would write outside of its folder is refused, and nothing is left', async () => {
    const evil = `${fresh()}:1`;
    await pushed(fileOf(tarOf(oldDockerSave([tarOf([{ name: '../outside', content: 'x' }])]))), evil);
    const { files, exitCode } = await runCli(['pull', evil, '--dir', 'deep/root']);
    expect([exitCode, files]).toEqual([124, {}]);
  });
});

describe('loadreg push', () => {
  const two = () => {
    const files = {
      'a.json': configOf([digestOf(BASE)]),
      'b.json': configOf([digestOf(TOP)]),
      'base.tar': BASE,
      'top.tar': TOP,
      'manifest.json': json([
        { Config: 'a.json', RepoTags: ['team/app:1.0', 'team/app:stable'], Layers: ['base.tar'] },
        { Config: 'b.json', RepoTags: ['team/app:2.0'], Layers: ['top.tar'] },
      ]),
    };
    return fileOf(tarOf(entriesOf(files)));
  };

  it('pushes every image of an archive under its tags where no tag is given', async () => {
    const repository = fresh();
    const { images } = await pushed(two(), repository);
    const name = repository.replace(/^[^/]+\//, '');
    expect(images.map(({ reference }) => reference)).toEqual([`${name}:1.0`, `${name}:stable`, `${name}:2.0`]);
    expect((await manifestOf(`${repository}:2.0`)).fields.layers[0]?.digest).toBe(digestOf(TOP));
    expect((await manifestOf(`${repository}:stable`)).fields.layers[0]?.digest).toBe(digestOf(BASE));
  });

  it('pushes the one image that has the tag given', async () => {
    const repository = fresh();
    expect((await pushed(two(), `${repository}:2.0`)).images).toHaveLength(1);
    expect((await manifestOf(`${repository}:2.0`)).fields.layers[0]?.digest).toBe(digestOf(TOP));
  });

  it('calls an image without a name latest', async () => {
    const repository = fresh();
    const { images } = await pushed(fileOf(tarOf(oldDockerSave([BASE], { tags: null }))), repository);
    expect(images.map(({ reference }) => reference.split(':')[1])).toEqual(['latest']);
  });

  it('pushes the images of an index before it, by digest', async () => {
    const blobs: Blobs = {};
    const amd = ociImage(blobs, [BASE]);
    const arm = ociImage(blobs, [TOP], { config: { architecture: 'arm64' } });
    const platform = (architecture: string) => ({ platform: { os: 'linux', architecture } });
    const index = json({
      schemaVersion: 2,
      mediaType: TYPES.index,
      manifests: [descriptor(TYPES.manifest, amd, platform('amd64')), descriptor(TYPES.manifest, arm, platform('arm64'))],
    });
    put(blobs, index);
    const path = tmpFolder(layoutOf(blobs, [descriptor(TYPES.index, index, named('1.0'))]));
    const image = `${fresh()}:1.0`;
    const { requests } = await during(() => pushed(path, image));
    const puts = requests.filter(({ operation }) => operation === 'manifest_put').map(({ reference }) => reference);
    expect(puts).toEqual([digestOf(amd), digestOf(arm), '1.0']);
    expect((await manifestOf(image)).bytes.equals(index)).toBe(true);
  });

  it('says which platforms an archive does not have', async () => {
    const blobs: Blobs = {};
    const amd = ociImage(blobs, [BASE]);
    const gone = { mediaType: TYPES.manifest, digest: digestOf('gone'), size: 4, platform: { os: 'linux', architecture: 'arm64' } };
    const index = json({
      schemaVersion: 2,
      mediaType: TYPES.index,
      manifests: [descriptor(TYPES.manifest, amd, { platform: { os: 'linux', architecture: 'amd64' } }), gone],
    });
    put(blobs, index);
    const path = tmpFolder(layoutOf(blobs, [descriptor(TYPES.index, index, named('1.0'))]));
    const { stdout, exitCode } = await runCli(['push', path, fresh()]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/\nnote: not in the archive, and left out of the index, which gets another digest by it: linux\/arm64\n$/);
  });

  it('never sends a foreign layer', async () => {
    const blobs: Blobs = {};
    const foreign = descriptor(TYPES.foreign, Buffer.from('elsewhere'), { urls: ['https://example.com/layer'] });
    const config = configOf([digestOf('x'), digestOf(TOP)]);
    const top = gzipSync(TOP);
    const manifest = json({
      schemaVersion: 2,
      mediaType: TYPES.manifest,
      config: descriptor(TYPES.config, config),
      layers: [foreign, descriptor(TYPES.gzip, top)],
    });
    for (const blob of [config, top, manifest]) put(blobs, blob);
    const path = tmpFolder(layoutOf(blobs, [descriptor(TYPES.manifest, manifest, named('1.0'))]));
    const image = `${fresh()}:1.0`;
    const { requests } = await during(() => pushed(path, image));
    expect(requests.filter(({ reference, url }) => reference === foreign.digest || url.includes(hex(foreign.digest)))).toEqual([]);
    expect((await manifestOf(image)).fields.layers[0]).toEqual(foreign);
  });

  it('mounts what another repository has', async () => {
    const path = fileOf(tarOf(oldDockerSave([BASE])));
    const from = fresh();
    await pushed(path, `${from}:1`);
    const { images } = await pushed(path, `${fresh()}:1`, ['--mount-from', from.replace(/^[^/]+\//, '')]);
    expect(images[0]).toMatchObject({ uploaded: 0, mounted: 2 });
  });

  it('shows every request, the result and nothing else', async () => {
    const image = `${fresh()}:1`;
    const { stdout, stderr, exitCode } = await spawnCli(['push', fileOf(tarOf(oldDockerSave([BASE]))), image]);
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(stdout).toMatch(/^operation +what +status/);
    expect(stdout).toMatch(/\nmanifest_put +1 +201 /);
    expect(stdout).toMatch(/\npushed \S+ \(sha256:[0-9a-f]{64}\): blobs 2 uploaded, 0 there already; /);
  });

  it.each<[string, () => string[], number, RegExp]>([
    ['a path where nothing is', () => ['gone.tar', fresh()], 104, /^error: gone.tar: no such file or folder\n$/],
    [
      'a file that is no image',
      () => [fileOf(Buffer.from('hello')), fresh()],
      104,
      /^error: image.tar: is no image: it is no tar archive\nhint: what docker save/,
    ],
    [
      'an archive that is cut off',
      () => [fileOf(tarOf(oldDockerSave([BASE])).subarray(0, 3200)), fresh()],
      104,
      /^error: image.tar: is cut off in the middle of "\w+\/layer.tar"\n$/,
    ],
    [
      'a wrong diff_id',
      () => [fileOf(tarOf(oldDockerSave([BASE], { config: configOf([digestOf('x')]) }))), fresh()],
      104,
      /^error: image.tar: the layer \w+\/layer.tar is not what it should be: its diff_id is sha256:\w+, but its bytes give sha256:\w+\n$/,
    ],
    [
      'a reference that does not parse',
      () => [two(), '127.0.0.1:1/Team/app'],
      104,
      /^error: image "127.0.0.1:1\/Team\/app": the part "Team" of the repository is not valid/,
    ],
    [
      'a digest to push to',
      () => [two(), `${fresh()}@${digestOf('x')}`],
      104,
      /^error: image ".*": names a digest \(a push needs a tag, or none\)\n$/,
    ],
    ['no registry', () => [two(), 'team/app:1'], 104, /^error: image "team\/app:1": names no registry/],
    [
      'a tag that no image has',
      () => [two(), `${fresh()}:3.0`],
      104,
      /^error: image.tar: holds 2 images, and none with the tag "3.0" \(there is team\/app:1.0, team\/app:stable, team\/app:2.0\)\n$/,
    ],
    ['an unknown mode', () => [two(), fresh(), '--push-mode', 'fast'], 104, /^error: --push-mode: "fast" is not valid \(one of monolithic/],
    ['a registry that is not there', () => [two(), '127.0.0.1:1/team/app:1.0'], 124, /^error: .*ECONNREFUSED.*\n$/],
  ])('explains %s in a line', async (_case, args, exit, message) => {
    const { result, requests } = await during(() => runCli(['push', ...args()]));
    expect([result.exitCode, manifestPuts(requests)]).toEqual([exit, []]);
    expect(result.stderr).toMatch(message);
  });

  it('sends no manifest of an archive that is not what it says', async () => {
    const bad = configOf([digestOf(BASE), digestOf('x')]);
    const { result, requests } = await during(() =>
      runCli(['push', fileOf(tarOf(oldDockerSave([BASE, TOP], { config: bad }))), fresh(), '--json']),
    );
    expect([result.exitCode, manifestPuts(requests)]).toEqual([104, []]);
    expect(JSON.parse(result.stdout)).toMatchObject({ ok: false, images: [], error: { exit: 104 } });
  });

  it('says that a registry does not take the media type', async () => {
    registry.set([{ operation: 'manifest_put', fault: { kind: 'status', status: 415, code: 'MANIFEST_INVALID' } }]);
    try {
      const { stderr, exitCode } = await runCli(['push', fileOf(tarOf(oldDockerSave([BASE]))), `${fresh()}:1`]);
      expect(exitCode).toBe(124);
      expect(stderr).toMatch(/^error: .*MANIFEST_INVALID.*\n$/);
    } finally {
      registry.set([]);
    }
  });

  it('ends at Ctrl+C in the middle of an upload, with a line', async () => {
    registry.set([{ operation: 'upload_put', fault: { kind: 'hang' } }]);
    try {
      const before = registry.requests.length;
      const child = spawn(process.execPath, [MAIN, 'push', fileOf(tarOf(oldDockerSave([BASE]))), `${fresh()}:1`], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let stderr = '';
      child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
      const exited = once(child, 'exit');
      const hanging = () => registry.requests.slice(before).some(({ operation }) => operation === 'upload_put');
      while (!hanging() && child.exitCode === null) await setTimeout(5);
      child.kill('SIGINT');
      expect(await exited).toEqual([105, null]);
      expect(stderr).toMatch(/^error: interrupted[^\n]*\n$/);
    } finally {
      registry.set([]);
    }
  });

  it('says how it is used', async () => {
    const { stdout, exitCode } = await runCli(['push', '--help']);
    expect(exitCode).toBe(0);
    for (const flag of ['--compress', '--push-mode', '--chunk-size', '--mount-from', '--client', '--json', '--registry'])
      expect(stdout).toContain(flag);
  });
});

/** A docker archive with one layer of a file of zeros, which takes no room on disk. */
function sparseArchive(size: number): string {
  const path = join(tmpFolder(), 'big.tar');
  const file = tarOf([{ name: 'zeros', size }], false);
  const end = Buffer.alloc(1024);
  const hash = createHash('sha256').update(file);
  for (let at = 0; at < size; at += 1024 * 1024) hash.update(Buffer.alloc(1024 * 1024));
  const config = configOf([`sha256:${hash.update(end).digest('hex')}`]);
  const layerSize = file.length + size + end.length;
  const small: Entry[] = entriesOf({ 'c.json': config, 'manifest.json': json([{ Config: 'c.json', RepoTags: null, Layers: ['l.tar'] }]) });
  writeFileSync(path, Buffer.concat([tarOf(small, false), tarOf([{ name: 'l.tar', size: layerSize }], false), file]));
  const start = readFileSync(path).length;
  truncateSync(path, start + size + end.length + 1024);
  return path;
}
