import type { Problem } from '../../base/index.ts';
import {
  baseLayers,
  buildImage,
  type Content,
  type ContentOptions,
  freshLayers,
  imageFormatOf,
  type ImageLayer,
  type ImageRef,
  imageOf,
  imageSpec,
  layerSizes,
  readContent,
  type SeededImage,
  throwProblems,
} from '../../image/index.ts';
import type { Descriptor } from '../../registry/index.ts';
import type { PushImage } from '../push.ts';
import type { VU } from '../vu.ts';
import { checked, known, ownRepository, uniqueName } from './names.ts';

/** A new image, or new layers on one that is there. */
export interface FreshOptions extends ContentOptions {
  /** Build on this image from `images.seed()`: its layers stay below, its repository is pushed to. */
  readonly on?: ImageRef;
  /** Where to push. Default: the repository of `on`, else one of the run's own, by VU. */
  readonly repository?: string;
  /** Default: one that no other push of the run has. */
  readonly tag?: string;
}

/** Where to put a new tag. */
export interface RetagOptions {
  /** Default: one that no other push of the run has. */
  readonly tag?: string;
}

/**
 * Makes an image whose layers were never in any registry: salted with the run id, and so cheap that thousands can be made while a run measures
 * (all fresh layers of a size differ in their last block only). Nothing is sent: hand it to `push`, once.
 *
 * @example
 * await push(vu, await images.fresh(vu, { layers: ['64KiB', '1MiB'] }));       // a new image
 * await push(vu, await images.fresh(vu, { on: base, layers: ['64KiB'] }));     // one fresh layer on an image of this run
 */
export async function fresh(vu: VU, options: FreshOptions): Promise<PushImage> {
  const problems: Problem[] = [];
  const content = readContent('images.fresh()', options, true, problems);
  if (options.on !== undefined && options.base !== undefined) {
    problems.push({
      where: 'images.fresh().base',
      what: 'an image built on another has the base of that one',
      fix: 'leave out `base` or `on`',
    });
  }
  if (options.on !== undefined && options.platforms !== undefined) {
    problems.push({
      where: 'images.fresh().platforms',
      what: 'an index cannot be built on an image',
      fix: 'leave out `platforms` or `on`',
    });
  }
  throwProblems(problems);
  const on = options.on === undefined ? undefined : known(options.on, 'images.fresh().on');
  const { settings, shared } = vu.internals;
  const repository = options.repository ?? on?.repository ?? ownRepository(vu);
  const name = uniqueName(vu);
  const target = checked(repository, options.tag ?? name);
  const salt = `${settings.runId}/${vu.exec.scenario.name}/${name}`;
  const layers = [...lower(on, content, settings.seed, vu), ...freshLayers(content, layerSizes(content, vu.random), salt)];
  const spec = imageSpec(content, { layers, id: salt, fresh: true });
  const built = await buildImage(on === undefined ? spec : { ...spec, format: imageFormatOf(on.mediaType) }, shared);
  return { ...target, ...built };
}

/**
 * An image of this run under a new tag. Pushing it sends a HEAD for each blob, which must hit, and the manifest. Take an image that `setup` made with
 * `fresh: true`, so that the tag goes to one of the run's own repositories.
 */
export function retag(vu: VU, image: ImageRef, options: RetagOptions = {}): PushImage {
  const ref = known(image, 'images.retag()');
  return { ...checked(ref.repository, options.tag ?? uniqueName(vu)), ...imageOf(ref) };
}

function lower(on: SeededImage | undefined, content: Content, seed: number, vu: VU): ImageLayer[] {
  if (on !== undefined) return on.layers.map((existing, i) => withDiffId(existing, on.diffIds?.[i]));
  return baseLayers(content, seed, vu.exec.vu.idInTest);
}

function withDiffId(existing: Descriptor, diffId: string | undefined): ImageLayer {
  return { existing, ...(diffId === undefined ? {} : { diffId }) };
}
