import type { Logger } from '../base/index.ts';
import type { PushedManifest } from '../flow/index.ts';
import { ExchangeError } from '../http/index.ts';
import { type RegistryClient, RegistryError } from '../registry/index.ts';

/** Removes what the run pushed, tag by tag and manifest by manifest. Says aloud how much the registry refused to remove. */
export async function removePushed(
  registry: RegistryClient,
  pushed: Iterable<PushedManifest>,
  signal: AbortSignal,
  log: Logger,
): Promise<void> {
  let removed = 0;
  let refused = 0;
  let example = '';
  const manifests = new Map<string, PushedManifest>();
  for (const manifest of pushed) manifests.set(`${manifest.repository}@${manifest.digest}`, manifest);
  // Backwards: an index was pushed after its images, and a registry may refuse to delete what one still lists.
  for (const { repository, digest } of [...manifests.values()].toReversed()) {
    if (signal.aborted) break;
    try {
      await registry.manifests.delete(repository, digest, { missingOk: true });
      removed += 1;
    } catch (error) {
      if (!(error instanceof RegistryError) && !(error instanceof ExchangeError)) throw error;
      refused += 1;
      example ||= error.message;
    }
  }
  if (removed > 0) log.info(`cleanup removed ${removed} of ${manifests.size} manifests that this run pushed`);
  if (refused > 0) log.warn(`cleanup could not remove ${refused} of ${manifests.size} manifests: ${example}`);
}
