import { keyedBytes, type Problem } from '../base/index.ts';
import { isRepository } from '../registry/index.ts';
import type { ImageLayer, ImageSpec } from './image.ts';
import { type Content, type ContentOptions, readContent, readCount, throwProblems } from './options.ts';

/** Images that a scenario wants in the registry before it starts. */
export interface SeedOptions extends ContentOptions {
  /** How many images. Default: one for each repository and tag. */
  readonly count?: number;
  /** Repositories that the images are dealt to in turn. Default: one for each image, or 1 where only `tags` is given. */
  readonly repositories?: number;
  /** Tags in each repository; instead of `count`. Default 1. */
  readonly tags?: number;
  /** First part of the repositories' names, after the run's prefix. Default `app`. */
  readonly name?: string;
  /**
   * Make the images for this run alone, in repositories of its own: something to push to. By default they are the same on every run, and
   * what is there already is not pushed again.
   */
  readonly fresh?: boolean;
}

/** Settings of the run that decide where seeded images live and what is in them. */
export interface SeedSettings {
  readonly seed: number;
  readonly runId: string;
  /** '' or ends without a slash. */
  readonly repoPrefix: string;
}

/** One image to seed. */
export interface PlannedImage {
  readonly repository: string;
  readonly tag: string;
  readonly spec: ImageSpec;
}

/**
 * Decides what is to be in the registry: repository by repository, tags `v1`, `v2`, … in each. Names hold a hash of seed and shape, so that
 * scenarios which want different images do not overwrite each other's; those of fresh images also hold the run id.
 */
export function planSeed(options: SeedOptions, settings: SeedSettings): PlannedImage[] {
  const problems: Problem[] = [];
  const content = readContent('images.seed()', options, options.fresh ?? false, problems);
  const { repositories, perRepository } = shape(options, problems);
  const name = options.name ?? 'app';
  const stem = underPrefix(settings.repoPrefix, `${name}-${options.fresh === true ? `${runSlug(settings.runId)}-` : ''}`);
  if (!isRepository(`${stem}0`)) {
    const fix = 'lower-case letters and digits, with single dots, dashes or slashes between them';
    problems.push({ where: 'images.seed().name', what: `${JSON.stringify(name)} does not make a repository's name`, fix });
  }
  throwProblems(problems);

  const shapeId = keyedBytes(settings.seed, name, JSON.stringify([content, repositories, perRepository])).toString('hex', 0, 3);
  const width = String(repositories).length;
  const images: PlannedImage[] = [];
  for (let r = 0; r < repositories; r += 1) {
    const repository = `${stem}${shapeId}-${String(r + 1).padStart(width, '0')}`;
    for (let t = 0; t < (perRepository[r] as number); t += 1) {
      images.push({ repository, tag: `v${t + 1}`, spec: seedSpec(content, `${shapeId}/${r}/${t}`, r, options.fresh ?? false, settings) });
    }
  }
  return images;
}

function seedSpec(content: Content, place: string, repository: number, fresh: boolean, settings: SeedSettings): ImageSpec {
  const { compressible } = content;
  const layers: ImageLayer[] = baseLayers(content, settings.seed, repository);
  for (const [i, size] of content.layers.entries()) {
    layers.push(
      fresh
        ? freshLayer(size, compressible, `${settings.runId}/${place}/${i}`)
        : { size, compressible, key: ['seeded', settings.seed, place, i] },
    );
  }
  const id = fresh ? `${settings.runId}/${place}` : `${settings.seed}/${place}`;
  return { layers, id, fresh, configSize: content.configSize, format: content.format };
}

/** The shared layer below the others: all images of a repository have the same one. Never fresh, so the same on every run. */
export function baseLayers(content: Content, seed: number, repository: number): ImageLayer[] {
  if (content.base === undefined) return [];
  const { size, count } = content.base;
  return [{ size, compressible: content.compressible, key: ['base', seed, repository % count], cached: true }];
}

/** A layer that was never in any registry. All of one size are the same but for their last block, so that they cost no hash of the whole. */
export function freshLayer(size: number, compressible: number, salt: string): ImageLayer {
  return { size, compressible, key: ['fresh'], salt, cached: true, fresh: true };
}

/** A repository that loadreg names, in the place that the run gave it: a project, a path, a namespace. */
export function underPrefix(repoPrefix: string, name: string): string {
  return repoPrefix === '' ? name : `${repoPrefix}/${name}`;
}

/** A run id as a part of a repository's name. */
export function runSlug(runId: string): string {
  return (
    runId
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'run'
  );
}

/** Repositories, and images in each. */
function shape(options: SeedOptions, problems: Problem[]): { repositories: number; perRepository: number[] } {
  const read = (key: 'count' | 'repositories' | 'tags') =>
    options[key] === undefined ? undefined : readCount(`images.seed().${key}`, options[key], problems);
  const count = read('count');
  const tags = read('tags');
  let repositories = read('repositories');
  if (count !== undefined && tags !== undefined && repositories !== undefined && count !== tags * repositories) {
    const what = `${count} images are not ${repositories} repositories of ${tags} tags`;
    problems.push({ where: 'images.seed().count', what, fix: 'leave one of the three out' });
  }
  repositories ??= count === undefined ? 1 : Math.ceil(count / (tags ?? 1));
  const images = count ?? repositories * (tags ?? 1);
  if (images < repositories) repositories = images;
  return { repositories, perRepository: Array.from({ length: repositories }, (_, r) => Math.ceil((images - r) / repositories)) };
}
