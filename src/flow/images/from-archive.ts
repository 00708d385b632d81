import { basename, resolve } from 'node:path';
import { type ArchivedImage, builtImageOf, type ImageArchive, openArchive } from '../../archive/index.ts';
import { InvalidConfigError } from '../../base/index.ts';
import { type BuiltImage, formatPlatform, runSlug, type SeededImage, underPrefix } from '../../image/index.ts';
import { formatReference, isTag, parseReference } from '../../registry/index.ts';
import type { PushImage } from '../push.ts';
import type { UploadOptions } from '../upload-options.ts';
import type { VU } from '../vu.ts';
import { checked, ownRepository, uniqueName } from './names.ts';
import { store } from './store.ts';

/** What of an archive is taken, and where it goes. */
export interface ArchiveOptions {
  /** Takes the image of this name alone, as the archive has it (`team/app:1.0`). Default: all that there are. */
  readonly image?: string;
  /** Takes one image of an index (`linux/amd64`). Default: the index with all that it lists. */
  readonly platform?: string;
  /** Where to put them. */
  readonly repository?: string;
  /** Only for one image. */
  readonly tag?: string;
  /** Push layers that are not compressed as gzip, compressed once. Default false: as they are stored. */
  readonly compress?: boolean;
}

/** How {@link fromArchive} and {@link fromLayout} go about it. */
export interface FromArchiveOptions extends ArchiveOptions {
  /** How blobs are uploaded; see `push`. Default: as the run says. */
  readonly mode?: NonNullable<UploadOptions['mode']>;
}

/**
 * Puts saved images into the registry, for `setup`: what `docker save`, `podman save`, skopeo, crane or BuildKit wrote, a tar or a folder. Skips what is
 * there already. Layers stream from the file as they are stored, and are checked against the config first. A relative path starts at the
 * scenario's folder. They go by the names they have in the archive, under the run's prefix, unless told otherwise.
 *
 * @example
 * export async function setup(vu: VU) {
 *   return { refs: await images.fromArchive(vu, './app.tar') };
 * }
 */
export async function fromArchive(vu: VU, path: string, options: FromArchiveOptions = {}): Promise<SeededImage[]> {
  const archive = await openArchive(resolve(vu.internals.settings.scenarioDir, path));
  try {
    return await putThere(vu, archive, path, 'images.fromArchive()', options);
  } finally {
    await archive.close();
  }
}

/** {@link fromArchive} for an OCI image layout, a folder or a tar; refuses anything else. */
export async function fromLayout(vu: VU, path: string, options: FromArchiveOptions = {}): Promise<SeededImage[]> {
  const archive = await openArchive(resolve(vu.internals.settings.scenarioDir, path));
  try {
    if (archive.kind !== 'oci-layout') {
      const what = `${path} is a ${archive.kind}, no OCI image layout`;
      throw new InvalidConfigError([{ where: 'images.fromLayout()', what, fix: 'images.fromArchive() takes every format' }]);
    }
    return await putThere(vu, archive, path, 'images.fromLayout()', options);
  } finally {
    await archive.close();
  }
}

/**
 * One saved image to hand to `push`, in any iteration. Nothing is sent. It is read and checked once in a thread, and stays open until the run
 * ends. Its digests are what they are, so a repository that has its blobs answers a push with HEADs that hit; by default it goes to one of the
 * run's own repositories.
 *
 * @example
 * await push(vu, await images.archived(vu, './app.tar'));
 */
export async function archived(vu: VU, path: string, options: ArchiveOptions = {}): Promise<PushImage> {
  const { settings, shared } = vu.internals;
  const file = resolve(settings.scenarioDir, path);
  const { image, platform, compress } = options;
  const key = `images.archived/${file}/${JSON.stringify([image, platform, compress])}`;
  let built = shared.get(key) as Promise<BuiltImage> | undefined;
  if (built === undefined) {
    built = readOne(file, path, options);
    shared.set(key, built);
  }
  const { repository = ownRepository(vu), tag = uniqueName(vu) } = options;
  return { ...checked(repository, tag), ...(await built) };
}

async function readOne(file: string, path: string, options: ArchiveOptions): Promise<BuiltImage> {
  const archive = await openArchive(file);
  try {
    const [one, ...others] = chosen(archive, path, 'images.archived()', options);
    if (one !== undefined && others.length === 0) return await build(one, options);
    const what = `${path} holds ${others.length + 1} images: ${namesIn(archive)}`;
    throw new InvalidConfigError([{ where: 'images.archived()', what, fix: "choose one by { image: '…' }" }]);
  } catch (error) {
    await archive.close();
    throw error;
  }
}

async function putThere(vu: VU, archive: ImageArchive, path: string, call: string, options: FromArchiveOptions): Promise<SeededImage[]> {
  const found = chosen(archive, path, call, options);
  for (const note of archive.notes) vu.log.warn(`${path}: ${note}`);
  const wanted: PushImage[] = [];
  for (const image of found) {
    vu.signal.throwIfAborted();
    const built = await build(image, options);
    for (const name of namesOf(image, options)) wanted.push({ ...place(vu, path, name, built, found.length, options), ...built });
  }
  refuseClashes(wanted, call);
  const hint = 'it needs the right to push under the repository prefix (--repo-prefix)';
  return store(vu, wanted, { what: 'archive', call, hint, ...(options.mode === undefined ? {} : { mode: options.mode }) });
}

/** The images that were asked for. */
function chosen(archive: ImageArchive, path: string, call: string, { image, platform, tag }: ArchiveOptions): ArchivedImage[] {
  let found = image === undefined ? archive.images : archive.images.filter(({ names }) => names.includes(image));
  if (found.length === 0) {
    const what = `${path} has no image ${JSON.stringify(image)}`;
    throw new InvalidConfigError([{ where: `${call}.image`, what, fix: `there is ${namesIn(archive)}` }]);
  }
  if (platform !== undefined) found = found.map((one) => ofPlatform(one, platform, path, call));
  if (tag === undefined || found.length === 1) return [...found];
  const what = `${found.length} images cannot all have the tag ${JSON.stringify(tag)}`;
  throw new InvalidConfigError([{ where: `${call}.tag`, what, fix: `leave it out, or choose one by { image: '…' }: ${namesIn(archive)}` }]);
}

function ofPlatform(image: ArchivedImage, platform: string, path: string, call: string): ArchivedImage {
  if (!('children' in image)) return image;
  const one = image.children.find((child) => child.platform !== undefined && formatPlatform(child.platform) === platform);
  if (one !== undefined) return { ...one, names: image.names };
  const there = image.children.flatMap((child) => (child.platform === undefined ? [] : [formatPlatform(child.platform)]));
  const what = `${path} has no ${platform}`;
  throw new InvalidConfigError([{ where: `${call}.platform`, what, fix: `it has ${there.join(', ') || 'no platforms'}` }]);
}

function namesIn({ images }: ImageArchive): string {
  return images.flatMap(({ names }) => names).join(', ') || `${images.length} without a name`;
}

function build(image: ArchivedImage, { compress }: ArchiveOptions): Promise<BuiltImage> {
  return builtImageOf(image, compress === true ? { compress: 'gzip' } : {});
}

/** The names an image goes by; `undefined` where it has none. */
function namesOf({ names }: ArchivedImage, { image, tag }: ArchiveOptions): readonly (string | undefined)[] {
  if (image !== undefined) return [image];
  return names.length === 0 || tag !== undefined ? [names[0]] : names;
}

/** Where an image goes: by its name, else by that of the file. An OCI layout often tells the tag alone. */
function place(vu: VU, path: string, name: string | undefined, built: BuiltImage, images: number, options: ArchiveOptions) {
  const full = name !== undefined && /[/:]/.test(name) ? parseReference(name, { withHost: true }) : undefined;
  const tagAlone = full === undefined && name !== undefined && isTag(name) ? name : undefined;
  const unnamed = images === 1 ? 'latest' : built.manifest.digest.replace(/^\w+:/, '').slice(0, 12);
  const stem = runSlug(basename(resolve('/', path)).replace(/(\.(tar|tgz|gz|oci|zst))+$/i, ''));
  return checked(
    options.repository ?? underPrefix(vu.internals.settings.repoPrefix, full?.repository ?? stem),
    options.tag ?? full?.tag ?? tagAlone ?? unnamed,
  );
}

/** Two images under one tag: the second would take it from the first. */
function refuseClashes(wanted: readonly PushImage[], call: string): void {
  const seen = new Map<string, string>();
  for (const { repository, tag, manifest } of wanted) {
    const name = formatReference({ repository, tag });
    const other = seen.get(name);
    if (other !== undefined && other !== manifest.digest) {
      const fix = "leave out `repository`, or choose one by { image: '…' }";
      throw new InvalidConfigError([{ where: call, what: `two images of the archive would become ${name}`, fix }]);
    }
    seen.set(name, manifest.digest);
  }
}
