import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { extractRootfs } from '../../src/archive/index.ts';
import { file, folder, hardlink, layerOf, newParent, type RawEntry, symlink, tarOf, treeOf, unpack } from './rootfs-support.ts';

/** Names below a folder, files and folders, without the root. */
const namesIn = (root: string) => readdirSync(root, { recursive: true, encoding: 'utf8' }).toSorted();

describe('the root file system of layers', () => {
  it('has files, folders, links, permissions and times', async () => {
    const { root, report } = await unpack([
      [
        folder('./'),
        folder('bin', { mode: 0o711, mtime: 1_111_111_111 }),
        file('bin/tool', '#!/bin/sh\n', { mode: 0o751, mtime: 1_222_222_222 }),
        symlink('bin/t', 'tool'),
        symlink('etc-away', '/etc/passwd'),
        hardlink('tool-too', 'bin/tool'),
        folder('tmp', { mode: 0o1777 }),
      ],
    ]);
    expect(readFileSync(join(root, 'bin/tool'), 'utf8')).toBe('#!/bin/sh\n');
    expect(statSync(join(root, 'bin/tool'))).toMatchObject({ mode: 0o100751, mtimeMs: 1_222_222_222_000, nlink: 2 });
    expect(statSync(join(root, 'bin'))).toMatchObject({ mode: 0o40711, mtimeMs: 1_111_111_111_000 });
    expect(statSync(join(root, 'tmp')).mode).toBe(0o41777);
    expect(readlinkSync(join(root, 'bin/t'))).toBe('tool');
    expect(readlinkSync(join(root, 'etc-away'))).toBe('/etc/passwd');
    expect(statSync(join(root, 'tool-too')).ino).toBe(statSync(join(root, 'bin/tool')).ino);
    expect(report).toMatchObject({ entries: 7, whiteouts: 0, specials: 0, setIds: 0, xattrs: 0, caseCollisions: 0 });
  });

  it.each([
    ['as they are', (tar: Buffer) => tar],
    ['gzipped', (tar: Buffer) => gzipSync(tar)],
    ['gzipped in two members', (tar: Buffer) => Buffer.concat([gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700))])],
  ])('takes layers %s', async (_how, pack) => {
    const { root } = await unpack([pack(tarOf([file('a', 'x'.repeat(3000))]))]);
    expect(readFileSync(join(root, 'a'), 'utf8')).toBe('x'.repeat(3000));
  });

  it('takes a tar in pieces of any size', async () => {
    const tar = tarOf([folder('d'), file('d/a', 'x'.repeat(1500)), file('d/b', '', { pax: { path: `d/${'n'.repeat(150)}` } })]);
    for (const size of [1, 7, 511, 512, 513, 4096]) {
      const root = join(newParent(), 'root');
      const open = async function* () {
        for (let at = 0; at < tar.length; at += size) yield tar.subarray(at, at + size);
      };
      await extractRootfs([{ name: 'layer', open }], root);
      expect(namesIn(root)).toEqual(['d', 'd/a', `d/${'n'.repeat(150)}`]);
    }
  });

  it('takes a tar that ends without its padding and its end, as umoci writes it', async () => {
    const tar = tarOf([file('a', 'abc')]);
    const { root } = await unpack([tar.subarray(0, 512 + 3)]);
    expect(readFileSync(join(root, 'a'), 'utf8')).toBe('abc');
  });

  it.each([
    ['pax', (name: string) => [file('short', 'x', { pax: { path: name, mtime: '1234567890.5' } })]],
    ['GNU', (name: string) => [file('././@LongLink', `${name}\0`, { type: 'L' }), file('short', 'x')]],
  ])('takes long names of %s', async (_kind, entries) => {
    const name = `${'d'.repeat(120)}/${'f'.repeat(200)}`;
    const { root } = await unpack([entries(name)]);
    expect(readFileSync(join(root, name), 'utf8')).toBe('x');
  });

  it('takes long targets of links', async () => {
    const target = 't'.repeat(180);
    const gnu = file('././@LongLink', `${target}\0`, { type: 'K' });
    const { root } = await unpack([[symlink('a', 'short', { pax: { linkpath: target } }), gnu, symlink('b', 'short')]]);
    expect([readlinkSync(join(root, 'a')), readlinkSync(join(root, 'b'))]).toEqual([target, target]);
  });

  it('keeps names byte for byte, whether they are UTF-8 or not', async () => {
    const names = [Buffer.from('caf\xe9', 'latin1'), Buffer.from('café'), Buffer.from('\ufeffbom')];
    const { root } = await unpack([names.map((name) => file(name, 'x'))]);
    const found = readdirSync(root, { encoding: 'buffer' }).map((name) => name.toString('hex'));
    expect(found.toSorted()).toEqual(names.map((name) => name.toString('hex')).toSorted());
  });

  it('makes the folders that no entry names', async () => {
    const { root } = await unpack([[file('a/b/c', 'x')]]);
    expect(statSync(join(root, 'a/b')).mode).toBe(0o40755);
  });

  it('takes absolute names as below the root, as the builders that write them mean it', async () => {
    const { root } = await unpack([[file('/app/run', 'x'), hardlink('/app/again', '/app/run')]]);
    expect(namesIn(root)).toEqual(['app', 'app/again', 'app/run']);
  });

  it('gives what is written to a folder of a lower layer no time of its own', async () => {
    const { root } = await unpack([
      [folder('d', { mtime: 1_111_111_111 }), file('d/a')],
      [file('d/b'), file('d/.wh.a')],
    ]);
    expect(namesIn(root)).toEqual(['d', 'd/b']);
    expect(statSync(join(root, 'd')).mtimeMs).toBe(1_111_111_111_000);
  });

  it('is written even where the permissions of its folders forbid it', async () => {
    const { root } = await unpack([[folder('d', { mode: 0o555 }), file('d/a', 'x')], [file('d/b', 'y')]]);
    expect(statSync(join(root, 'd')).mode).toBe(0o40555);
    expect(readFileSync(join(root, 'd/b'), 'utf8')).toBe('y');
  });

  it.each<[string, RawEntry[], RawEntry[], string[]]>([
    ['a file by a file', [file('x', 'old')], [file('x', 'new')], ['./x 100644 x1']],
    ['a link by a file', [file('y', 'old'), symlink('x', 'y')], [file('x', 'new')], ['./x 100644 x1', './y 100644 x1']],
    ['a file by a folder', [file('x', 'old')], [folder('x'), file('x/a')], ['./x 40755', './x/a 100644 x1']],
    ['a folder by a file', [file('x/a/b', 'old')], [file('x', 'new')], ['./x 100644 x1']],
    [
      'a link to a folder by a folder',
      [folder('y'), symlink('x', 'y')],
      [folder('x'), file('x/a')],
      ['./x 40755', './x/a 100644 x1', './y 40755'],
    ],
    ['a folder by a link', [file('x/a')], [symlink('x', 'y')], ['./x link y']],
    ['permissions of a folder', [folder('x'), file('x/a')], [folder('x', { mode: 0o700 })], ['./x 40700', './x/a 100644 x1']],
    ['one name of two', [file('x', 'old'), hardlink('y', 'x')], [file('x', 'new')], ['./x 100644 x1', './y 100644 x1']],
  ])('lets an upper layer replace %s', async (_case, lower, upper, tree) => {
    const { root } = await unpack([lower, upper]);
    expect(
      treeOf(root)
        .slice(1)
        .map((line) => line.replace(/ [0-9a-f]{64}$/, '')),
    ).toEqual(tree);
  });

  it('has the bytes of both names when only one of them was replaced', async () => {
    const { root } = await unpack([[file('x', 'old'), hardlink('y', 'x')], [file('x', 'new')]]);
    expect([readFileSync(join(root, 'x'), 'utf8'), readFileSync(join(root, 'y'), 'utf8')]).toEqual(['new', 'old']);
  });

  it('makes the folder that a link leads to when it comes after what is in it, as in a tar of a Debian system sorted by name', async () => {
    const layer = [symlink('bin', 'usr/bin'), file('bin/sh', 'x', { mode: 0o755 }), folder('usr', { mode: 0o755 }), folder('usr/bin')];
    const { root } = await unpack([layer]);
    expect(readlinkSync(join(root, 'bin'))).toBe('usr/bin');
    expect(readFileSync(join(root, 'usr/bin/sh'), 'utf8')).toBe('x');
  });

  it('finds lower files behind a link of a lower layer, as the container will', async () => {
    const lower = [folder('usr'), folder('usr/lib'), symlink('lib', 'usr/lib'), folder('run'), folder('var'), symlink('var/run', '/run')];
    const { root } = await unpack([lower, [file('lib/a.so', 'x'), file('var/run/pid', '1')]]);
    expect(readlinkSync(join(root, 'lib'))).toBe('usr/lib');
    expect(namesIn(join(root, 'usr'))).toEqual(['lib', 'lib/a.so']);
    expect(namesIn(join(root, 'run'))).toEqual(['pid']);
  });

  it('says that names differ in case only, and writes both', async () => {
    const { root, report } = await unpack([[file('README', 'a'), file('readme', 'b'), file('other'), file('d/É'), file('d/é')]]);
    expect(report.caseCollisions).toBe(2);
    expect(namesIn(root)).toEqual(['README', 'd', 'd/É', 'd/é', 'other', 'readme'].toSorted());
  });

  it.each<[string, (RawEntry[] | Buffer)[], number]>([
    [
      'counted again in a later layer',
      [
        [file('README'), file('readme')],
        [file('README'), file('readme')],
      ],
      1,
    ],
    ['counted though one of them was removed', [[file('README')], [file('.wh.README'), file('readme')]], 0],
    ['counted though its folder was replaced', [[file('d/A'), file('d/a')], [file('d', 'x')]], 0],
    ['found by bytes that are no text', [[file(Buffer.from('caf\xc9', 'latin1')), file(Buffer.from('caf\xe9', 'latin1'))]], 0],
    ['found by halves of characters', [[file('Ã©'), file('ã©x'), file('é')]], 0],
  ])('no longer has names that differ in case only %s', async (_case, layers, count) => {
    expect((await unpack(layers)).report.caseCollisions).toBe(count);
  });

  it('keeps times before 1970, which became the time of unpacking', async () => {
    const old = { pax: { mtime: '-1000' } };
    const { root } = await unpack([
      [folder('d', old), file('d/a', 'x', old), symlink('l', 'd', old), file('b', 'x', { pax: { mtime: '1.25' } })],
    ]);
    const times = ['d', 'd/a', 'l', 'b'].map((name) => lstatSync(join(root, name)).mtimeMs);
    expect(times).toEqual([-1_000_000, -1_000_000, -1_000_000, 1250]);
  });

  it('leaves the permissions of its root for later when it has to be moved first', async () => {
    const root = join(newParent(), 'root');
    const layer = layerOf(tarOf([folder('.', { mode: 0o555, mtime: 1_111_111_111 }), file('a', 'x')]));
    const { settleRoot } = await extractRootfs([layer], root, { rootLater: true });
    expect(statSync(root).mode & 0o700).toBe(0o700);
    renameSync(root, `${root}-moved`);
    settleRoot(`${root}-moved`);
    expect(statSync(`${root}-moved`)).toMatchObject({ mode: 0o40555, mtimeMs: 1_111_111_111_000 });
  });

  it('counts extended attributes, which it cannot set', async () => {
    const { report } = await unpack([[file('ping', 'x', { pax: { 'SCHILY.xattr.security.capability': 'x' } })]]);
    expect(report.xattrs).toBe(1);
  });

  it('gives files to their owners when root unpacks', async ({ skip }) => {
    if (process.getuid?.() !== 0) skip('needs root');
    const { root } = await unpack([[folder('d', { uid: 7 }), file('d/a', '', { uid: 1234 }), symlink('l', 'd', { uid: 99 })]]);
    expect(['d', 'd/a', 'l'].map((name) => lstatSync(join(root, name)).uid)).toEqual([7, 1234, 99]);
  });

  it('checks what a layer unpacks to', async () => {
    const tar = tarOf([file('a', 'x')]);
    const diffId = `sha256:${createHash('sha256').update(tar).digest('hex')}`;
    await extractRootfs([layerOf(gzipSync(tar), diffId)], join(newParent(), 'root'));
    const wrong = `sha256:${'0'.repeat(64)}`;
    await expect(extractRootfs([layerOf(tar, wrong)], join(newParent(), 'root'))).rejects.toMatchObject({
      code: 'DIFF_ID_MISMATCH',
      message: `layer sha256:layer: it unpacks to ${diffId}, and the config says ${wrong}`,
    });
  });
});

describe('whiteouts', () => {
  const lower = [folder('d'), file('d/a'), file('d/b'), folder('d/sub'), file('d/sub/c'), file('top')];

  it.each<[string, RawEntry[], string[]]>([
    ['a file', [file('.wh.top')], ['d', 'd/a', 'd/b', 'd/sub', 'd/sub/c']],
    ['a folder with all below it', [file('.wh.d')], ['top']],
    ['nothing', [file('d/.wh.gone'), file('no/such/.wh.x')], ['d', 'd/a', 'd/b', 'd/sub', 'd/sub/c', 'top']],
    [
      'a file that the same layer has made before it: only the lower one',
      [file('top', 'new'), file('.wh.top')],
      ['d', 'd/a', 'd/b', 'd/sub', 'd/sub/c', 'top'],
    ],
    ['a file that the same layer makes after it', [file('.wh.top'), file('top', 'new')], ['d', 'd/a', 'd/b', 'd/sub', 'd/sub/c', 'top']],
    ['a folder that has something new in the same layer', [file('d/new'), file('.wh.d')], ['d', 'd/new', 'top']],
    ['all of a folder, the marker first', [file('d/.wh..wh..opq'), file('d/new')], ['d', 'd/new', 'top']],
    [
      'all of a folder, the marker last',
      [file('d/new'), file('d/sub/new'), file('d/.wh..wh..opq')],
      ['d', 'd/new', 'd/sub', 'd/sub/new', 'top'],
    ],
    ['all of the root', [file('.wh..wh..opq'), file('new')], ['new']],
    [
      'nothing by the notes of AUFS',
      [file('.wh..wh.aufs'), folder('.wh..wh.plnk'), file('.wh..wh.plnk/1')],
      ['d', 'd/a', 'd/b', 'd/sub', 'd/sub/c', 'top'],
    ],
  ])('hide %s', async (_case, upper, left) => {
    const { root } = await unpack([lower, upper]);
    expect(namesIn(root)).toEqual(left);
  });

  it('hide in the layers below only, so that an upper layer may bring a file back', async () => {
    const { root } = await unpack([[file('a', 'one')], [file('.wh.a')], [file('a', 'three')]]);
    expect(readFileSync(join(root, 'a'), 'utf8')).toBe('three');
  });

  it.each(['.wh.', '.wh..', '.wh...', 'd/.wh.', '.wh.d/x'])('that cannot be are refused: %s', async (name) => {
    await expect(unpack([lower, [file(name)]])).rejects.toMatchObject({
      code: 'LAYER_UNUSABLE',
      message: expect.stringMatching(/^layer sha256:layer: the entry ".*" is no valid whiteout$/),
    });
  });
});
