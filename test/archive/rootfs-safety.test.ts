import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { file, folder, hardlink, newParent, type RawEntry, symlink, tarOf, treeOf, unpack } from './rootfs-support.ts';

/** Unpacks what must be refused, and sees to it that nothing but the root was touched. */
async function refused(layers: readonly (readonly RawEntry[] | Buffer)[], options: Parameters<typeof unpack>[1] = {}) {
  const parent = newParent();
  const before = treeOf(join(parent, 'outside'), { times: true });
  const error: unknown = await unpack(layers, { ...options, into: parent }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(readdirSync(parent).toSorted()).toEqual(['outside', 'root']);
  expect(treeOf(join(parent, 'outside'), { times: true })).toEqual(before);
  return error;
}

/** Path from the root to `<parent>/outside`, where a test would see a write. */
const OUT = '../outside';

describe('unpacking never writes outside of its folder', () => {
  it.each<[string, RawEntry[][]]>([
    ['".." in a name', [[file(`${OUT}/new`, 'x')]]],
    ['".." in the middle of a name', [[file(`a/../../outside/new`, 'x')]]],
    ['".." in a folder', [[folder(OUT, { mode: 0o777 })]]],
    ['".." in an absolute name', [[file(`/${OUT}/new`, 'x')]]],
    ['".." in a long name', [[file('short', 'x', { pax: { path: `${'./'.repeat(80)}${OUT}/new` } })]]],
    ['a hard link to a file outside', [[hardlink('a', `${OUT}/secret`)]]],
    ['a hard link to a file outside, written through', [[hardlink('a', `${OUT}/secret`), file('a', 'x')]]],
  ])('by %s', async (_case, layers) => {
    expect(await refused(layers)).toMatchObject({ code: 'LAYER_UNSAFE', exit: 'transferFailed' });
  });

  // A link that climbed above the root was refused, though in a container the root's `..` is the root, as umoci and containerd have it.
  it.each<[string, RawEntry[][], string[]]>([
    ['written through', [[symlink('a', OUT), file('a/secret', 'x')]], ['a', 'outside', 'outside/secret']],
    ['written through by the next layer', [[symlink('a', OUT)], [file('a/secret', 'x')]], ['a', 'outside', 'outside/secret']],
    ['of nothing but climbing', [[symlink('a', '../..'), file('a/x', 'x')]], ['a', 'x']],
    ['that climbs from "/"', [[symlink('a', '/../../outside'), file('a/secret', 'x')]], ['a', 'outside', 'outside/secret']],
    ['with a folder made behind it', [[symlink('a', OUT), folder('a/new')]], ['a', 'outside', 'outside/new']],
    ['with a link made behind it', [[symlink('a', OUT), symlink('a/new', 'x')]], ['a', 'outside', 'outside/new']],
    [
      'through another link',
      [[symlink('a', '.'), symlink('a/b', '..'), symlink('c', 'b/outside'), file('c/secret', 'x')]],
      ['a', 'b', 'c', 'outside', 'outside/secret'],
    ],
    ['behind a link', [[symlink('a', 'b'), symlink('b', OUT), file('a/new', 'x')]], ['a', 'b', 'outside', 'outside/new']],
    [
      'that climbs and comes back',
      [[folder('d'), symlink('a', '../root/d'), file('a/new', 'x')]],
      ['a', 'd', 'root', 'root/d', 'root/d/new'],
    ],
    [
      'with a hard link to what is behind it',
      [[file('outside/secret', 'x'), symlink('a', OUT), hardlink('b', 'a/secret')]],
      ['a', 'b', 'outside', 'outside/secret'],
    ],
    ['with a whiteout behind it', [[file('outside/secret', 'x'), symlink('a', OUT)], [file('a/.wh.secret')]], ['a', 'outside']],
    ['with an opaque marker behind it', [[file('outside/secret', 'x'), symlink('a', OUT)], [file('a/.wh..wh..opq')]], ['a', 'outside']],
  ])('by a link out of the root, %s: it leads no higher than the root', async (_case, layers, names) => {
    const parent = newParent();
    const before = treeOf(join(parent, 'outside'), { times: true });
    const { root } = await unpack(layers, { into: parent });
    const found = treeOf(root).map((line) => line.split(' ')[0]);
    expect(found).toEqual(['.', ...names.map((name) => `./${name}`)]);
    expect(readdirSync(parent).toSorted()).toEqual(['outside', 'root']);
    expect(treeOf(join(parent, 'outside'), { times: true })).toEqual(before);
  });

  it('by a hard link behind a link out of the root: what is outside is not found', async () => {
    expect(await refused([[symlink('a', OUT), hardlink('b', 'a/secret')]])).toMatchObject({ code: 'LAYER_UNUSABLE' });
  });

  it.each<[string, (outside: string) => RawEntry[]]>([
    ['to something in the image', (outside) => [folder(outside.slice(1))]],
    ['to nothing in the image yet', () => []],
  ])('by an absolute link %s, written through: it is taken as the container will', async (_case, before) => {
    const parent = newParent();
    const outside = join(parent, 'outside');
    const { root } = await unpack([[...before(outside), symlink('a', outside), file('a/secret', 'x')]], { into: parent });
    expect(readFileSync(join(root, outside, 'secret'), 'utf8')).toBe('x');
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('untouched');
    expect(readdirSync(outside)).toEqual(['secret']);
  });

  it.each<[string, RawEntry]>([
    ['a file', file('a', 'x')],
    ['a folder', folder('a', { mode: 0o777 })],
    ['another link', symlink('a', 'b')],
    ['a hard link', hardlink('a', 'other')],
  ])('by replacing a link with %s: the link goes, what it led to stays', async (_case, entry) => {
    const parent = newParent();
    const before = treeOf(join(parent, 'outside'), { times: true });
    const { root } = await unpack([[file('other'), symlink('a', join(OUT, 'secret'))], [entry]], { into: parent });
    expect(lstatSync(join(root, 'a')).isSymbolicLink()).toBe(entry.type === '2');
    expect(treeOf(join(parent, 'outside'), { times: true })).toEqual(before);
  });

  it('by a hard link to a link: the link itself is what gets another name', async () => {
    const parent = newParent();
    const before = treeOf(join(parent, 'outside'), { times: true });
    const { root } = await unpack([[symlink('a', `${OUT}/secret`), hardlink('b', 'a')], [file('b', 'x', { mode: 0o777 })]], {
      into: parent,
    });
    expect(readFileSync(join(root, 'b'), 'utf8')).toBe('x');
    expect(treeOf(join(parent, 'outside'), { times: true })).toEqual(before);
  });

  it('by a whiteout of a link: only the link goes', async () => {
    const parent = newParent();
    const { root } = await unpack([[symlink('a', OUT)], [file('.wh.a')]], { into: parent });
    expect(readdirSync(root)).toEqual([]);
    expect(readdirSync(join(parent, 'outside'))).toEqual(['secret']);
  });

  it('by permissions and times of a folder that became a link', async () => {
    const parent = newParent();
    const before = treeOf(join(parent, 'outside'), { times: true });
    await unpack([[folder('a', { mode: 0o777 }), file('a/b/c')], [symlink('a', OUT)]], { into: parent });
    expect(treeOf(join(parent, 'outside'), { times: true })).toEqual(before);
  });

  it('by links in a circle, which lead nowhere', async () => {
    expect(await refused([[symlink('a', 'b'), symlink('b', 'a'), file('a/x')]])).toMatchObject({
      code: 'LAYER_UNSAFE',
      message: expect.stringContaining('too many links'),
    });
  });
});

describe('what an image may not bring', () => {
  it('are devices and pipes: left out and counted', async () => {
    const layer = [
      file('dev/null', '', { type: '3', major: 1, minor: 3 }),
      file('dev/sda', '', { type: '4', major: 8, minor: 0 }),
      file('dev/pipe', '', { type: '6' }),
      file('dev/file', 'x'),
    ];
    const { root, report } = await unpack([layer]);
    expect(readdirSync(join(root, 'dev'))).toEqual(['file']);
    expect(report).toMatchObject({ specials: 3, setIds: 0 });
  });

  it('are setuid and setgid: dropped and counted', async () => {
    const layer = [folder('d', { mode: 0o2775 }), file('d/su', 'x', { mode: 0o4755 }), file('d/both', 'x', { mode: 0o6755 }), file('d/no')];
    const { root, report } = await unpack([layer]);
    expect(['d', 'd/su', 'd/both'].map((name) => statSync(join(root, name)).mode & 0o7777)).toEqual([0o775, 0o755, 0o755]);
    expect(report.setIds).toBe(3);
  });

  it('are there with keepSpecial, for root', async ({ skip }) => {
    if (process.getuid?.() !== 0) skip('needs root');
    const layer = [
      file('null', '', { type: '3', major: 1, minor: 3, mode: 0o666 }),
      file('pipe', '', { type: '6', mode: 0o620 }),
      file('su', 'x', { mode: 0o4755, uid: 0 }),
      folder('d', { mode: 0o2775 }),
    ];
    const { root, report } = await unpack([layer], { keepSpecial: true });
    expect(lstatSync(join(root, 'null'))).toMatchObject({ mode: 0o20666, rdev: 0x103 });
    expect(lstatSync(join(root, 'pipe')).mode).toBe(0o10620);
    expect([statSync(join(root, 'su')).mode, statSync(join(root, 'd')).mode]).toEqual([0o104755, 0o42775]);
    expect(report).toMatchObject({ specials: 0, setIds: 0 });
  });

  it.each<[string, (readonly RawEntry[] | Buffer)[], string, RegExp]>([
    [
      'a pax header of 2 MiB',
      [[file('a', 'x', { pax: { comment: 'x'.repeat(2 ** 21) } })]],
      'LAYER_UNSAFE',
      /header of an entry is larger than/,
    ],
    [
      'a long name of 2 MiB',
      [[file('L', 'x'.repeat(2 ** 21), { type: 'L' }), file('a')]],
      'LAYER_UNSAFE',
      /header of an entry is larger than/,
    ],
    [
      'many headers before one entry',
      [Array.from({ length: 30 }, () => file('x', 'x'.repeat(50_000), { type: 'L' }))],
      'LAYER_UNSAFE',
      /header of an entry is larger than/,
    ],
    ['a stated header of 8 GiB', [[file('x', '', { type: 'x', size: 2 ** 33 - 1 })]], 'LAYER_UNSAFE', /header of an entry is larger than/],
    [
      'a name of more than 4096 bytes',
      [[file('a', 'x', { pax: { path: 'a/'.repeat(3000) } })]],
      'LAYER_UNSAFE',
      /name of more than 4096 bytes/,
    ],
    ['a NUL in a name', [[file('a', 'x', { pax: { path: 'a\0b' } })]], 'LAYER_UNSAFE', /has a NUL in its name/],
    ['a NUL in the target of a link', [[symlink('a', 'x', { pax: { linkpath: 'b\0c' } })]], 'LAYER_UNSAFE', /has a NUL in its name/],
    ['a name that says nothing', [[file('./', '', { type: '0' })], [file('.', 'x')]], 'LAYER_UNUSABLE', /has no name/],
    ['a pax header that is malformed', [[file('x', '7 a=b\n', { type: 'x' }), file('a')]], 'LAYER_UNUSABLE', /pax header is malformed/],
    ['a pax size that is none', [[file('a', 'x', { pax: { size: '-1' } })]], 'LAYER_UNUSABLE', /has no valid size/],
    ['a sparse file of GNU tar', [[file('a', 'x', { type: 'S' })]], 'LAYER_UNUSABLE', /is a sparse file/],
    ['a sparse file of pax', [[file('a', 'x', { pax: { 'GNU.sparse.major': '1' } })]], 'LAYER_UNUSABLE', /is a sparse file/],
    ['an entry of an unknown type', [[file('a', 'x', { type: 'M' })]], 'LAYER_UNUSABLE', /unknown type "M"/],
    ['a hard link to nothing', [[hardlink('a', 'gone')]], 'LAYER_UNUSABLE', /target "gone" .* not in the image/],
    ['a hard link to a folder', [[folder('d'), hardlink('a', 'd')]], 'LAYER_UNUSABLE', /is a folder/],
    ['a hard link to itself that is not there', [[hardlink('a', 'a')]], 'LAYER_UNUSABLE', /not in the image/],
    ['a file below a file', [[file('a', 'x'), file('a/b', 'x')]], 'LAYER_UNSAFE', /something that is no folder/],
    ['a tar that is cut in a file', [tarOf([file('a', 'x'.repeat(2000))]).subarray(0, 1500)], 'LAYER_UNUSABLE', /cut off/],
    ['a tar that is cut in a header', [tarOf([file('a')]).subarray(0, 300)], 'LAYER_UNUSABLE', /cut off/],
    [
      'a tar with a damaged header',
      [Buffer.concat([Buffer.from('x'), tarOf([file('abc')]).subarray(1)])],
      'LAYER_UNUSABLE',
      /wrong checksum/,
    ],
    ['no tar at all', [Buffer.from('<html>'.repeat(200))], 'LAYER_UNUSABLE', /no tar archive/],
    ['a gzip that is cut', [gzipSync(tarOf([file('a', Buffer.alloc(100_000, 7))])).subarray(0, 100)], 'LAYER_UNUSABLE', /cut off/],
  ])('is %s: refused by name', async (_case, layers, code, message) => {
    expect(await refused(layers)).toMatchObject({ code, exit: 'transferFailed', message: expect.stringMatching(message) });
  });

  it.each([
    ['ratio', { maxRatio: 50, freeBytes: 1_000_000 }],
    ['size', { maxBytes: 2_000_000 }],
  ])('is a gzip bomb: cut by its %s', async (_case, limits) => {
    const bomb = gzipSync(tarOf([file('zeros', Buffer.alloc(20_000_000))]));
    const parent = newParent();
    await expect(unpack([bomb], { limits, into: parent })).rejects.toMatchObject({
      code: 'LAYER_UNUSABLE',
      message: expect.stringContaining('unpacks to more than'),
    });
    expect(statSync(join(parent, 'root/zeros')).size).toBeLessThan(4_000_000);
  });

  it('stops when the signal aborts', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(unpack([[file('a')]], { signal })).rejects.toThrow('enough');
  });

  it('says which layer could not be written, and why', async () => {
    const parent = newParent();
    mkdirSync(join(parent, 'root/a'));
    await expect(unpack([[file(`a/${'x'.repeat(90)}`, '', { pax: { path: `a/${'x'.repeat(300)}` } })]], { into: parent })).rejects.toThrow(
      /^layer sha256:layer could not be written: ENAMETOOLONG/,
    );
  });
});
