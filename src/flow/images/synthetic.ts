import { keyedBytes, keyedRandom, type Problem } from '../../base/index.ts';
import {
  baseLayers,
  buildImage,
  type BuiltImage,
  type ContentOptions,
  fixedLayers,
  imageSpec,
  layerSizes,
  readContent,
  throwProblems,
  underPrefix,
} from '../../image/index.ts';
import type { PushImage } from '../push.ts';
import type { VU } from '../vu.ts';
import { fresh } from './fresh.ts';
import { checked } from './names.ts';

/** An image to push, made of nothing. */
export interface SyntheticOptions extends ContentOptions {
  /** New digests on every call, so that nothing is deduplicated: the same as `images.fresh()`. Default false: the same image on every call and run. */
  readonly fresh?: boolean;
  /** Tells images of the same content apart, for example the number of the iteration. Only without `fresh`. */
  readonly variant?: string | number;
  /** Where to push. Default: a repository named after the content; with `fresh` one of the run's own. */
  readonly repository?: string;
  /** Default `v1`; with `fresh` one that no other push of the run has. */
  readonly tag?: string;
}

/**
 * Makes an image, fixed or fresh, to hand to `push`. Nothing is sent. A fixed one is made once in a thread, and pushing it again sends HEADs
 * that hit: what a build does that changed nothing. To have images in the registry before the load, take `images.seed()`.
 *
 * @example
 * await push(vu, await images.synthetic(vu, { layers: { distribution: 'ibm-2017', cap: '16MiB' }, compression: 'gzip', fresh: true }));
 */
export async function synthetic(vu: VU, options: SyntheticOptions): Promise<PushImage> {
  if (options.fresh === true) {
    const { fresh: _, variant: __, ...content } = options;
    return fresh(vu, content);
  }
  const problems: Problem[] = [];
  const content = readContent('images.synthetic()', options, false, problems);
  throwProblems(problems);
  const { settings, shared } = vu.internals;
  const variant = options.variant ?? '';
  const shapeId = keyedBytes(settings.seed, JSON.stringify(content)).toString('hex', 0, 3);
  const target = checked(options.repository ?? underPrefix(settings.repoPrefix, `synthetic-${shapeId}`), options.tag ?? 'v1');
  const place = `${shapeId}/${variant}`;
  const key = `images.synthetic/${place}`;
  let built = shared.get(key) as Promise<BuiltImage> | undefined;
  if (built === undefined) {
    const sizes = layerSizes(content, keyedRandom(settings.seed, 'layers', 'synthetic', place));
    const layers = [...baseLayers(content, settings.seed, 0), ...fixedLayers(content, sizes, ['synthetic', settings.seed, place])];
    built = buildImage(imageSpec(content, { layers, id: `${settings.seed}/synthetic/${place}`, fresh: false }), shared);
    shared.set(key, built);
  }
  return { ...target, ...(await built) };
}
