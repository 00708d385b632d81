import pLimit from 'p-limit';
import { formatSize, LoadregError } from '../../base/index.ts';
import { type BuiltImage, buildImage, descriptorOf, planSeed, type SeededImage, type SeedOptions } from '../../image/index.ts';
import { formatReference } from '../../registry/index.ts';
import { failureOf } from '../failure.ts';
import { type PushImage, pushImage } from '../push.ts';
import type { UploadOptions } from '../upload.ts';
import type { VU } from '../vu.ts';

/** Images at once; each of them transfers its layers at the run's layer concurrency. */
const IMAGES_AT_ONCE = 4;

/** How {@link seed} goes about it. */
export interface SeedImagesOptions extends SeedOptions {
  /** How blobs are uploaded; see `push`. Default `monolithic`. */
  readonly mode?: NonNullable<UploadOptions['mode']>;
}

/**
 * Puts synthetic images into the registry, for `setup`: skips what is there already (by the digest of the tag, then blob by blob), mounts shared
 * bases from one repository to the next where the registry can, and says beforehand how much it will write. Returns the images as JSON,
 * repository by repository, the same on every run unless `fresh`.
 *
 * @example
 * export async function setup(vu: VU) {
 *   return { refs: await images.seed(vu, { repositories: 20, tags: 3, layers: ['256KiB', '4MiB'], base: { size: '10MiB', count: 5 } }) };
 * }
 */
export async function seed(vu: VU, options: SeedImagesOptions): Promise<SeededImage[]> {
  const plan = planSeed(options, vu.internals.settings);
  const wanted: PushImage[] = [];
  for (const { repository, tag, spec } of plan) {
    vu.signal.throwIfAborted();
    wanted.push({ repository, tag, ...(await buildImage(spec, vu.internals.shared)) });
  }
  const there = await inParallel(vu, wanted, (image) => isThere(vu, image));
  const missing = wanted.filter((_, i) => there[i] !== true);
  if (missing.length === 0) vu.log.info(`seed: all ${wanted.length} images are in the registry already`);
  else await write(vu, missing, wanted.length, options);
  vu.log.info(`seed: a pull of one moves ${formatSize(wanted.reduce((sum, image) => sum + image.size, 0) / wanted.length)} on average`);
  return wanted.map(seededImage);
}

async function write(vu: VU, missing: readonly PushImage[], all: number, options: SeedImagesOptions): Promise<void> {
  const repositories = new Set(missing.map(({ repository }) => repository)).size;
  const what = `${missing.length} of ${all} images in ${repositories} ${repositories === 1 ? 'repository' : 'repositories'}`;
  vu.log.info(`seed: pushing ${what}, at most ${formatSize(volume(missing))}`);

  const start = performance.now();
  const homes = new Map<string, string>(); // where a blob can be mounted from
  const progress = { uploaded: 0, existed: 0, mounted: 0, bytes: 0 };
  let done = 0;
  let saidAt = start;
  await inParallel(vu, missing, async (image) => {
    await pushImage(
      vu,
      image,
      { ...(options.mode === undefined ? {} : { mode: options.mode }), mountFrom: ({ digest }) => homes.get(digest) },
      progress,
    );
    for (const layer of image.layers) if (!homes.has(layer.digest)) homes.set(layer.digest, image.repository);
    done += 1;
    if (performance.now() - saidAt < 5000) return;
    saidAt = performance.now();
    vu.log.info(`seed: ${done} of ${missing.length} images pushed, ${formatSize(progress.bytes)} written`);
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  vu.log.info(`seed: ${done} images pushed, ${formatSize(progress.bytes)} written in ${seconds}s`);
}

/** Whether the tag has the digest that it should have. A registry that does not say the digest on HEAD is asked for the manifest. */
async function isThere(vu: VU, image: PushImage): Promise<boolean> {
  const { manifests } = vu.registry;
  const info = await manifests.exists(image.repository, image.tag);
  if (info === undefined) return false;
  const digest = info.digest ?? (await manifests.get(image.repository, image.tag)).digest;
  return digest === image.manifest.digest;
}

/** Bytes of blobs, each once a repository: what a registry without mount will be sent when it has none of them. */
function volume(missing: readonly PushImage[]): number {
  const sizes = new Map<string, number>();
  for (const { repository, layers, config } of missing) {
    for (const blob of [...layers, config]) sizes.set(`${repository}@${blob.digest}`, blob.size);
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

/** Runs `work` on a few images at once. The first error ends it, once what is under way has ended. */
async function inParallel<T>(vu: VU, all: readonly PushImage[], work: (image: PushImage) => Promise<T>): Promise<T[]> {
  let stop = false;
  const run = pLimit(IMAGES_AT_ONCE);
  const results = await Promise.allSettled(
    all.map((image) =>
      run(async () => {
        if (stop) return undefined;
        try {
          vu.signal.throwIfAborted();
          return await work(image);
        } catch (error) {
          stop = true;
          vu.signal.throwIfAborted();
          throw seedError(error, image);
        }
      }),
    ),
  );
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value as T;
  });
}

function seedError(error: unknown, image: PushImage): unknown {
  const failure = failureOf(error);
  if (failure === undefined) return error;
  const reference = formatReference({ repository: image.repository, tag: image.tag });
  return new LoadregError(`images.seed() failed at ${reference}: ${failure.message}`, {
    exit: 'scriptException',
    hint: 'seeding needs the right to push under the repository prefix (--repo-prefix); images.fromList() and images.fromCatalog() need none',
    cause: error,
  });
}

/** What `setup` hands on of an image that is in the registry. */
function seededImage(image: PushImage & BuiltImage): SeededImage {
  const { repository, tag, manifest, size, config, layers } = image;
  return {
    repository,
    tag,
    digest: manifest.digest,
    mediaType: manifest.mediaType,
    size,
    config: descriptorOf(config),
    layers: layers.map(descriptorOf),
  };
}
