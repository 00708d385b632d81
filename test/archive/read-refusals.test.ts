import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ArchiveError, builtImageOf, openArchive } from '../../src/archive/index.ts';
import { tmpFolder } from '../support/tmp.ts';
import {
  blobName,
  type Blobs,
  configOf,
  descriptor,
  digestOf,
  type Entry,
  entriesOf,
  fileOf,
  folderOf,
  json,
  layerOf,
  layoutOf,
  named,
  ociImage,
  pax,
  put,
  tarOf,
  TYPES,
} from './read-make.ts';

const LAYER = layerOf('base');
const CONFIG = configOf([digestOf(LAYER)]);
const OK: Record<string, Buffer | string> = { 'c.json': CONFIG, 'l.tar': LAYER, 'manifest.json': manifestJson('c.json', ['l.tar']) };

function manifestJson(config: string, layers: unknown, more: object = {}): Buffer {
  return json([{ Config: config, RepoTags: ['team/app:1.0'], Layers: layers, ...more }]);
}

const tar = (entries: readonly Entry[]) => fileOf(tarOf(entries));
const docker = (files: Record<string, Buffer | string>, more: readonly Entry[] = []) => tar([...entriesOf({ ...OK, ...files }), ...more]);
const without = (files: Record<string, Buffer | string>, name: string) => entriesOf(files).filter((entry) => entry.name !== name);

/** An OCI layout whose one image a test spoils. */
function oci(spoil: (blobs: Blobs, manifest: Buffer) => readonly object[] | void): string {
  const blobs: Blobs = {};
  const manifest = ociImage(blobs, [LAYER]);
  const manifests = spoil(blobs, manifest) ?? [descriptor(TYPES.manifest, manifest, named('1.0'))];
  return tar(entriesOf(layoutOf(blobs, manifests)));
}
const digestIn = (manifest: Buffer, pick: (fields: { config: { digest: string }; layers: { digest: string }[] }) => string) =>
  pick(JSON.parse(manifest.toString()) as { config: { digest: string }; layers: { digest: string }[] });
const layerIn = (manifest: Buffer) => digestIn(manifest, (fields) => fields.layers[0]?.digest as string);
/** A manifest that names itself among `children` cannot have its true digest: it has one that was made up. */
function index(blobs: Blobs, digest: string, children: readonly string[]) {
  const bytes = json({
    schemaVersion: 2,
    mediaType: TYPES.index,
    manifests: children.map((child) => ({ mediaType: TYPES.index, digest: child, size: 0 })),
  });
  blobs[blobName(digest)] = bytes;
  return bytes;
}
const A = digestOf('a');
const B = digestOf('b');

/** Indexes that lead from one to the next; sizes are set right once all are there. */
function loop(blobs: Blobs, links: Readonly<Record<string, string>>, first: string): readonly object[] {
  for (const [digest, next] of Object.entries(links)) index(blobs, digest, [next]);
  // A descriptor holds the size of the next one, which holds the same number of digits, so all have one size.
  const size = (blobs[blobName(first)] as Buffer).length + 2;
  for (const [digest, next] of Object.entries(links)) {
    blobs[blobName(digest)] = json({
      schemaVersion: 2,
      mediaType: TYPES.index,
      manifests: [{ mediaType: TYPES.index, digest: next, size }],
    });
  }
  return [{ mediaType: TYPES.index, digest: first, size }];
}

describe('what is no image, or no sound one, is refused by name', () => {
  it.each<[string, () => string, string | RegExp]>([
    ['a path where nothing is', () => join(tmpFolder(), 'gone.tar'), 'gone.tar: no such file or folder'],
    ['an empty file', () => fileOf(Buffer.alloc(0)), 'image.tar: is no image: it is empty'],
    ['a file that is no tar', () => fileOf(Buffer.from('#!/bin/sh\n'.repeat(100))), 'image.tar: is no image: it is no tar archive'],
    ['a short file that is no tar', () => fileOf(Buffer.from('hello')), 'image.tar: is no image: it is no tar archive'],
    [
      'a tar of something else',
      () => tar([{ name: 'etc/passwd', content: 'root' }]),
      /^image.tar: is no image: it has neither manifest.json nor/,
    ],
    ['a folder of something else', () => join(tmpFolder({ 'x/y': 'z' }), 'x'), /^x: is no image: it has neither/],
    ['an empty tar', () => tar([]), /is no image: it has neither/],
    ['manifest.json as a folder', () => tar([{ name: 'manifest.json/', type: '5' }]), /is no image: it has neither/],
    [
      'a gzip file that is cut off',
      () => fileOf(gzipSync(tarOf(entriesOf(OK))).subarray(0, -20)),
      'image.tar: cannot be unpacked: the gzip data is cut off',
    ],

    [
      'a tar that is cut off in a file',
      () => fileOf(tarOf(entriesOf(OK)).subarray(0, 1700)),
      'image.tar: is cut off in the middle of "l.tar"',
    ],
    [
      'a tar that is cut off in a header',
      () => fileOf(tarOf(entriesOf(OK)).subarray(0, 1100)),
      'image.tar: is cut off: the end of the archive is missing',
    ],
    [
      'a tar that is cut off between entries',
      () => fileOf(tarOf(entriesOf(OK), false)),
      'image.tar: is cut off: the end of the archive is missing',
    ],
    [
      'a size beyond the end',
      () => docker({}, [{ name: 'huge', content: 'x', size: 8 ** 11 - 1 }]),
      'image.tar: is cut off in the middle of "huge"',
    ],
    [
      'a size in PAX beyond the end',
      () => docker({}, [pax({ size: '99999999999' }), { name: 'huge' }]),
      'image.tar: is cut off in the middle of "huge"',
    ],
    [
      'a size in PAX that is none',
      () => docker({}, [pax({ size: '-1' }), { name: 'x' }]),
      'image.tar: is damaged: a PAX header says that a size is "-1"',
    ],
    [
      'a header with a wrong checksum',
      () => fileOf(spoiltHeader()),
      /^image.tar: is damaged: at byte 1024 is no tar header \(its checksum is wrong\)/,
    ],
    ['an unknown type of entry', () => docker({}, [{ name: 'x', type: 'Z' }]), /is no tar header \(its type "Z" is not known\)/],
    [
      'a huge PAX header',
      () => docker({}, [pax({ comment: 'x'.repeat(1_100_000) }), { name: 'x' }]),
      /^image.tar: has a header of 11\d+ bytes/,
    ],
    [
      'a damaged PAX header',
      () => docker({}, [{ name: 'pax', type: 'x', content: '99 path=x\n' }, { name: 'x' }]),
      'image.tar: is damaged: a PAX header cannot be read',
    ],
    ['a NUL in a name', () => docker({}, [pax({ path: 'a\0b' }), { name: 'x' }]), 'image.tar: has a NUL in the name "a?b"'],
    ['a sparse file', () => docker({}, [{ name: 'x', type: 'S' }]), 'image.tar: holds "x" as a sparse file, which is not supported'],
    [
      'a sparse file in PAX',
      () => docker({}, [pax({ 'GNU.sparse.major': '1' }), { name: 'x' }]),
      'image.tar: holds "x" as a sparse file, which is not supported',
    ],

    ['an absolute name', () => docker({}, [{ name: '/etc/passwd', content: 'x' }]), 'image.tar: holds the absolute name "/etc/passwd"'],
    [
      'a name that leads out',
      () => docker({}, [{ name: 'a/../../x', content: 'x' }]),
      'image.tar: holds the name "a/../../x", which leads out of it',
    ],
    ['a file that comes twice', () => docker({}, [{ name: './l.tar', content: 'other' }]), 'image.tar: holds "l.tar" twice'],
    [
      'a layer named by an absolute name',
      () => docker({ 'manifest.json': manifestJson('c.json', ['/etc/passwd']) }),
      'image.tar: holds the absolute name "/etc/passwd"',
    ],
    [
      'a layer named by a name that leads out',
      () => docker({ 'manifest.json': manifestJson('c.json', ['../x']) }),
      'image.tar: holds the name "../x", which leads out of it',
    ],
    ['a link that leads out', () => linked('../../l.tar'), 'image.tar: "link" is a link that leads out of it'],
    ['an absolute link', () => linked('/etc/passwd'), 'image.tar: "link" is a link to the absolute name "/etc/passwd"'],
    ['an absolute hard link', () => linked('/etc/passwd', '1'), 'image.tar: "link" is a link to the absolute name "/etc/passwd"'],
    ['a link to itself', () => linked('link'), 'image.tar: "link" is a link that leads round in a circle'],
    [
      'links in a circle',
      () =>
        linked('b', '2', [
          { name: 'b', target: 'c', type: '1' },
          { name: 'c', target: './link' },
        ]),
      'image.tar: "link" is a link that leads round in a circle',
    ],
    ['a link to nothing', () => linked('nothing'), 'image.tar: "link" is a link to "nothing", which is missing'],
    [
      'a folder with a link that leads out',
      () => folderOf(linkedEntries('../../../../../../etc/hostname')),
      /: "link" is a link that leads out of it$/,
    ],
    [
      'a folder with an absolute link',
      () => folderOf(linkedEntries('/etc/hostname')),
      /: "link" is a link to the absolute name "\/etc\/hostname"$/,
    ],
    ['a layer that is a folder', () => folderWithFolder(), /: l.tar is missing, which team\/app:1.0 needs$/],
    [
      'a device as a layer',
      () => tar([...without(OK, 'l.tar'), { name: 'l.tar', type: '3' }]),
      'image.tar: l.tar is missing, which team/app:1.0 needs',
    ],

    ['manifest.json that is no JSON', () => docker({ 'manifest.json': 'x' }), 'image.tar: manifest.json is no JSON'],
    ['manifest.json of null', () => docker({ 'manifest.json': 'null' }), 'image.tar: manifest.json is no list of images'],
    ['manifest.json with null', () => docker({ 'manifest.json': '[null]' }), 'image.tar: manifest.json: [0] is no image'],
    [
      'more images than anybody saves',
      () => docker({ 'manifest.json': json(Array.from({ length: 1001 }, () => ({ Config: 'c.json', Layers: ['l.tar'] }))) }),
      'image.tar: manifest.json lists 1001 images; at most 1000 are taken',
    ],
    [
      'an image with a name that a terminal would obey',
      () => docker({ 'manifest.json': manifestJson('c.json', null, { RepoTags: ['\u001b[31mred'] }) }),
      'image.tar: ?[31mred has 0 layers, but its config has 1 diff_id',
    ],
    ['manifest.json without images', () => docker({ 'manifest.json': '[]' }), 'image.tar: manifest.json lists no image'],
    [
      'manifest.json without a config',
      () => docker({ 'manifest.json': '[{}]' }),
      'image.tar: manifest.json: [0].Config is not what docker save writes',
    ],
    [
      'manifest.json with layers that are no names',
      () => docker({ 'manifest.json': manifestJson('c.json', [7]) }),
      'image.tar: manifest.json: [0].Layers is not what docker save writes',
    ],
    [
      'a huge manifest.json',
      () => docker({ 'manifest.json': Buffer.alloc(4_194_305, 0x20) }),
      'image.tar: manifest.json is 4194305 bytes long; at most 4194304 are taken',
    ],
    [
      'a huge config',
      () => docker({ 'c.json': Buffer.alloc(8_388_609, 0x20) }),
      'image.tar: the config c.json is 8388609 bytes long; at most 8388608 are taken',
    ],
    ['a missing config', () => tar(without(OK, 'c.json')), 'image.tar: c.json is missing, which team/app:1.0 needs'],
    ['a missing layer', () => tar(without(OK, 'l.tar')), 'image.tar: l.tar is missing, which team/app:1.0 needs'],
    [
      'a config without diff_ids',
      () => docker({ 'c.json': '{"rootfs":7}' }),
      'image.tar: the config c.json is no image config: it has no rootfs.diff_ids',
    ],
    [
      'fewer layers than diff_ids',
      () => docker({ 'manifest.json': manifestJson('c.json', null) }),
      'image.tar: team/app:1.0 has 0 layers, but its config has 1 diff_id',
    ],
    [
      'more layers than diff_ids',
      () => docker({ 'manifest.json': manifestJson('c.json', ['l.tar', 'l.tar']) }),
      'image.tar: team/app:1.0 has 2 layers, but its config has 1 diff_id',
    ],
    [
      'an unknown digest algorithm of a diff_id',
      () => docker({ 'c.json': configOf(['md5:0123']) }),
      'image.tar: the config c.json: the diff_id "md5:0123" is not a sha256 or sha512 digest',
    ],
    [
      'a wrong diff_id',
      () => docker({ 'c.json': configOf([digestOf('x')]) }),
      `image.tar: the layer l.tar is not what it should be: its diff_id is ${digestOf('x')}, but its bytes give ${digestOf(LAYER)}`,
    ],
    [
      'a wrong diff_id of a compressed layer',
      () => docker({ 'l.tar': gzipSync(layerOf('other')) }),
      /the layer l.tar is not what it should be: its diff_id is/,
    ],
    [
      'a compressed layer that is cut off',
      () => docker({ 'l.tar': gzipSync(LAYER).subarray(0, -5) }),
      'image.tar: the layer l.tar cannot be unpacked: the gzip data is cut off',
    ],
    [
      'a gzip bomb as a layer',
      () => docker({ 'l.tar': bomb() }),
      /^image.tar: the layer l.tar cannot be unpacked: the gzip data unpacks to more than 200 times its size/,
    ],

    [
      'another version of the layout',
      () => tar(entriesOf({ ...layoutOf({}, []), 'oci-layout': '{"imageLayoutVersion":"2.0.0"}' })),
      'image.tar: the OCI layout has the version "2.0.0", not "1.0.0"',
    ],
    ['an index.json without images', () => tar(entriesOf(layoutOf({}, []))), 'image.tar: index.json lists no image'],
    [
      'an index.json that is no index',
      () => tar(entriesOf({ ...layoutOf({}, []), 'index.json': '{"x":1}' })),
      /^image.tar: index.json cannot be used: /,
    ],
    [
      'a missing manifest',
      () => oci((blobs, manifest) => void delete blobs[blobName(digestOf(manifest))]),
      /^image.tar: the manifest sha256:\w+ is missing: there is no blobs\/sha256\//,
    ],
    [
      'a missing blob',
      () => oci((blobs, manifest) => void delete blobs[blobName(layerIn(manifest))]),
      /^image.tar: a layer of the image sha256:\w+ is missing: there is no blobs\/sha256\//,
    ],
    [
      'a missing config blob',
      () => oci((blobs, manifest) => void delete blobs[blobName(digestIn(manifest, ({ config }) => config.digest))]),
      /^image.tar: the config of the image sha256:\w+ is missing/,
    ],
    [
      'a lying size of a layer',
      () => oci((blobs, manifest) => void (blobs[blobName(layerIn(manifest))] = Buffer.from('x'))),
      /^image.tar: a layer of the image sha256:\w+: sha256:\w+ is 1 bytes long, but its descriptor says \d+$/,
    ],
    [
      'a lying size of a manifest',
      () => oci((_, manifest) => [{ ...descriptor(TYPES.manifest, manifest), size: 7 }]),
      /^image.tar: the manifest sha256:\w+: sha256:\w+ is \d+ bytes long, but its descriptor says 7$/,
    ],
    [
      'a layer of other bytes',
      () => oci((blobs, manifest) => swap(blobs, layerIn(manifest))),
      /^image.tar: the layer blobs\/sha256\/\w+ is not what it should be: its digest is sha256:\w+, but its bytes give sha256/,
    ],
    [
      'a manifest of other bytes',
      () => oci((blobs, manifest) => swap(blobs, digestOf(manifest))),
      /^image.tar: the manifest sha256:\w+ is not what it should be: its bytes give sha256/,
    ],
    [
      'a config of other bytes',
      () => oci((blobs, manifest) => spoilConfig(blobs, manifest)),
      /^image.tar: the config sha256:\w+ is not what it should be: its bytes give sha256/,
    ],
    [
      'an unknown digest algorithm',
      () => oci(() => [{ mediaType: TYPES.manifest, digest: 'md5:0123', size: 1 }]),
      /^image.tar: index.json cannot be used: .*"md5:0123", not a sha256 or sha512 digest$/,
    ],
    [
      'a negative size',
      () => oci((_, manifest) => [{ ...descriptor(TYPES.manifest, manifest), size: -1 }]),
      /^image.tar: index.json cannot be used: .*size is -1/,
    ],
    [
      'a manifest above 4 MiB',
      () => oci((blobs) => [descriptor(TYPES.manifest, big(blobs))]),
      /^image.tar: the manifest sha256:\w+ is 4194305 bytes long; at most 4194304 are taken$/,
    ],
    [
      'a manifest of schema 1',
      () => oci((blobs) => [descriptor('application/vnd.docker.distribution.manifest.v1+json', schema1(blobs))]),
      /^image.tar: the manifest sha256:\w+ is of schema 1/,
    ],
    ['an index that lists itself', () => oci((blobs) => loop(blobs, { [A]: A }, A)), `image.tar: the index ${A} lists itself`],
    ['indexes in a circle', () => oci((blobs) => loop(blobs, { [A]: B, [B]: A }, A)), `image.tar: the index ${A} lists itself`],
    ['indexes that never end', () => oci(nested), /^image.tar: the index sha256:\w+ holds indexes more than 5 deep$/],
    [
      'more images than anybody lists',
      () => oci((_, manifest) => Array.from({ length: 1001 }, () => descriptor(TYPES.manifest, manifest))),
      'image.tar: index.json lists 1001 images, with those in indexes; at most 1000 are taken',
    ],
    [
      'indexes that list one another many times over',
      () => oci((blobs, manifest) => doubling(blobs, manifest)),
      /^image.tar: the index sha256:\w+ lists \d+ images, with those in indexes; at most 1000 are taken$/,
    ],
    [
      'an index of nothing that is there',
      () => oci((blobs) => [descriptor(TYPES.index, indexOf(blobs, [{ mediaType: TYPES.manifest, digest: A, size: 3 }]))]),
      `image.tar: the manifest ${A} is missing: there is no ${blobName(A)}`,
    ],
    ['a child of an index of which a part is missing', partly, /^image.tar: a layer of the image sha256:\w+ is missing/],
    [
      'a layer that is declared as gzip and is none',
      () => oci((blobs) => [descriptor(TYPES.manifest, ociImage(blobs, [LAYER], { pack: (bytes) => bytes }))]),
      /^image.tar: the layer sha256:\w+ is declared as application\/vnd.oci.image.layer.v1.tar\+gzip, but it is not compressed$/,
    ],
    [
      'a layer that is declared as plain and is gzip',
      () => oci((blobs) => [descriptor(TYPES.manifest, ociImage(blobs, [LAYER], { type: TYPES.tar }))]),
      /is declared as application\/vnd.oci.image.layer.v1.tar, but it is compressed with gzip$/,
    ],
  ])('%s', async (_case, make, message) => {
    const failure = await openAndBuild(make()).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ArchiveError);
    const { message: text, exit } = failure as ArchiveError;
    const fits = typeof message === 'string' ? text === message : message.test(text);
    expect([text, fits]).toEqual([text, true]);
    expect([exit, text.includes('\n')]).toEqual(['invalidConfig', false]);
  });
});

async function openAndBuild(path: string): Promise<void> {
  const archive = await openArchive(path);
  try {
    for (const image of archive.images) await builtImageOf(image);
  } finally {
    await archive.close();
  }
}

function linkedEntries(target: string, type = '2', more: readonly Entry[] = []): Entry[] {
  return [...entriesOf({ ...OK, 'manifest.json': manifestJson('c.json', ['link']) }), { name: 'link', target, type }, ...more];
}

function linked(target: string, type = '2', more: readonly Entry[] = []): string {
  return tar(linkedEntries(target, type, more));
}

function folderWithFolder(): string {
  const folder = folderOf(without(OK, 'l.tar'));
  mkdirSync(join(folder, 'l.tar'));
  return folder;
}

function spoiltHeader(): Buffer {
  const bytes = tarOf(entriesOf(OK));
  bytes[1024 + 3] = 0x41;
  return bytes;
}

function bomb(): Buffer {
  const zeros = gzipSync(Buffer.alloc(16 * 1024 * 1024));
  return Buffer.concat(Array.from({ length: 24 }, () => zeros));
}

/** Other bytes of the same size, and for a config, manifest or gzip file of the same shape. */
function swap(blobs: Blobs, digest: string): void {
  const bytes = Buffer.from(blobs[blobName(digest)] as Buffer);
  const [text] = ['"amd64"', '"schemaVersion":2'].filter((one) => bytes.includes(one));
  if (text === undefined)
    bytes[9] = 0; // the system in a gzip header
  else bytes.write(text.replace('amd64', 'arm64').replace('2', '3'), bytes.indexOf(text));
  blobs[blobName(digest)] = bytes;
}

function spoilConfig(blobs: Blobs, manifest: Buffer): void {
  swap(
    blobs,
    digestIn(manifest, ({ config }) => config.digest),
  );
}

function big(blobs: Blobs): Buffer {
  const bytes = Buffer.alloc(4_194_305, 0x20);
  put(blobs, bytes);
  return bytes;
}

function schema1(blobs: Blobs): Buffer {
  const bytes = json({ schemaVersion: 1, fsLayers: [] });
  put(blobs, bytes);
  return bytes;
}

function indexOf(blobs: Blobs, manifests: readonly object[]): Buffer {
  const bytes = json({ schemaVersion: 2, mediaType: TYPES.index, manifests });
  put(blobs, bytes);
  return bytes;
}

function nested(blobs: Blobs, manifest: Buffer): readonly object[] {
  let entry: object = descriptor(TYPES.manifest, manifest);
  for (let depth = 0; depth < 7; depth += 1) entry = descriptor(TYPES.index, indexOf(blobs, [entry]));
  return [entry];
}

/** Four indexes, each of which lists the next one thirty times: 30^4 images out of a few kilobytes. */
function doubling(blobs: Blobs, manifest: Buffer): readonly object[] {
  let entry: object = descriptor(TYPES.manifest, manifest);
  for (let depth = 0; depth < 4; depth += 1) {
    const same = entry;
    entry = descriptor(
      TYPES.index,
      indexOf(
        blobs,
        Array.from({ length: 30 }, () => same),
      ),
    );
  }
  return [entry];
}

function partly(): string {
  return oci((blobs) => {
    const image = ociImage(blobs, [LAYER, layerOf('top')]);
    delete blobs[blobName((JSON.parse(image.toString()) as { layers: { digest: string }[] }).layers[1]?.digest as string)];
    return [descriptor(TYPES.index, indexOf(blobs, [descriptor(TYPES.manifest, image)]))];
  });
}
