import { InvalidConfigError, parseSize, type Problem } from '../base/index.ts';
import type { Platform } from '../registry/index.ts';
import type { ImageFormat } from './format.ts';
import type { Compression } from './layer.ts';
import { type DrawnContent, LAYER_DISTRIBUTIONS, type LayerDistribution } from './sizes.ts';

/** A size in bytes, or as text with its unit: `'10MiB'`, `'512B'`. */
export type Size = string | number;

/** Layers as real images have them: their number and sizes are drawn for each image. */
export interface DrawnLayers {
  /** `hub-2024`: what Docker Hub holds; `ibm-2017`: what a registry of production was asked for, a tenth as much in the mean. */
  readonly distribution: LayerDistribution;
  /** No layer is larger. Without a cap some have gigabytes; `'16MiB'` is for CI, `'256MiB'` for a lab. */
  readonly cap?: Size;
  /** Layers of every image. Default: drawn too (in the median 5 for `hub-2024`, 7 for `ibm-2017`). */
  readonly count?: number;
}

/** What images are made of. */
export interface ContentOptions {
  /** Sizes of the layers, base first; exact to the byte. Or a distribution that they are drawn from. */
  readonly layers: readonly Size[] | DrawnLayers;
  /** A layer below the others that several images share: one of `count` (default 1) of this size. */
  readonly base?: { readonly size: Size; readonly count?: number };
  /** Size of the config; raised to what its fields need. Default `'4KiB'`. */
  readonly config?: Size;
  /** Share of each layer, 0 to 1, that compresses to nothing. Default 0: layers as they are when compressed. */
  readonly compressible?: number;
  /**
   * `gzip` makes each layer a `.tar.gz` of the size given, with gzip's checksums and no work for a compressor. Layers below 23 bytes stay
   * as they are. Default `none`: tar archives.
   */
  readonly compression?: Compression;
  /** Media types: `oci` (default) or `docker`. */
  readonly format?: ImageFormat;
  /** Makes an index of an image for each of these, for example `['linux/amd64', 'linux/arm64/v8']`. Default: one image, no index. */
  readonly platforms?: readonly string[];
}

/** {@link ContentOptions} with sizes in bytes. What is not asked for is undefined: names of seeded images hold a hash of all this. */
export interface Content {
  /** Empty when they are drawn. */
  readonly layers: readonly number[];
  readonly drawn: DrawnContent | undefined;
  readonly base: { readonly size: number; readonly count: number } | undefined;
  readonly configSize: number;
  readonly compressible: number;
  readonly format: ImageFormat;
  readonly compression: 'gzip' | undefined;
  readonly platforms: readonly Platform[] | undefined;
}

/** A fresh blob smaller than this could not be told from another one. */
const LEAST_FRESH = { none: 16, gzip: 32 } as const;

/** Distribution and its clients refuse manifests above 4 MiB; far fewer layers already make no image that any engine runs. */
const MOST_LAYERS = 1000;

/**
 * Reads what images are made of. Adds to `problems` what is wrong, under `where`; with `fresh`, layers must be large enough to be unique.
 * What is returned is good for use only when no problem was added.
 */
export function readContent(where: string, options: ContentOptions, fresh: boolean, problems: Problem[]): Content {
  const size = (at: string, value: unknown, least: number): number => {
    const bytes = typeof value === 'string' || typeof value === 'number' ? parseSize(value) : undefined;
    const fix = "bytes, or text such as '10MiB'";
    if (bytes === undefined) problems.push({ where: `${where}.${at}`, what: `${show(value)} is no size`, fix });
    else if (bytes < least) problems.push({ where: `${where}.${at}`, what: `${show(value)} is too small`, fix: `at least ${least} bytes` });
    return bytes ?? 0;
  };
  const compression = readOneOf(`${where}.compression`, options.compression ?? 'none', ['none', 'gzip'], problems);
  const leastFresh = LEAST_FRESH[compression];
  const given: unknown = options.layers;
  const layers: number[] = [];
  let drawn: DrawnContent | undefined;
  if (Array.isArray(given)) {
    if (given.length > MOST_LAYERS) {
      problems.push({ where: `${where}.layers`, what: `${given.length} layers are too many`, fix: `at most ${MOST_LAYERS}` });
    }
    for (const [i, value] of given.entries()) layers.push(size(`layers[${i}]`, value, fresh ? leastFresh : 0));
  } else if (typeof given === 'object' && given !== null) {
    const { distribution, cap, count } = given as Partial<DrawnLayers>;
    drawn = {
      distribution: readOneOf(`${where}.layers.distribution`, distribution, LAYER_DISTRIBUTIONS, problems),
      cap: cap === undefined ? undefined : size('layers.cap', cap, 32),
      count: count === undefined ? undefined : readCount(`${where}.layers.count`, count, problems, MOST_LAYERS),
    };
  } else {
    const fix = "for example ['1MiB', '10MiB'], or { distribution: 'hub-2024', cap: '16MiB' }";
    problems.push({ where: `${where}.layers`, what: `${show(given)} is no list of sizes`, fix });
  }
  const base =
    options.base === undefined
      ? undefined
      : { size: size('base.size', options.base.size, 0), count: readCount(`${where}.base.count`, options.base.count ?? 1, problems) };
  const compressible = options.compressible ?? 0;
  if (!(compressible >= 0 && compressible <= 1)) {
    problems.push({ where: `${where}.compressible`, what: `${show(compressible)} is no share`, fix: 'a number from 0 to 1' });
  }
  const format = readOneOf(`${where}.format`, options.format ?? 'oci', ['oci', 'docker'], problems);
  const platforms = options.platforms === undefined ? undefined : readPlatforms(`${where}.platforms`, options.platforms, problems);
  return {
    layers,
    drawn,
    base,
    configSize: size('config', options.config ?? '4KiB', 0),
    compressible,
    format,
    compression: compression === 'gzip' ? 'gzip' : undefined,
    platforms,
  };
}

/** One of a few words. */
function readOneOf<T extends string>(where: string, value: unknown, words: readonly T[], problems: Problem[]): T {
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  const fix = words.map((word) => `'${word}'`).join(' or ');
  problems.push({ where, what: `${show(value)} is none of those that there are`, fix });
  return words[0] as T;
}

function readPlatforms(where: string, value: unknown, problems: Problem[]): Platform[] {
  const fix = "for example ['linux/amd64', 'linux/arm64/v8']";
  if (!Array.isArray(value) || value.length === 0) {
    problems.push({ where, what: `${show(value)} is no list of platforms`, fix });
    return [];
  }
  const platforms: Platform[] = [];
  for (const [i, text] of value.entries()) {
    const platform = parsePlatform(text);
    if (platform === undefined) problems.push({ where: `${where}[${i}]`, what: `${show(text)} is no platform`, fix });
    else if (value.indexOf(text) < i) problems.push({ where: `${where}[${i}]`, what: `${show(text)} is there twice`, fix: 'once each' });
    else platforms.push(platform);
  }
  return platforms;
}

/** Reads `os/architecture` or `os/architecture/variant`; undefined when it is neither. */
function parsePlatform(text: unknown): Platform | undefined {
  const parts = typeof text === 'string' ? text.split('/') : [];
  const [os, architecture, variant] = parts;
  if (os === undefined || architecture === undefined || parts.length > 3 || parts.includes('')) return undefined;
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

/** More images, repositories or tags than this are a slip of the finger: planning them alone would take minutes and fill the memory. */
export const MOST_IMAGES = 1_000_000;

/** A whole number from 1 on, to `most`. */
export function readCount(where: string, value: unknown, problems: Problem[], most: number = MOST_IMAGES): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= most) return value;
  const fix = `a whole number from 1 to ${most}`;
  problems.push({ where, what: `${show(value)} is no number of things`, fix });
  return 1;
}

/** Throws what was found wrong, all at once. */
export function throwProblems(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new InvalidConfigError(problems);
}

function show(value: unknown): string {
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
}
