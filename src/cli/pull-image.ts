import path from 'node:path';
import pLimit from 'p-limit';

import { choosePlatform, FlowError } from '../flow/index.ts';
import {
  type Descriptor,
  type ImageManifest,
  isForeignLayer,
  type ManifestContent,
  parseManifest,
  type Reference,
} from '../registry/index.ts';
import { pullBlob } from './pull-blob.ts';
import type { Session } from './session.ts';

/** Indexes on the way to an image. */
const DEEPEST_INDEX = 4;

/** An image in a registry, found. */
export interface FoundImage {
  readonly content: ManifestContent;
  readonly manifest: ImageManifest;
  /** Whether an index led to it. */
  readonly fromIndex: boolean;
}

/**
 * Fetches the manifest, and where it is an index the one of the platform. Throws FlowError: `PLATFORM_NOT_FOUND`, which names what there is,
 * `DIGEST_MISMATCH`, `INDEX_TOO_DEEP`, `MANIFEST_OUTDATED`.
 */
export async function findImage({ registry }: Session, { repository, tag, digest }: Reference, platform: string): Promise<FoundImage> {
  let wanted = digest ?? tag ?? 'latest';
  for (let depth = 0; depth <= DEEPEST_INDEX; depth += 1) {
    const content = await registry.manifests.get(repository, wanted);
    if (content.mismatch !== undefined) throw new FlowError(content.mismatch.code, content.mismatch.detail);
    const manifest = parseManifest(content.bytes, content.mediaType);
    if (manifest.kind === 'image') return { content, manifest, fromIndex: depth > 0 };
    if (manifest.kind === 'schema1') {
      throw new FlowError('MANIFEST_OUTDATED', "the image has Docker's old format (schema 1), which loadreg pull does not write");
    }
    wanted = choosePlatform(manifest, platform).digest;
  }
  throw new FlowError('INDEX_TOO_DEEP', `${wanted} is behind more than ${DEEPEST_INDEX} indexes`);
}

/** A blob on its way into a file. */
export interface ArrivingBlob {
  readonly descriptor: Descriptor;
  /** Resolves with the file's path once size and digest are right. Undefined for a foreign layer, which no registry has. */
  readonly file: Promise<string> | undefined;
}

/** The blobs of an image on their way. */
export interface ArrivingImage {
  readonly config: ArrivingBlob & { readonly file: Promise<string> };
  /** Base first, each as often as the image names it. */
  readonly layers: readonly ArrivingBlob[];
  /** Resolves when nothing is under way any more, however it ended. */
  settled(): Promise<void>;
}

/** Starts to download config and layers into a folder, as many at once as the session has it; a blob that comes twice comes once. */
export function startBlobs(
  session: Session,
  repository: string,
  { config, layers }: ImageManifest,
  folder: string,
  onBytes: (bytes: number) => void,
): ArrivingImage {
  const limit = pLimit(session.vu.internals.settings.layerConcurrency);
  const files = new Map<string, Promise<string>>();
  let failed = false;
  const download = (blob: Descriptor) =>
    limit(async () => {
      if (failed) throw new FlowError('ABORTED', 'another blob failed');
      const file = path.join(folder, blob.digest.replace(':', '-'));
      try {
        await pullBlob(session, repository, blob, file, onBytes);
      } catch (error) {
        failed = true;
        throw error;
      }
      return file;
    });
  const fileOf = (blob: Descriptor): Promise<string> => {
    let file = files.get(blob.digest);
    if (file === undefined) {
      file = download(blob);
      file.catch(() => {}); // whoever waits for it is told
      files.set(blob.digest, file);
    }
    return file;
  };
  const arrivingConfig = { descriptor: config, file: fileOf(config) };
  return {
    config: arrivingConfig,
    layers: layers.map((layer) => ({ descriptor: layer, file: isForeignLayer(layer.mediaType) ? undefined : fileOf(layer) })),
    async settled() {
      await Promise.allSettled(files.values());
    },
  };
}

/** Bytes that a pull of the image downloads. */
export function bytesOf({ config, layers }: ImageManifest): number {
  const blobs = [config, ...layers.filter((layer) => !isForeignLayer(layer.mediaType))];
  return [...new Map(blobs.map((blob) => [blob.digest, blob.size])).values()].reduce((sum, size) => sum + size, 0);
}
