import type { BuiltImage } from '../image/index.ts';
import { formatReference } from '../registry/index.ts';
import { FlowError } from './failure.ts';
import { flow, type FlowOutcome } from './flow.ts';
import { eachAtMost } from './transfer.ts';
import { pushBlob, type BlobFate, type UploadOptions } from './upload.ts';
import type { VU } from './vu.ts';

/** An image on its way to a repository, as `images.fresh()` and `images.retag()` make it. */
export interface PushImage extends BuiltImage {
  readonly repository: string;
  readonly tag: string;
}

/** How {@link push} goes about it. */
export type PushOptions = UploadOptions;

/** What a push did. On a failure the fields hold what was done by then. */
export interface PushResult extends FlowOutcome {
  /** `team/app:1.0`. */
  readonly reference: string;
  /** Digest of the manifest. */
  readonly digest: string;
  /** Blobs that were sent. */
  readonly uploaded: number;
  /** Blobs that the repository had already. */
  readonly existed: number;
  /** Blobs that were mounted from another repository. */
  readonly mounted: number;
  /** Bytes of manifest and blobs that were sent whole. */
  readonly bytes: number;
}

/** What a push has done so far. */
export type PushProgress = Record<BlobFate | 'bytes', number>;

/**
 * One `docker push`: for each layer HEAD, and where it is missing POST and PUT, three layers at once; then the config, then the manifest
 * under its tag. A `fresh` blob that the registry has already fails the push with `FRESH_BLOB_EXISTS`: the run would measure a HEAD where
 * it means an upload. Each fresh image can therefore be pushed once.
 *
 * A push that fails is a result with `ok: false` and a code: `FRESH_BLOB_EXISTS`, `BLOB_MISSING`, `DIGEST_MISMATCH`, `DENIED`,
 * `HTTP_503`, `ECONNRESET`, …
 *
 * @example
 * const pushed = await push(vu, await images.fresh(vu, { layers: ['1MiB'] }));
 */
export async function push(vu: VU, image: PushImage, options: PushOptions = {}): Promise<PushResult> {
  const progress: PushProgress = { uploaded: 0, existed: 0, mounted: 0, bytes: 0 };
  const { ok, code, message, durationMs } = await flow(vu, 'push', (inner) => pushImage(inner, image, options, progress));
  const reference = formatReference({ repository: image.repository, tag: image.tag });
  return { ok, code, message, durationMs, reference, digest: image.manifest.digest, ...progress };
}

/** The requests of a push, without the span around them; throws what went wrong. */
export async function pushImage(vu: VU, image: PushImage, options: UploadOptions, progress: PushProgress): Promise<void> {
  const { repository, tag, manifest } = image;
  const { internals } = vu;
  const one = async (blob: PushImage['config']) => {
    const fate = await pushBlob(vu, repository, blob, options);
    progress[fate] += 1;
    if (fate === 'uploaded') progress.bytes += blob.size;
  };
  await eachAtMost(internals.settings.layerConcurrency, distinct(image.layers), one);
  await one(image.config);

  const answer = await vu.registry.manifests.put(repository, tag, manifest.bytes, manifest.mediaType);
  progress.bytes += manifest.bytes.length;
  // A new tag on an image that was there is no image of this run: removing its manifest would take the others' tags too.
  if (progress.uploaded > 0) internals.pushed({ repository, digest: manifest.digest, tag });
  if (answer.digest !== undefined && answer.digest !== manifest.digest) {
    internals.observer.count(internals.scope, 'digest_mismatches', 1);
    throw new FlowError('DIGEST_MISMATCH', 'the registry answered a manifest PUT with the digest of something else');
  }
}

function distinct(layers: PushImage['layers']): PushImage['layers'] {
  return [...new Map(layers.map((layer) => [layer.digest, layer])).values()];
}
