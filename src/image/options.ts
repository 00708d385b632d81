import { InvalidConfigError, parseSize, type Problem } from '../base/index.ts';
import type { ImageFormat } from './format.ts';

/** A size in bytes, or as text with its unit: `'10MiB'`, `'512B'`. */
export type Size = string | number;

/** What images are made of. */
export interface ContentOptions {
  /** Sizes of the layers, base first; exact to the byte. */
  readonly layers: readonly Size[];
  /** A layer below the others that several images share: one of `count` (default 1) of this size. */
  readonly base?: { readonly size: Size; readonly count?: number };
  /** Size of the config; raised to what its fields need. Default `'4KiB'`. */
  readonly config?: Size;
  /** Share of each layer, 0 to 1, that compresses to nothing. Default 0: layers as they are when compressed. */
  readonly compressible?: number;
  /** Media types: `oci` (default) or `docker`. */
  readonly format?: ImageFormat;
}

/** {@link ContentOptions} with sizes in bytes. */
export interface Content {
  readonly layers: readonly number[];
  readonly base: { readonly size: number; readonly count: number } | undefined;
  readonly configSize: number;
  readonly compressible: number;
  readonly format: ImageFormat;
}

/** A fresh blob smaller than this could not be told from another one. */
const LEAST_FRESH = 16;

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
  if (!Array.isArray(options.layers)) {
    problems.push({ where: `${where}.layers`, what: `${show(options.layers)} is no list of sizes`, fix: "for example ['1MiB', '10MiB']" });
  } else if (options.layers.length > MOST_LAYERS) {
    problems.push({ where: `${where}.layers`, what: `${options.layers.length} layers are too many`, fix: `at most ${MOST_LAYERS}` });
  }
  const layers = Array.isArray(options.layers)
    ? options.layers.map((value, i) => size(`layers[${i}]`, value, fresh ? LEAST_FRESH : 0))
    : [];
  const base =
    options.base === undefined
      ? undefined
      : { size: size('base.size', options.base.size, 0), count: readCount(`${where}.base.count`, options.base.count ?? 1, problems) };
  const compressible = options.compressible ?? 0;
  if (!(compressible >= 0 && compressible <= 1)) {
    problems.push({ where: `${where}.compressible`, what: `${show(compressible)} is no share`, fix: 'a number from 0 to 1' });
  }
  const format = options.format ?? 'oci';
  if (format !== 'oci' && format !== 'docker') {
    problems.push({ where: `${where}.format`, what: `${show(format)} is no format`, fix: "'oci' or 'docker'" });
  }
  return { layers, base, configSize: size('config', options.config ?? '4KiB', 0), compressible, format };
}

/** A whole number from 1 on. */
export function readCount(where: string, value: unknown, problems: Problem[]): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value;
  problems.push({ where, what: `${show(value)} is no number of things`, fix: 'a whole number from 1 on' });
  return 1;
}

/** Throws what was found wrong, all at once. */
export function throwProblems(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new InvalidConfigError(problems);
}

function show(value: unknown): string {
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
}
