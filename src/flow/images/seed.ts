import { setImmediate } from 'node:timers/promises';
import { formatSize } from '../../base/index.ts';
import { buildImage, planSeed, type SeededImage, type SeedOptions } from '../../image/index.ts';
import type { PushImage } from '../push.ts';
import type { UploadOptions } from '../upload-options.ts';
import type { VU } from '../vu.ts';
import { store } from './store.ts';

/** Longest time, ms, that planning keeps the thread for itself. */
const BREATHE_EVERY_MS = 50;

/** How {@link seed} goes about it. */
export interface SeedImagesOptions extends SeedOptions {
  /** How blobs are uploaded; see `push`. Default: as the run says. */
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
 *
 * @example
 * // Layers as on Docker Hub, gzipped, for two platforms each.
 * const layers = { distribution: 'hub-2024', cap: '16MiB' } as const;
 * await images.seed(vu, { count: 50, layers, compression: 'gzip', platforms: ['linux/amd64', 'linux/arm64'] });
 */
export async function seed(vu: VU, options: SeedImagesOptions): Promise<SeededImage[]> {
  const plan = planSeed(options, vu.internals.settings);
  const wanted: PushImage[] = [];
  let breathedAt = performance.now();
  for (const { repository, tag, spec } of plan) {
    if (performance.now() - breathedAt > BREATHE_EVERY_MS) {
      await setImmediate(); // Ctrl+C gets its turn
      breathedAt = performance.now();
    }
    vu.signal.throwIfAborted();
    wanted.push({ repository, tag, ...(await buildImage(spec, vu.internals.shared)) });
  }
  const { mode } = options;
  const hint =
    'seeding needs the right to push under the repository prefix (--repo-prefix); images.fromList() and images.fromCatalog() need none';
  const seeded = await store(vu, wanted, { what: 'seed', call: 'images.seed()', hint, ...(mode === undefined ? {} : { mode }) });
  vu.log.info(`seed: a pull of one moves ${formatSize(wanted.reduce((sum, image) => sum + pulled(image), 0) / wanted.length)} on average`);
  return seeded;
}

/** Bytes of the blobs that a client pulls: of an index, those of one platform. */
function pulled({ children, size, layers, config }: PushImage): number {
  return children === undefined ? size : layers.reduce((sum, layer) => sum + layer.size, config.size);
}
