import { isDigest } from './digest.ts';
import { ManifestError } from './errors.ts';
import { essenceOf, manifestKindOf } from './media-types.ts';
import { isRecord } from './record.ts';
import type { Descriptor, Platform } from './types.ts';

/** A manifest, read. */
export type Manifest = ImageManifest | IndexManifest | Schema1Manifest;

/** Fields that images and indexes share. */
interface Annotated {
  /** From the manifest itself, else from `Content-Type`. */
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** One image: a config and layers, base layer first. */
export interface ImageManifest extends Annotated {
  readonly kind: 'image';
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** A list of manifests, one a platform. */
export interface IndexManifest extends Annotated {
  readonly kind: 'index';
  readonly manifests: readonly Descriptor[];
}

/** Docker's old format: digests of layers, **top layer first**, repeats being normal; no sizes, no config blob. */
export interface Schema1Manifest {
  readonly kind: 'schema1';
  readonly mediaType: string;
  readonly fsLayers: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a manifest. `contentType` decides its kind where it is a manifest type, else the manifest's own `mediaType`, else its shape. Throws
 * ManifestError that says which field is wrong, and nothing else, whatever the bytes are.
 */
export function parseManifest(bytes: Uint8Array, contentType: string): Manifest {
  const fields = object(parseJson(bytes), 'it');
  const sent = essenceOf(contentType);
  const own = optionalText(fields, 'mediaType', '');
  if (own !== undefined && manifestKindOf(sent) !== undefined && own !== sent) {
    throw new ManifestError(`its mediaType is "${short(own)}", but it was sent as "${short(sent)}"`);
  }
  const mediaType = own ?? sent;
  switch (manifestKindOf(mediaType) ?? kindByShape(fields)) {
    case 'image': {
      const config = readDescriptor(fields['config'], 'config');
      return { kind: 'image', ...annotated(fields, mediaType), config, layers: readDescriptors(fields['layers'], 'layers') };
    }
    case 'index':
      return { kind: 'index', ...annotated(fields, mediaType), manifests: readDescriptors(fields['manifests'], 'manifests') };
    case 'schema1':
      return { kind: 'schema1', mediaType, fsLayers: list(fields['fsLayers'], 'fsLayers').map(blobSum) };
    default:
      throw new ManifestError(`"${short(mediaType)}" is neither an image nor an index`);
  }
}

/** One for all: to make one takes as long as to read a small manifest. */
const UTF8 = new TextDecoder('utf-8', { fatal: true });

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(UTF8.decode(bytes));
  } catch {
    throw new ManifestError('it is no JSON');
  }
}

function kindByShape(fields: Fields): 'image' | 'index' | 'schema1' | undefined {
  if (fields['schemaVersion'] === 1 && 'fsLayers' in fields) return 'schema1';
  if ('manifests' in fields) return 'index';
  return 'config' in fields && 'layers' in fields ? 'image' : undefined;
}

function annotated(fields: Fields, mediaType: string): Annotated {
  const artifactType = optionalText(fields, 'artifactType', '');
  const subject = fields['subject'];
  const annotations = textMap(fields['annotations'], 'annotations');
  return {
    mediaType,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(subject === undefined || subject === null ? {} : { subject: readDescriptor(subject, 'subject') }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

/** Reads a list of descriptors; `where` goes before every complaint. Throws ManifestError. */
export function readDescriptors(value: unknown, where: string): readonly Descriptor[] {
  return list(value, where).map((entry, index) => readDescriptor(entry, `${where}[${index}]`));
}

function readDescriptor(value: unknown, where: string): Descriptor {
  const fields = object(value, where);
  const mediaType = optionalText(fields, 'mediaType', where);
  if (mediaType === undefined) throw new ManifestError(`${where}.mediaType is missing`);
  const { size } = fields;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw new ManifestError(`${where}.size is ${shown(size)}, not a number of bytes`);
  }
  const platform = readPlatform(fields['platform'], `${where}.platform`);
  const artifactType = optionalText(fields, 'artifactType', where);
  const urls = fields['urls'];
  const annotations = textMap(fields['annotations'], `${where}.annotations`);
  return {
    mediaType,
    digest: digestAt(fields['digest'], `${where}.digest`),
    size,
    ...(platform === undefined ? {} : { platform }),
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(urls === undefined || urls === null ? {} : { urls: list(urls, `${where}.urls`).map((url, i) => text(url, `${where}.urls[${i}]`)) }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function readPlatform(value: unknown, where: string): Platform | undefined {
  if (value === undefined || value === null) return undefined;
  const fields = object(value, where);
  const variant = optionalText(fields, 'variant', where);
  return {
    os: optionalText(fields, 'os', where) ?? '',
    architecture: optionalText(fields, 'architecture', where) ?? '',
    ...(variant === undefined ? {} : { variant }),
  };
}

function blobSum(entry: unknown, index: number): string {
  const where = `fsLayers[${index}]`;
  return digestAt(object(entry, where)['blobSum'], `${where}.blobSum`);
}

function digestAt(value: unknown, where: string): string {
  const digest = text(value, where);
  if (!isDigest(digest)) throw new ManifestError(`${where} is "${short(digest)}", not a sha256 or sha512 digest`);
  return digest;
}

function object(value: unknown, where: string): Fields {
  if (!isRecord(value)) throw new ManifestError(`${where} is ${shown(value)}, not an object`);
  return value;
}

function list(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new ManifestError(`${where} is ${shown(value)}, not a list`);
  return value;
}

function text(value: unknown, where: string): string {
  if (typeof value !== 'string') throw new ManifestError(`${where} is ${shown(value)}, not a text`);
  return value;
}

/** A text field that may be missing; empty counts as missing. */
function optionalText(fields: Fields, name: string, where: string): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null || value === '') return undefined;
  return text(value, where === '' ? name : `${where}.${name}`);
}

function textMap(value: unknown, where: string): Readonly<Record<string, string>> | undefined {
  if (value === undefined || value === null) return undefined;
  const entries = Object.entries(object(value, where));
  return Object.fromEntries(entries.map(([name, entry]) => [name, text(entry, `${where}["${short(name)}"]`)]));
}

/** A value in a message: texts and numbers short, anything else by its kind. */
function shown(value: unknown): string {
  if (typeof value === 'string') return `"${short(value)}"`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : 'an object';
}

function short(value: string): string {
  const line = value.replace(/\p{Cc}/gu, ' ');
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
