import { shown } from '../base/index.ts';
import { type Descriptor, digestOf, isDigest, isForeignLayer, MEDIA_TYPES } from '../registry/index.ts';
import { CONFIG_LIMIT, expectCounts, isFields, parseJson, type ReadConfig, readConfig } from './read-config.ts';
import { MissingContentError } from './read-error.ts';
import { type ArchiveFiles, MOST_IMAGES, readSmall, type StoredFile } from './read-files.ts';
import type { ArchivedConfig, ArchivedLayer, ArchivedSingle } from './read-image.ts';
import { StoredLayer } from './read-layer.ts';

/** Bytes of `manifest.json` at most. */
const MANIFEST_LIMIT = 4 * 1024 ** 2;

interface Entry {
  readonly config: string;
  readonly names: readonly string[];
  readonly layers: readonly string[];
  /** Of foreign layers, by diff_id. What it says of any other layer is not heeded: it describes types the files do not have. */
  readonly sources: Readonly<Record<string, unknown>>;
}

/**
 * The images that `manifest.json` lists: docker save before the OCI layout, crane, podman and skopeo (`docker-archive:`). Its order of layers
 * counts, not that of the files; a layer that is there once may be named many times, by links too.
 */
export async function readDockerImages(files: ArchiveFiles): Promise<readonly ArchivedSingle[]> {
  const file = await fileOf(files, 'manifest.json', 'it');
  const entries = readEntries(await readSmall(files, file, 'manifest.json', MANIFEST_LIMIT), files);
  const known: Known = { configs: new Map(), layers: new Map() };
  const images: ArchivedSingle[] = [];
  for (const entry of entries) images.push(await readImage(files, entry, known));
  return images;
}

/** What was read already: any number of images may name it again. */
interface Known {
  /** By file. */
  readonly configs: Map<string, KnownConfig>;
  readonly layers: Map<string, StoredLayer>;
}

interface KnownConfig extends ReadConfig {
  readonly config: ArchivedConfig;
}

async function readImage(files: ArchiveFiles, entry: Entry, known: Known): Promise<ArchivedSingle> {
  files.signal?.throwIfAborted();
  const label = shown(entry.names[0] ?? entry.config);
  const { config, diffIds, platform } = await configOf(files, entry.config, label, known);
  expectCounts(entry.layers.length, diffIds.length, label, files.refuse);
  const layers: ArchivedLayer[] = [];
  for (const [index, diffId] of diffIds.entries()) {
    const descriptor = foreignOf(entry.sources[diffId]);
    const name = entry.layers[index] as string;
    const content = descriptor === undefined ? layerOf(files, await fileOf(files, name, label), diffId, known.layers) : undefined;
    layers.push({ descriptor, diffId, content });
  }
  return { names: entry.names, ...(platform === undefined ? {} : { platform }), files, config, layers };
}

async function configOf(files: ArchiveFiles, name: string, label: string, { configs }: Known): Promise<KnownConfig> {
  const file = await fileOf(files, name, label);
  const what = `the config ${shown(name)}`;
  let known = configs.get(file.name);
  if (known === undefined) {
    const bytes = await readSmall(files, file, what, CONFIG_LIMIT);
    const config = { bytes, digest: digestOf(bytes), mediaType: MEDIA_TYPES.dockerConfig };
    known = { config, ...readConfig(bytes, what, files.refuse) };
    configs.set(file.name, known);
  }
  return known;
}

/** The same file under the same diff_id is the same layer, read once. */
function layerOf(files: ArchiveFiles, file: StoredFile, diffId: string, known: Map<string, StoredLayer>): StoredLayer {
  const key = `${diffId} ${file.name}`;
  const layer = known.get(key) ?? new StoredLayer(files, file, { digest: digestOfName(file.name), diffId });
  known.set(key, layer);
  return layer;
}

/** Docker 25 and newer keep content under its digest. */
function digestOfName(name: string): string | undefined {
  const [, algorithm, hex] = /^blobs\/(sha256|sha512)\/([0-9a-f]+)$/.exec(name) ?? [];
  const digest = `${algorithm}:${hex}`;
  return isDigest(digest) ? digest : undefined;
}

async function fileOf(files: ArchiveFiles, name: string, whose: string): Promise<StoredFile> {
  const file = await files.find(name);
  if (file !== undefined) return file;
  throw new MissingContentError(files.refuse(`${shown(name)} is missing, which ${shown(whose)} needs`).message);
}

function foreignOf(source: unknown): Descriptor | undefined {
  if (!isFields(source)) return undefined;
  const { mediaType, digest, size, urls } = source;
  if (typeof mediaType !== 'string' || !isForeignLayer(mediaType) || typeof digest !== 'string' || !isDigest(digest)) return undefined;
  if (!Number.isSafeInteger(size) || !Array.isArray(urls) || !urls.every((url) => typeof url === 'string')) return undefined;
  return { mediaType, digest, size: size as number, urls };
}

function readEntries(bytes: Buffer, { refuse }: ArchiveFiles): readonly Entry[] {
  const list = parseJson(bytes, 'manifest.json', refuse);
  if (!Array.isArray(list)) throw refuse('manifest.json is no list of images');
  if (list.length === 0) throw refuse('manifest.json lists no image');
  if (list.length > MOST_IMAGES) throw refuse(`manifest.json lists ${list.length} images; at most ${MOST_IMAGES} are taken`);
  return list.map((entry: unknown, index): Entry => {
    const wrong = (field: string) => refuse(`manifest.json: [${index}].${field} is not what docker save writes`);
    if (!isFields(entry)) throw refuse(`manifest.json: [${index}] is no image`);
    const { Config, RepoTags, Layers, LayerSources } = entry;
    if (typeof Config !== 'string' || Config === '') throw wrong('Config');
    if (!isTexts(RepoTags ?? [])) throw wrong('RepoTags');
    if (!isTexts(Layers ?? [])) throw wrong('Layers');
    const sources = isFields(LayerSources) ? LayerSources : {};
    return { config: Config, names: (RepoTags ?? []) as string[], layers: (Layers ?? []) as string[], sources };
  });
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string' && entry !== '');
}
