import type { ManifestEntry } from './contents.ts';
import { ApiError } from './errors.ts';
import { isDigest } from './names.ts';

/** Media type of an OCI image index. */
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';

const SCHEMA_1 = /^application\/vnd\.docker\.distribution\.manifest\.v1\+(?:json|prettyjws)$/;
const NOT_PUSHED = /\.(?:foreign|nondistributable)\./;

/** What a pushed manifest says of itself and of what it needs. */
export interface Inspected {
  readonly entry: ManifestEntry;
  /** Digests of the blobs that must be in the repository; without layers that are never pushed. */
  readonly blobs: readonly string[];
  /** Digests of the manifests that must be there. */
  readonly manifests: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads a manifest of any type as far as the server must know it: image, index, artifact and schema 1, told apart by their fields and not by a
 * list of media types. Throws MANIFEST_INVALID.
 */
export function inspectManifest(bytes: Buffer, contentType: string | undefined): Inspected {
  const manifest = parse(bytes);
  const declared = text(manifest['mediaType'], 'mediaType');
  const sent = contentType?.split(';', 1)[0]?.trim() || undefined;
  const mediaType = sent ?? declared;
  if (mediaType === undefined) throw invalid('neither Content-Type nor mediaType says what the manifest is');
  if (declared !== undefined && declared !== mediaType) throw invalid(`mediaType is ${declared}, Content-Type is ${mediaType}`);

  const config = manifest['config'] === undefined ? undefined : descriptor(manifest['config'], 'config');
  const layers = list(manifest, 'layers').map((layer, i) => descriptor(layer, `layers[${i}]`));
  const children = list(manifest, 'manifests').map((child, i) => descriptor(child, `manifests[${i}]`));
  const subject = manifest['subject'] === undefined ? undefined : descriptor(manifest['subject'], 'subject');
  const artifactType = text(manifest['artifactType'], 'artifactType') ?? config?.mediaType;
  const annotations = manifest['annotations'] as Record<string, string> | undefined;

  const needed = [...(config === undefined ? [] : [config]), ...layers].filter((blob) => !NOT_PUSHED.test(blob.mediaType ?? ''));
  const entry: ManifestEntry = {
    mediaType,
    size: bytes.length,
    ...(subject && { subject: subject.digest }),
    ...(artifactType !== undefined && { artifactType }),
    ...(annotations && { annotations }),
  };
  const blobs = SCHEMA_1.test(mediaType) ? schema1Blobs(manifest) : needed.map((blob) => blob.digest);
  return { entry, blobs, manifests: children.map((child) => child.digest) };
}

function schema1Blobs(manifest: Json): string[] {
  return list(manifest, 'fsLayers').map((layer, i) => {
    const digest = (layer as Json | null)?.['blobSum'];
    if (typeof digest !== 'string' || !isDigest(digest)) throw invalid(`fsLayers[${i}].blobSum is no digest`);
    return digest;
  });
}

function parse(bytes: Buffer): Json {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw invalid('not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('not a JSON object');
  return value as Json;
}

function list(manifest: Json, key: string): readonly unknown[] {
  const value = manifest[key] ?? [];
  if (!Array.isArray(value)) throw invalid(`${key} is no list`);
  return value;
}

function text(value: unknown, where: string): string | undefined {
  if (value === undefined || typeof value === 'string') return value || undefined;
  throw invalid(`${where} is no text`);
}

function descriptor(value: unknown, where: string): { digest: string; mediaType: string | undefined } {
  const { digest, size, mediaType } = (value ?? {}) as Json;
  if (typeof digest !== 'string' || !isDigest(digest)) throw invalid(`${where}.digest is no digest of a known algorithm`);
  if (!Number.isSafeInteger(size) || (size as number) < 0) throw invalid(`${where}.size is no size`);
  return { digest, mediaType: text(mediaType, `${where}.mediaType`) };
}

function invalid(why: string): ApiError {
  return new ApiError('MANIFEST_INVALID', `manifest invalid: ${why}`);
}
