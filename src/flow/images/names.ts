import { InvalidConfigError } from '../../base/index.ts';
import { type ImageRef, runSlug, type SeededImage, underPrefix } from '../../image/index.ts';
import { parseReference } from '../../registry/index.ts';
import type { VU } from '../vu.ts';

/** Most repositories that new images of a run go to, unless the scenario names them. */
const REPOSITORIES = 100;

/** Set-up and teardown number their VU as the load does, but may run in another thread. */
const STAGE_LETTERS = { setup: 's', run: 't', teardown: 'd' } as const;

/** Counts in the thread, beside the VU's number: unique in the run, whatever the number of threads. */
export function uniqueName(vu: VU): string {
  const { shared, scope } = vu.internals;
  const count = ((shared.get('images.count') as number | undefined) ?? 0) + 1;
  shared.set('images.count', count);
  return `${STAGE_LETTERS[scope.stage]}${vu.exec.vu.idInTest}-${count}`;
}

/** A repository of this run alone, one of a hundred, by VU. */
export function ownRepository(vu: VU): string {
  const { repoPrefix, runId } = vu.internals.settings;
  return underPrefix(repoPrefix, `new-${runSlug(runId)}-${vu.exec.vu.idInTest % REPOSITORIES}`);
}

/** Refuses names that a registry would refuse. */
export function checked(repository: string, tag: string): { repository: string; tag: string } {
  parseReference(`${repository}:${tag}`);
  return { repository, tag };
}

/** Only an image whose descriptors are known can be built on. */
export function known(ref: ImageRef, where: string): SeededImage {
  if ('layers' in ref && 'config' in ref) return ref as SeededImage;
  const fix = 'an image from images.seed()';
  throw new InvalidConfigError([{ where, what: `the layers of ${ref.repository} are not known`, fix }]);
}
