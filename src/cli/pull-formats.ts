import { createReadStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';

import { shown } from '../base/index.ts';
import {
  extractRootfs,
  type RootfsLayer,
  type RootfsReport,
  storeUncompressed,
  writeDockerArchive,
  writeOciLayout,
} from '../archive/index.ts';
import { FlowError } from '../flow/index.ts';
import { isDigest } from '../registry/index.ts';
import type { ArrivingImage, FoundImage } from './pull-image.ts';

/** What a format is written from. */
export interface FormatInput {
  readonly found: FoundImage;
  readonly arriving: ArrivingImage;
  /** Folder of what arrives, for more of the kind. */
  readonly blobs: string;
  /** Where to write: an empty folder, or a file that is not there. */
  readonly result: string;
  readonly tag: string | undefined;
  /** `host:5000/team/app`. */
  readonly name: string;
  /** The platform that was asked for, if any. */
  readonly platform: string | undefined;
  readonly keepSpecial: boolean;
  readonly signal: AbortSignal;
}

/** What became of an image. */
export interface Written {
  /** Gives the folder what may forbid to move it. Called once it has its name, where that is a new one. */
  readonly settle?: (folder: string) => void;
  /** Sentences about what is not as in the registry. Asked for at the end. */
  readonly notes: () => readonly string[];
}

interface Format {
  readonly kind: 'folder' | 'file';
  /** Of the default target. */
  readonly extension: string;
  /** What is going on when everything has arrived. */
  readonly doing: string;
  /** Writes the image. */
  write(input: FormatInput): Promise<Written>;
}

/** Every format that `loadreg pull` writes. */
export const PULL_FORMATS = {
  rootfs: { kind: 'folder', extension: '', doing: 'unpacking', write: writeRootfs },
  oci: { kind: 'folder', extension: '', doing: 'writing', write: writeLayout },
  'docker-archive': { kind: 'file', extension: '.tar', doing: 'writing', write: writeArchive },
} as const satisfies Record<string, Format>;

/** Name of a format. */
export type PullFormat = keyof typeof PULL_FORMATS;

async function writeRootfs(input: FormatInput): Promise<Written> {
  const { diffIds } = await readConfig(input);
  const { keepSpecial, signal } = input;
  const { report, settleRoot } = await extractRootfs(layersOf(input, diffIds), input.result, { keepSpecial, signal, rootLater: true });
  return { settle: settleRoot, notes: () => notesOf(report) };
}

async function writeLayout(input: FormatInput): Promise<Written> {
  const { found, arriving, result, tag, platform } = input;
  const { content } = found;
  // A layout takes any artifact, so its config is not looked at for anything else.
  if (platform !== undefined) expectPlatform(parseObject(await configOf(input)), input);
  const paths = new Map<string, string>();
  for (const { descriptor, file } of [arriving.config, ...arriving.layers])
    if (file !== undefined) paths.set(descriptor.digest, await file);
  const blobs = [...paths].map(([digest, file]) => ({ digest, path: file }));
  const { bytes, digest } = content;
  await writeOciLayout(result, { manifest: { bytes, digest, mediaType: found.manifest.mediaType }, blobs, tag });
  const foreign = arriving.layers.filter((layer) => layer.file === undefined).length;
  const notes = foreign === 0 ? [] : [`${count(foreign, 'layer')} left out that no registry holds (foreign layers)`];
  return { notes: () => notes };
}

async function writeArchive(input: FormatInput): Promise<Written> {
  const { bytes, diffIds } = await readConfig(input);
  const { found, blobs, result, tag, name, signal } = input;
  const stored = new Map<string, { diffId: string; path: string }>();
  const layers: { diffId: string; path: string }[] = [];
  for await (const layer of layersOf(input, diffIds)) {
    let entry = stored.get(layer.diffId);
    if (entry === undefined) {
      entry = { diffId: layer.diffId, path: path.join(blobs, `layer-${stored.size}.tar`) };
      await storeUncompressed(layer, entry.path, { signal });
      stored.set(layer.diffId, entry);
    }
    layers.push(entry);
  }
  const { digest } = found.manifest.config;
  await writeDockerArchive(result, { config: { bytes, digest }, layers, name: tag === undefined ? undefined : { repository: name, tag } });
  return { notes: () => [] };
}

/** The layers to unpack, as they arrive; each file goes once no later layer needs it. */
async function* layersOf({ arriving }: FormatInput, diffIds: readonly string[]): AsyncGenerator<RootfsLayer & { readonly diffId: string }> {
  const { layers } = arriving;
  for (const [index, { descriptor, file }] of layers.entries()) {
    if (file === undefined) {
      throw new FlowError(
        'LAYER_FOREIGN',
        `the layer ${descriptor.digest} is foreign: it is not in the registry, and an image without it cannot be unpacked`,
      );
    }
    const at = await file;
    yield { name: descriptor.digest, diffId: diffIds[index] as string, open: () => createReadStream(at, { highWaterMark: 262_144 }) };
    if (!layers.slice(index + 1).some((later) => later.descriptor.digest === descriptor.digest)) await rm(at, { force: true });
  }
}

/** Largest config that is read; the largest ones seen have some hundred KiB. */
const CONFIG_LIMIT = 16 * 1024 * 1024;

/** The bytes of the config, which are those that its digest stands for. */
async function configOf({ found, arriving }: FormatInput): Promise<Buffer> {
  const { digest, size } = found.manifest.config;
  if (size > CONFIG_LIMIT) throw new FlowError('CONFIG_UNUSABLE', `the config ${digest} is larger than ${CONFIG_LIMIT} bytes`);
  return readFile(await arriving.config.file);
}

/** Reads and checks the config before anything is written: whoever made the image chose what stands in it. */
async function readConfig(input: FormatInput): Promise<{ bytes: Buffer; diffIds: readonly string[] }> {
  const { config, layers } = input.found.manifest;
  const refuse = (why: string): never => {
    throw new FlowError('CONFIG_UNUSABLE', `the config ${config.digest} ${why}`);
  };
  const bytes = await configOf(input);
  const fields = parseObject(bytes);
  const rootfs = fields?.['rootfs'];
  const diffIds = typeof rootfs === 'object' && rootfs !== null ? (rootfs as { diff_ids?: unknown }).diff_ids : undefined;
  if (!Array.isArray(diffIds)) return refuse(`(${shown(config.mediaType)}) is not that of an image: pull it with --format oci`);
  const wrong = diffIds.findIndex((id) => typeof id !== 'string' || !isDigest(id));
  if (wrong >= 0) refuse(`has the diff_id ${shown(JSON.stringify(diffIds[wrong]))}, which is not a sha256 or sha512 digest`);
  if (diffIds.length !== layers.length) {
    refuse(`has ${count(diffIds.length, 'diff_id')}, and the manifest has ${count(layers.length, 'layer')}`);
  }
  expectPlatform(fields, input);
  return { bytes, diffIds: diffIds as string[] };
}

/** Refuses an image of another platform than was asked for. An index has chosen already, and an artifact is for none. */
function expectPlatform(fields: Readonly<Record<string, unknown>> | undefined, { found, platform }: FormatInput): void {
  const own = [fields?.['os'], fields?.['architecture']].map((part) => (typeof part === 'string' ? part : '')).join('/');
  if (platform === undefined || found.fromIndex || own === '/' || `${platform}/`.startsWith(`${own}/`)) return;
  throw new FlowError('PLATFORM_NOT_FOUND', `the image is for ${shown(own)}, not for ${shown(platform)}`);
}

function parseObject(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function notesOf(report: RootfsReport): string[] {
  const notes: string[] = [];
  const special = [
    ...(report.specials > 0 ? [count(report.specials, 'device or pipe', 'devices and pipes')] : []),
    ...(report.setIds > 0 ? [`setuid or setgid of ${count(report.setIds, 'entry', 'entries')}`] : []),
  ];
  if (special.length > 0) notes.push(`left out: ${special.join(', ')} (--keep-special keeps them)`);
  if (report.xattrs > 0) notes.push(`left out: extended attributes of ${count(report.xattrs, 'entry', 'entries')}`);
  if (report.owners > 0) notes.push(`${count(report.owners, 'entry', 'entries')} could not be given to the owner in the image`);
  if (report.caseCollisions > 0) notes.push(`${count(report.caseCollisions, 'name')} differ from another one only in upper and lower case`);
  return notes;
}

function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}
