import { InvalidConfigError, type Problem } from '../../base/index.ts';
import {
  baseLayers,
  buildImage,
  type Content,
  type ContentOptions,
  freshLayer,
  imageFormatOf,
  type ImageLayer,
  type ImageRef,
  imageOf,
  readContent,
  runSlug,
  type SeededImage,
  throwProblems,
  underPrefix,
} from '../../image/index.ts';
import { parseReference } from '../../registry/index.ts';
import type { PushImage } from '../push.ts';
import type { VU } from '../vu.ts';

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

/** Most repositories that new images of a run go to, unless the scenario names them. */
const REPOSITORIES = 100;

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
  throwProblems(problems);
  const on = options.on === undefined ? undefined : known(options.on, 'images.fresh().on');
  const { settings, shared } = vu.internals;
  const repository = options.repository ?? on?.repository ?? ownRepository(vu);
  const name = uniqueName(vu);
  const target = checked(repository, options.tag ?? name);
  const salt = `${settings.runId}/${vu.exec.scenario.name}/${name}`;
  const built = await buildImage(
    {
      layers: [
        ...lower(on, content, settings.seed, vu),
        ...content.layers.map((size, i) => freshLayer(size, content.compressible, `${salt}/${i}`)),
      ],
      id: salt,
      fresh: true,
      configSize: content.configSize,
      format: on === undefined ? content.format : imageFormatOf(on.mediaType),
    },
    shared,
  );
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
  if (on !== undefined) return on.layers.map((existing) => ({ existing }));
  return baseLayers(content, seed, vu.exec.vu.idInTest);
}

/** Only an image whose descriptors are known can be built on. */
function known(ref: ImageRef, where: string): SeededImage {
  if ('layers' in ref && 'config' in ref) return ref as SeededImage;
  const fix = 'an image from images.seed()';
  throw new InvalidConfigError([{ where, what: `the layers of ${ref.repository} are not known`, fix }]);
}

/** Refuses names that a registry would refuse. */
function checked(repository: string, tag: string): { repository: string; tag: string } {
  parseReference(`${repository}:${tag}`);
  return { repository, tag };
}

/** Set-up and teardown number their VU as the load does, but may run in another thread. */
const STAGE_LETTERS = { setup: 's', run: 't', teardown: 'd' } as const;

/** Counts in the thread, beside the VU's number: unique in the run, whatever the number of threads. */
function uniqueName(vu: VU): string {
  const { shared, scope } = vu.internals;
  const count = ((shared.get('images.count') as number | undefined) ?? 0) + 1;
  shared.set('images.count', count);
  return `${STAGE_LETTERS[scope.stage]}${vu.exec.vu.idInTest}-${count}`;
}

function ownRepository(vu: VU): string {
  const { repoPrefix, runId } = vu.internals.settings;
  return underPrefix(repoPrefix, `new-${runSlug(runId)}-${vu.exec.vu.idInTest % REPOSITORIES}`);
}
