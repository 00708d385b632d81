import type { BuiltImage, ImageBlob } from '../image/index.ts';
import { formatReference, isDigest, isForeignLayer } from '../registry/index.ts';
import { arrive } from './arrive.ts';
import { FlowError, statusOf } from './failure.ts';
import { flow, type FlowOutcome } from './flow.ts';
import { keepReferrersTag } from './images/referrers-tag.ts';
import { manifestOptions } from './profiles/index.ts';
import { eachAtMost } from './transfer.ts';
import { pushBlob, type BlobFate } from './upload.ts';
import type { UploadOptions } from './upload-options.ts';
import type { VU } from './vu.ts';

/** An image on its way to a repository, as `images.fresh()` and `images.retag()` make it. */
export interface PushImage extends BuiltImage {
  readonly repository: string;
  /** Or the digest of the manifest, for an artifact that gets no tag. */
  readonly tag: string;
}

/** How {@link push} goes about it. Default: as the run says (`--push-mode` and the like), else as the client does it. */
export interface PushOptions extends UploadOptions {
  /** Awaited before a manifest is sent: what it refers to is still being checked. When it rejects, the push fails with that error. */
  readonly ready?: Promise<void>;
}

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
 * under its tag; or as the client does it that the run imitates (`options.client`). Of an index, its images first, each by its digest. A `fresh` blob that the registry has already fails the push with `FRESH_BLOB_EXISTS`: the run would measure a HEAD where
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
  const { repository, tag } = image;
  const reference = formatReference(isDigest(tag) ? { repository, digest: tag } : { repository, tag });
  return { ok, code, message, durationMs, reference, digest: image.manifest.digest, ...progress };
}

/** The requests of a push, without the span around them; throws what went wrong. */
export async function pushImage(vu: VU, image: PushImage, options: PushOptions, progress: PushProgress): Promise<void> {
  const { repository, tag, manifest } = image;
  const { profile } = vu.internals.settings;
  await arrive(vu, repository);
  if (profile.headBeforePush === 'first' && (await hasManifest(vu, repository, tag, manifest))) return;
  for (const child of image.children ?? []) await pushOne(vu, repository, child, child.manifest.digest, options, progress);
  if (image.children === undefined) await pushBlobs(vu, repository, image, options, progress);
  await options.ready;
  await putManifest(vu, repository, image, tag, progress);
}

/** An image of an index: its blobs, then its manifest by its digest. */
async function pushOne(
  vu: VU,
  repository: string,
  image: BuiltImage,
  reference: string,
  options: PushOptions,
  progress: PushProgress,
): Promise<void> {
  for (const child of image.children ?? []) await pushOne(vu, repository, child, child.manifest.digest, options, progress);
  if (image.children === undefined) await pushBlobs(vu, repository, image, options, progress);
  await options.ready;
  await putManifest(vu, repository, image, reference, progress);
}

/** Layers, several at once, and the config with them or after them. */
async function pushBlobs(vu: VU, repository: string, image: BuiltImage, options: PushOptions, progress: PushProgress): Promise<void> {
  const { profile, layerConcurrency, push: settings } = vu.internals.settings;
  const { headBeforeUpload: head } = profile;
  const one = async (blob: ImageBlob, headBefore: 'always' | 'not-fresh') => {
    const asked = headBefore === 'always' || !blob.fresh;
    const fate = await pushBlob(vu, repository, blob, { ...uploadOptions(vu, options), headBefore: options.headBefore ?? asked });
    progress[fate] += 1;
    if (fate === 'uploaded') progress.bytes += blob.size;
  };
  const layers = distinct(image.layers).filter((layer) => !isForeignLayer(layer.mediaType));
  const config = () => one(image.config, head.config);
  const work = layers.map((layer) => () => one(layer, head.layer));
  if (profile.configWithLayers) work.push(config);
  await eachAtMost(settings?.layerConcurrency ?? layerConcurrency, work, (upload) => upload());
  if (!profile.configWithLayers) await config();
}

/** How blobs go up: as the call says, else as the run says, else as the client does it. */
function uploadOptions(vu: VU, options: PushOptions): UploadOptions {
  const { profile, push: settings } = vu.internals.settings;
  const { mountFrom } = settings ?? {};
  return {
    mode: settings?.mode ?? profile.uploadMode,
    chunkSize: settings?.chunkSize ?? profile.chunkSize,
    framing: profile.patchFraming,
    headAfter: profile.headAfterCommit,
    ...(mountFrom === undefined ? {} : { mountFrom }),
    ...options,
  };
}

async function putManifest(vu: VU, repository: string, image: BuiltImage, reference: string, progress: PushProgress): Promise<void> {
  const { manifest } = image;
  const { profile } = vu.internals.settings;
  if (profile.headBeforePush === 'last' && (await hasManifest(vu, repository, reference, manifest))) return;
  const answer = await vu.registry.manifests.put(repository, reference, manifest.bytes, manifest.mediaType);
  progress.bytes += manifest.bytes.length;
  // A new tag on an image that was there is no image of this run: removing its manifest would take the others' tags too.
  if (progress.uploaded > 0)
    vu.internals.pushed({ repository, digest: manifest.digest, tag: reference === manifest.digest ? undefined : reference });
  if (answer.digest !== undefined && answer.digest !== manifest.digest) {
    vu.internals.observer.count(vu.internals.scope, 'digest_mismatches', 1);
    throw new FlowError('DIGEST_MISMATCH', 'the registry answered a manifest PUT with the digest of something else');
  }
  if (image.subject !== undefined && answer.subject === undefined) await keepReferrersTag(vu, repository, image);
}

/** Whether the registry has this very manifest under the reference: then a client that asks for it before it pushes has nothing to do. */
async function hasManifest(vu: VU, repository: string, reference: string, manifest: BuiltImage['manifest']): Promise<boolean> {
  try {
    const accept = manifestOptions(vu.internals.settings.profile, undefined);
    return (await vu.registry.manifests.exists(repository, reference, accept))?.digest === manifest.digest;
  } catch (error) {
    if (statusOf(error) === 403) return false; // some registries refuse to say what is not there (ggcr does the same)
    throw error;
  }
}

function distinct(layers: PushImage['layers']): PushImage['layers'] {
  return [...new Map(layers.map((layer) => [layer.digest, layer])).values()];
}
