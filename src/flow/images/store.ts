import pLimit from 'p-limit';
import { formatSize, LoadregError } from '../../base/index.ts';
import type { SeededImage } from '../../image/index.ts';
import { formatReference, RegistryError } from '../../registry/index.ts';
import { failureOf } from '../failure.ts';
import { type PushImage, pushImage, type PushProgress } from '../push.ts';
import type { UploadOptions } from '../upload-options.ts';
import type { VU } from '../vu.ts';
import { leavesOf } from './leaves.ts';
import { seededImage } from './seeded-image.ts';

/** Images at once; each of them transfers its layers at the run's layer concurrency. */
const IMAGES_AT_ONCE = 4;

/** How images are put into the registry before the load. */
export interface StoreOptions extends Pick<UploadOptions, 'mode'> {
  /** Begins each line of the log: `seed`. */
  readonly what: string;
  /** Names the call in errors: `images.seed()`. */
  readonly call: string;
  /** What would work when it fails. */
  readonly hint: string;
  /** Done before an image that is missing is pushed. */
  readonly before?: (image: PushImage) => Promise<void>;
}

/**
 * Puts images into the registry, and skips what is there already: whole images by the digest of their tag, then blob by blob. Blobs that several
 * repositories have are mounted from one to the next where the registry can. Says beforehand how much it will write at most.
 */
export async function store(vu: VU, wanted: readonly PushImage[], options: StoreOptions): Promise<SeededImage[]> {
  const { what } = options;
  const there = await inParallel(vu, wanted, options, (image) => isThere(vu, image));
  const missing = wanted.filter((_, i) => there[i] !== true);
  if (missing.length === 0)
    vu.log.info(`${what}: ${wanted.length === 1 ? 'the image is' : `all ${wanted.length} images are`} in the registry already`);
  else await write(vu, missing, wanted.length, options);
  return wanted.map(seededImage);
}

async function write(vu: VU, missing: readonly PushImage[], all: number, options: StoreOptions): Promise<void> {
  const { what } = options;
  const repositories = new Set(missing.map(({ repository }) => repository)).size;
  const some = `${missing.length} of ${all} images in ${repositories} ${repositories === 1 ? 'repository' : 'repositories'}`;
  vu.log.info(`${what}: pushing ${some}, at most ${formatSize(volume(missing))}`);

  const start = performance.now();
  const homes = new Map<string, string>(); // where a blob can be mounted from
  const progress: PushProgress = { uploaded: 0, existed: 0, mounted: 0, bytes: 0 };
  let done = 0;
  let saidAt = start;
  const upload: UploadOptions = {
    ...(options.mode === undefined ? {} : { mode: options.mode }),
    mountFrom: ({ digest }) => homes.get(digest),
  };
  await inParallel(vu, missing, options, async (image) => {
    await options.before?.(image);
    await pushImage(vu, image, upload, progress);
    for (const { layers } of leavesOf(image)) {
      for (const layer of layers) if (!homes.has(layer.digest)) homes.set(layer.digest, image.repository);
    }
    done += 1;
    if (performance.now() - saidAt < 5000) return;
    saidAt = performance.now();
    vu.log.info(`${what}: ${done} of ${missing.length} images pushed, ${formatSize(progress.bytes)} written`);
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  vu.log.info(`${what}: ${done} ${done === 1 ? 'image' : 'images'} pushed, ${formatSize(progress.bytes)} written in ${seconds}s`);
}

/**
 * Whether the tag has the digest that it should have. A registry that does not say the digest on HEAD is asked for the manifest, and one that
 * forbids to look at a repository that is not there yet is pushed to.
 */
async function isThere(vu: VU, image: PushImage): Promise<boolean> {
  const { manifests } = vu.registry;
  const info = await manifests.exists(image.repository, image.tag).catch(absentWhenForbidden);
  if (info === undefined) return false;
  const digest = info.digest ?? (await manifests.get(image.repository, image.tag)).digest;
  return digest === image.manifest.digest;
}

function absentWhenForbidden(error: unknown): undefined {
  if (error instanceof RegistryError && error.status === 403) return undefined;
  throw error;
}

/** Bytes of blobs, each once a repository: what a registry without mount will be sent when it has none of them. */
function volume(missing: readonly PushImage[]): number {
  const sizes = new Map<string, number>();
  for (const image of missing) {
    for (const { layers, config } of leavesOf(image)) {
      for (const blob of [...layers, config]) sizes.set(`${image.repository}@${blob.digest}`, blob.size);
    }
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

/** Runs `work` on a few images at once. The first error ends it, once what is under way has ended. */
async function inParallel<T>(
  vu: VU,
  all: readonly PushImage[],
  options: StoreOptions,
  work: (image: PushImage) => Promise<T>,
): Promise<T[]> {
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
          throw storeError(error, image, options);
        }
      }),
    ),
  );
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value as T;
  });
}

function storeError(error: unknown, image: PushImage, { call, hint }: StoreOptions): unknown {
  const failure = failureOf(error);
  if (failure === undefined) return error;
  const reference = formatReference({ repository: image.repository, tag: image.tag });
  return new LoadregError(`${call} failed at ${reference}: ${failure.message}`, { exit: 'scriptException', hint, cause: error });
}
