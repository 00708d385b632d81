import { keyedBytes, keyedRandom, type Problem, type Random } from '../base/index.ts';
import { isRepository } from '../registry/index.ts';
import type { ImageLayer, ImageSpec } from './image.ts';
import type { LayerSpec } from './layer.ts';
import { type Content, type ContentOptions, MOST_IMAGES, readContent, readCount, throwProblems } from './options.ts';
import { drawLayers } from './sizes.ts';

/** Images that a scenario wants in the registry before it starts. */
export interface SeedOptions extends ContentOptions {
  /** How many images. Default: one for each repository and tag. */
  readonly count?: number;
  /** Repositories that the images are dealt to in turn. Default: one for each image, or 1 where only `tags` is given. */
  readonly repositories?: number;
  /** Tags in each repository; instead of `count`. Default 1. */
  readonly tags?: number;
  /**
   * Layers, counted from the top, in which the tags of a repository differ; those below are the same, as in versions of one application.
   * Default: all.
   */
  readonly changed?: number;
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
 * scenarios which want different images do not overwrite each other's; those of fresh images also hold the run id. Throws InvalidConfigError at
 * once; each image is planned when it is asked for, since a million of them take a while.
 */
export function planSeed(options: SeedOptions, settings: SeedSettings): Iterable<PlannedImage> {
  const problems: Problem[] = [];
  const content = readContent('images.seed()', options, options.fresh ?? false, problems);
  const { repositories, perRepository } = shape(options, problems);
  const changed = options.changed === undefined ? undefined : readCount('images.seed().changed', options.changed, problems);
  const name = options.name ?? 'app';
  const stem = underPrefix(settings.repoPrefix, `${name}-${options.fresh === true ? `${runSlug(settings.runId)}-` : ''}`);
  if (!isRepository(`${stem}0`)) {
    const fix = 'lower-case letters and digits, with single dots, dashes or slashes between them';
    problems.push({ where: 'images.seed().name', what: `${JSON.stringify(name)} does not make a repository's name`, fix });
  }
  throwProblems(problems);

  // What is not asked for leaves no trace here, so that the names of what scenarios seed stay what they are.
  const parts = [content, repositories, perRepository, ...(changed === undefined ? [] : [changed])];
  const shapeId = keyedBytes(settings.seed, name, JSON.stringify(parts)).toString('hex', 0, 3);
  return planned({ content, stem: `${stem}${shapeId}`, shapeId, perRepository, changed, fresh: options.fresh ?? false, settings });
}

/** What {@link planSeed} made of its options. */
interface SeedPlan {
  readonly content: Content;
  /** What the names of repositories begin with. */
  readonly stem: string;
  readonly shapeId: string;
  readonly perRepository: readonly number[];
  readonly changed: number | undefined;
  readonly fresh: boolean;
  readonly settings: SeedSettings;
}

function* planned({ content, stem, shapeId, perRepository, changed, fresh, settings }: SeedPlan): Generator<PlannedImage> {
  const width = String(perRepository.length).length;
  for (const [r, tags] of perRepository.entries()) {
    const repository = `${stem}-${String(r + 1).padStart(width, '0')}`;
    for (let t = 0; t < tags; t += 1) {
      const place = { own: `${shapeId}/${r}/${t}`, shared: `${shapeId}/${r}/0`, repository: r };
      yield { repository, tag: `v${t + 1}`, spec: seedSpec(content, place, changed, fresh, settings) };
    }
  }
}

/** What keys the content of an image, and that of layers that it shares with the other tags of its repository. */
interface Place {
  readonly own: string;
  readonly shared: string;
  readonly repository: number;
}

function seedSpec(content: Content, place: Place, changed: number | undefined, fresh: boolean, settings: SeedSettings): ImageSpec {
  const { seed, runId } = settings;
  const { own, shared, repository } = place;
  const sizes = layerSizes(content, keyedRandom(seed, 'layers', changed === undefined ? own : shared));
  const made = (where: string) =>
    fresh ? freshLayers(content, sizes, `${runId}/${where}`) : fixedLayers(content, sizes, ['seeded', seed, where]);
  const below = changed === undefined ? 0 : Math.max(0, sizes.length - changed);
  // The first tag that is pushed brings them, the others find them there.
  const common = made(shared).slice(0, below);
  const layers = [
    ...baseLayers(content, seed, repository),
    ...common.map((layer) => ({ ...layer, fresh: false })),
    ...made(own).slice(below),
  ];
  return imageSpec(content, { layers, id: fresh ? `${runId}/${own}` : `${seed}/${own}`, fresh });
}

/** A spec with what the content says beside its layers. */
export function imageSpec(content: Content, image: Pick<ImageSpec, 'layers' | 'id' | 'fresh'>): ImageSpec {
  const { configSize, format, platforms } = content;
  return { ...image, configSize, format, ...(platforms === undefined ? {} : { platforms }) };
}

/** The sizes given, or those that this image draws. */
export function layerSizes(content: Content, random: Random): readonly number[] {
  return content.drawn === undefined ? content.layers : drawLayers(random, content.drawn);
}

/** What all layers of the content have in common. */
function making({
  compressible,
  compression,
}: Pick<Content, 'compressible' | 'compression'>): Pick<LayerSpec, 'compressible' | 'compression'> {
  return { compressible, ...(compression === undefined ? {} : { compression }) };
}

/** The shared layer below the others: all images of a repository have the same one. Never fresh, so the same on every run. */
export function baseLayers(content: Content, seed: number, repository: number): ImageLayer[] {
  if (content.base === undefined) return [];
  const { size, count } = content.base;
  return [{ size, ...making(content), key: ['base', seed, repository % count], cached: true }];
}

/** Layers that are the same wherever they are made with this key. */
export function fixedLayers(content: Content, sizes: readonly number[], key: readonly (string | number)[]): ImageLayer[] {
  return sizes.map((size, i) => ({ size, ...making(content), key: [...key, i] }));
}

/** Layers that were never in any registry. All of one size are the same but for their last block, so that they cost no hash of the whole. */
export function freshLayers(content: Pick<Content, 'compressible' | 'compression'>, sizes: readonly number[], salt: string): FreshLayer[] {
  return sizes.map((size, i) => ({ size, ...making(content), key: ['fresh'], salt: `${salt}/${i}`, cached: true, fresh: true }));
}

/** A layer of this run alone. */
export type FreshLayer = LayerSpec & { readonly salt: string; readonly cached: true; readonly fresh: true };

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
  if (images > MOST_IMAGES) {
    const what = `${images} images are more than can be meant`;
    problems.push({ where: 'images.seed()', what, fix: `at most ${MOST_IMAGES}` });
    return { repositories: 1, perRepository: [1] };
  }
  if (images < repositories) repositories = images;
  return { repositories, perRepository: Array.from({ length: repositories }, (_, r) => Math.ceil((images - r) / repositories)) };
}
