import { shown } from '../base/index.ts';
import {
  algorithmOf,
  type Descriptor,
  digestOf,
  type ImageManifest,
  type IndexManifest,
  isForeignLayer,
  ManifestError,
  type Manifest,
  MEDIA_TYPES,
  parseManifest,
} from '../registry/index.ts';
import { isLayerType } from './built-types.ts';
import { CONFIG_LIMIT, expectCounts, isFields, isImageConfig, parseJson, type ReadConfig, readConfig } from './read-config.ts';
import { MissingContentError } from './read-error.ts';
import { type ArchiveFiles, MOST_IMAGES, readSmall, type StoredFile } from './read-files.ts';
import {
  type ArchivedImage,
  type ArchivedIndex,
  type ArchivedLayer,
  type ArchivedManifest,
  type ArchivedSingle,
  isIndex,
} from './read-image.ts';
import { StoredLayer } from './read-layer.ts';

/** Bytes of a manifest at most, as registries and clients have it (distribution-spec, "Pushing manifests"). */
const MANIFEST_LIMIT = 4 * 1024 ** 2;
/** Indexes in indexes; real ones have two. */
const DEEPEST = 5;

/**
 * The images of an OCI layout (image-spec, image-layout.md), manifests byte for byte. Entries of one manifest under several names are one image.
 * Where `index.json` lists platforms and no names, it is itself the index that is meant.
 */
export async function readOciImages(files: ArchiveFiles): Promise<readonly ArchivedImage[]> {
  await expectVersion(files);
  const file = await files.find('index.json');
  if (file === undefined) throw files.refuse('index.json is missing');
  const bytes = await readSmall(files, file, 'index.json', MANIFEST_LIMIT);
  const index = parse(files, bytes, MEDIA_TYPES.ociIndex, 'index.json');
  if (index.kind !== 'index') throw files.refuse('index.json is no image index');
  if (index.manifests.length === 0) throw files.refuse('index.json lists no image');
  expectFew(index.manifests.length, 'index.json', files);
  const reader = new Reader(files);
  if (index.manifests.length > 1 && index.manifests.every((entry) => entry.platform !== undefined && namesOf(entry).length === 0)) {
    const manifest = { bytes, mediaType: MEDIA_TYPES.ociIndex, digest: digestOf(bytes) };
    return [await reader.children(index, manifest, [])];
  }
  const byDigest = new Map<string, { descriptor: Descriptor; names: Set<string> }>();
  for (const descriptor of index.manifests) {
    const entry = byDigest.get(descriptor.digest) ?? { descriptor, names: new Set() };
    for (const name of namesOf(descriptor)) entry.names.add(name);
    byDigest.set(descriptor.digest, entry);
  }
  const images: ArchivedImage[] = [];
  for (const { descriptor, names } of byDigest.values()) images.push({ ...(await reader.read(descriptor, [])), names: [...names] });
  expectFew(
    images.reduce((sum, image) => sum + sizeOf(image), 0),
    'index.json',
    files,
  );
  return images;
}

/** Indexes that list one another many times make more of a few bytes than anybody can walk through. */
function expectFew(entries: number, what: string, { refuse }: ArchiveFiles): void {
  if (entries > MOST_IMAGES) throw refuse(`${what} lists ${entries} images, with those in indexes; at most ${MOST_IMAGES} are taken`);
}

const sizes = new WeakMap<readonly ArchivedImage[], number>();

/** An image, and all that stands below it, as often as it does. */
function sizeOf(image: ArchivedImage): number {
  if (!isIndex(image)) return 1;
  const { children, missing } = image;
  const size = sizes.get(children) ?? 1 + missing.length + children.reduce((sum, child) => sum + sizeOf(child), 0);
  sizes.set(children, size);
  return size;
}

async function expectVersion(files: ArchiveFiles): Promise<void> {
  const file = await files.find('oci-layout');
  if (file === undefined) throw files.refuse('oci-layout is missing');
  const fields = parseJson(await readSmall(files, file, 'oci-layout', 4096), 'oci-layout', files.refuse);
  const version = isFields(fields) ? fields['imageLayoutVersion'] : undefined;
  if (version !== '1.0.0') throw files.refuse(`the OCI layout has the version ${shown(JSON.stringify(version) ?? 'none')}, not "1.0.0"`);
}

/** Docker and containerd write the whole name, everybody else what may be a tag only. */
function namesOf({ annotations = {} }: Descriptor): readonly string[] {
  const name = annotations['io.containerd.image.name'] ?? annotations['org.opencontainers.image.ref.name'];
  return name === undefined || name === '' ? [] : [name];
}

/** Reads what descriptors name, each content once. */
class Reader {
  readonly #files: ArchiveFiles;
  readonly #images = new Map<string, ArchivedImage>();
  readonly #layers = new Map<string, StoredLayer>();
  /** By digest: any number of manifests may name the same one. */
  readonly #configs = new Map<string, Buffer>();
  readonly #parsed = new Map<string, ReadConfig>();

  constructor(files: ArchiveFiles) {
    this.#files = files;
  }

  /** `above` are the digests of the indexes that lead here. */
  async read(descriptor: Descriptor, above: readonly string[]): Promise<ArchivedImage> {
    const { digest, platform } = descriptor;
    this.#files.signal?.throwIfAborted();
    if (above.includes(digest)) throw this.#files.refuse(`the index ${digest} lists itself`);
    if (above.length > DEEPEST) throw this.#files.refuse(`the index ${above[0]} holds indexes more than ${DEEPEST} deep`);
    const known = this.#images.get(digest);
    const image = known ?? (await this.#manifest(descriptor, above));
    this.#images.set(digest, image);
    return { ...image, ...(platform === undefined ? {} : { platform }) };
  }

  /** An index with what it lists; what the archive does not hold is left out and told. */
  async children(index: IndexManifest, manifest: ArchivedManifest, above: readonly string[]): Promise<ArchivedIndex> {
    expectFew(index.manifests.length, `the index ${manifest.digest}`, this.#files);
    const children: ArchivedImage[] = [];
    const missing: Descriptor[] = [];
    let firstMissing: MissingContentError | undefined;
    for (const entry of index.manifests) {
      try {
        children.push(await this.read(entry, above));
      } catch (error) {
        if (!(error instanceof AbsentImageError)) throw error;
        firstMissing ??= error.missing;
        missing.push(entry);
      }
    }
    if (children.length === 0) throw firstMissing ?? this.#files.refuse(`the index ${manifest.digest} lists no image`);
    const image = { names: [], files: this.#files, manifest, children, missing };
    expectFew(sizeOf(image), `the index ${manifest.digest}`, this.#files);
    return image;
  }

  async #manifest(descriptor: Descriptor, above: readonly string[]): Promise<ArchivedImage> {
    const { digest } = descriptor;
    const file = await this.#blob(descriptor, `the manifest ${digest}`).catch((error: unknown) => {
      throw error instanceof MissingContentError && above.length > 0 ? new AbsentImageError(error) : error;
    });
    const bytes = await readSmall(this.#files, file, `the manifest ${digest}`, MANIFEST_LIMIT);
    const read = parse(this.#files, bytes, descriptor.mediaType, `the manifest ${digest}`);
    const manifest = { bytes, mediaType: read.mediaType === '' ? descriptor.mediaType : read.mediaType, digest };
    const image = await this.#contentOf(read, manifest, above);
    // Last, so that a circle of indexes is called one: no digests can fit in it.
    const found = digestOf(bytes, algorithmOf(digest));
    if (found !== digest) throw this.#files.refuse(`the manifest ${digest} is not what it should be: its bytes give ${found}`);
    return image;
  }

  #contentOf(read: Manifest, manifest: ArchivedManifest, above: readonly string[]): Promise<ArchivedImage> {
    if (read.kind === 'index') return this.children(read, manifest, [...above, manifest.digest]);
    if (read.kind === 'image') return this.#image(read, manifest, above.length > 0);
    throw this.#files.refuse(`the manifest ${manifest.digest} is of schema 1, which no registry takes any more`);
  }

  async #image(read: ImageManifest, manifest: ArchivedManifest, mayBeAbsent: boolean): Promise<ArchivedSingle> {
    const label = `the image ${manifest.digest}`;
    if (mayBeAbsent) await this.#expectSome(read);
    const { digest } = read.config;
    const configBytes = await this.#config(read.config, label);
    const isImage = isImageConfig(read.config.mediaType) && read.layers.every(({ mediaType }) => isLayerType(mediaType));
    const { diffIds, platform } = isImage ? this.#parse(digest, configBytes) : { diffIds: [], platform: undefined };
    if (isImage) expectCounts(read.layers.length, diffIds.length, label, this.#files.refuse);
    const layers: ArchivedLayer[] = [];
    for (const [index, descriptor] of read.layers.entries()) {
      const diffId = diffIds[index];
      layers.push({ descriptor, diffId, content: await this.#layer(descriptor, diffId, label) });
    }
    return {
      names: [],
      ...(platform === undefined ? {} : { platform }),
      ...(read.subject === undefined ? {} : { subject: read.subject }),
      files: this.#files,
      config: { bytes: configBytes, digest, mediaType: read.config.mediaType },
      layers,
      manifest,
    };
  }

  async #config(descriptor: Descriptor, label: string): Promise<Buffer> {
    const { digest } = descriptor;
    const file = await this.#blob(descriptor, `the config of ${label}`);
    let bytes = this.#configs.get(digest);
    if (bytes === undefined) {
      bytes = await readSmall(this.#files, file, `the config of ${label}`, CONFIG_LIMIT);
      const found = digestOf(bytes, algorithmOf(digest));
      if (found !== digest) throw this.#files.refuse(`the config ${digest} is not what it should be: its bytes give ${found}`);
      this.#configs.set(digest, bytes);
    }
    return bytes;
  }

  #parse(digest: string, bytes: Buffer): ReadConfig {
    const parsed = this.#parsed.get(digest) ?? readConfig(bytes, `the config ${digest}`, this.#files.refuse);
    this.#parsed.set(digest, parsed);
    return parsed;
  }

  async #layer(descriptor: Descriptor, diffId: string | undefined, label: string): Promise<StoredLayer | undefined> {
    if (isForeignLayer(descriptor.mediaType)) return undefined;
    const file = await this.#blob(descriptor, `a layer of ${label}`);
    const key = `${descriptor.digest} ${diffId ?? ''}`;
    const layer = this.#layers.get(key) ?? new StoredLayer(this.#files, file, { digest: descriptor.digest, diffId });
    this.#layers.set(key, layer);
    return layer;
  }

  /**
   * Exports of one platform may hold the manifests of all of them, even the configs, and of the others no layers but base layers that are shared.
   */
  async #expectSome(read: ImageManifest): Promise<void> {
    const has = async ({ digest }: Descriptor) => (await this.#files.find(blobName(digest))) !== undefined;
    const own = read.layers.filter(({ mediaType }) => !isForeignLayer(mediaType));
    let there = 0;
    for (const layer of own) there += Number(await has(layer));
    const configured = await has(read.config);
    if (configured && (there > 0 || own.length === 0)) return;
    const gone = configured ? (own[0] ?? read.config) : read.config;
    throw new AbsentImageError(this.#missing(gone.digest, 'what an index lists'));
  }

  async #blob({ digest, size }: Descriptor, what: string): Promise<StoredFile> {
    const file = await this.#files.find(blobName(digest));
    if (file === undefined) throw this.#missing(digest, what);
    if (file.size !== size) throw this.#files.refuse(`${what}: ${digest} is ${file.size} bytes long, but its descriptor says ${size}`);
    return file;
  }

  #missing(digest: string, what: string): MissingContentError {
    return new MissingContentError(this.#files.refuse(`${what} is missing: there is no ${blobName(digest)}`).message);
  }
}

/** Nothing of an image is there but its name in an index. */
class AbsentImageError extends Error {
  readonly missing: MissingContentError;

  constructor(missing: MissingContentError) {
    super(missing.message);
    this.missing = missing;
  }
}

function blobName(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}

function parse(files: ArchiveFiles, bytes: Buffer, mediaType: string, what: string): Manifest {
  try {
    return parseManifest(bytes, mediaType);
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    throw files.refuse(`${what} cannot be used: ${error.message.replace(/^the manifest cannot be used: /, '')}`, { cause: error });
  }
}
